"""What unpacking says, gathered for tests."""

from dataclasses import dataclass, field
from pathlib import Path

from services.ingest.unpacking.budget import UnpackLimits
from services.ingest.unpacking.items import FileBegun, FileEnded, MessageFacts, Omitted
from services.ingest.unpacking.unpack import unpack
from shared.errors import Code

MAIL, OUTLOOK, ZIP = "message/rfc822", "application/vnd.ms-outlook", "application/zip"


@dataclass
class Gathered:
    """Files by name with their bytes, in order; ``text`` is what stands in for none."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    emails: list[MessageFacts | None] = field(default_factory=list)
    omitted: list[tuple[str, Code]] = field(default_factory=list)
    text: list[tuple[str, bytes]] = field(default_factory=list)
    facts: list[MessageFacts] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.files]


def gathered(
    folder: Path, content: bytes, kind: str = MAIL, limits: UnpackLimits | None = None
) -> Gathered:
    path = folder / "container"
    path.write_bytes(content)
    found = Gathered()
    begun, data = FileBegun("", ""), b""
    for item in unpack(str(path), kind, limits or UnpackLimits()):
        if isinstance(item, FileBegun):
            begun, data = item, b""
        elif isinstance(item, bytes):
            data += item
        elif isinstance(item, Omitted):
            found.omitted.append((item.name, item.code))
        elif isinstance(item, MessageFacts):
            found.facts.append(item)
        elif isinstance(item, FileEnded) and item.code is not None:
            found.omitted.append((begun.name, item.code))
        elif begun.stand_in:
            found.text.append((begun.name, data))
        else:
            found.files.append((begun.name, data))
            found.parts.append(begun.part)
            found.emails.append(begun.email)
    return found
