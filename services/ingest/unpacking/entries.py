"""What lies in a container, before it is known whether that holds more."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from services.ingest.unpacking.items import MessageFacts


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a container: its bytes, or how to open it.

    ``stand_in``, ``message`` and ``email`` are as in ``FileBegun``.
    """

    name: str
    part: str
    content: "bytes | Callable[[], BinaryIO]"
    email: MessageFacts | None = None
    stand_in: bool = False
    message: str = ""

    def in_message(self, email: MessageFacts, message: str) -> "Entry":
        """The same, of a message."""
        return replace(self, email=email, message=message)
