"""What a child process says of a container, item by item, as plain data.

A file comes as ``FileBegun``, its bytes in pieces, and ``FileEnded``.
"""

from dataclasses import dataclass, field
from datetime import datetime

from shared.errors import Code

PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What a message's header says, decoded and cut to sane lengths; ``date`` is in UTC."""

    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class FileBegun:
    """A file of the container; its bytes follow.

    ``part`` says where in it and is the same whenever the same bytes are unpacked. A
    ``stand_in`` is a message's own text: it counts only if nothing else was taken whose part
    begins with ``message``, the part of that message and the beginning of all its parts.
    """

    name: str
    part: str
    email: MessageFacts | None = None
    stand_in: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class FileEnded:
    """All bytes of a file came, unless there is a ``code``: then it is to be left out."""

    code: Code | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Omitted:
    """Something that is not handed over, and why."""

    name: str
    code: Code
    detail: str = ""


Item = MessageFacts | FileBegun | bytes | FileEnded | Omitted
