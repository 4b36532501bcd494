"""What one container may hold, counted over everything inside it, at any depth."""

from dataclasses import dataclass

from shared.errors import Code, Permanent

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UnpackLimits:
    """Limits of one container with all that lies in it.

    ``total_bytes`` when unpacked; ``nested_bytes`` of an archive or message inside (it is held
    in memory); ``ratio`` of an archive's entry of more than ``ratio_from`` bytes, and of
    ``entries`` of all archives together, those skipped included. ``messages`` and ``archives``
    say how many may lie in one another.
    """

    total_bytes: int = 1024 * MEBIBYTE
    nested_bytes: int = 100 * MEBIBYTE
    documents: int = 500
    entries: int = 2000
    ratio: int = 100
    ratio_from: int = MEBIBYTE
    parts: int = 100
    attachments: int = 50
    messages: int = 4
    archives: int = 2
    inline_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the container something lies: behind how many messages and archives."""

    part: str = ""
    messages: int = 0
    archives: int = 0

    def inside(self, part: str) -> str:
        """The part of something in here."""
        return f"{self.part}/{part}" if self.part else part


class Budget:
    """What is left of the limits."""

    def __init__(self, limits: UnpackLimits) -> None:
        self.limits = limits
        self._bytes = limits.total_bytes
        self._documents = limits.documents
        self._entries = limits.entries

    def spend(self, count: int) -> None:
        """Count bytes that were unpacked; raises ``Permanent(CONTAINER_TOO_LARGE)``."""
        self._bytes -= count
        if self._bytes < 0:
            raise Permanent(Code.CONTAINER_TOO_LARGE)

    def spend_entries(self, count: int) -> None:
        """Count what an archive lists; raises ``Permanent(CONTAINER_TOO_MANY)``."""
        self._entries -= count
        if self._entries < 0:
            most = f"At most {self.limits.entries} entries are unpacked."
            raise Permanent(Code.CONTAINER_TOO_MANY, most)

    def begin_document(self) -> None:
        """Count a document; raises ``Permanent(CONTAINER_TOO_MANY)``."""
        if self._documents == 0:
            most = f"At most {self.limits.documents} documents are taken of one file."
            raise Permanent(Code.CONTAINER_TOO_MANY, most)
        self._documents -= 1

    def check_depth(self, place: Place) -> None:
        """Raises ``Permanent(CONTAINER_TOO_DEEP)``."""
        limits = self.limits
        if place.messages > limits.messages or place.archives > limits.archives:
            raise Permanent(Code.CONTAINER_TOO_DEEP)
