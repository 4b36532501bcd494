"""One thing that was looked at."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """``warning``: it works, and should not stay so. ``skipped``: there is nothing to see."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"


class Part(StrEnum):
    """Whether it was seen here, by the settings, or at a server, over HTTP."""

    LOCAL = "local"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen, and what to do about it. It never holds a secret."""

    part: Part
    name: str
    status: Status
    detail: str
    advice: str = ""
    milliseconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The finding for other programs."""
        return asdict(self)


def local(name: str, status: Status, detail: str, advice: str = "") -> Finding:
    """A finding on this machine."""
    return Finding(Part.LOCAL, name, status, detail, advice)


def at_server(name: str, status: Status, detail: str, advice: str = "") -> Finding:
    """A finding at the server."""
    return Finding(Part.SERVER, name, status, detail, advice)
