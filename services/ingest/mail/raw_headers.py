"""The header fields of a raw message, byte for byte, for checks that sign and count them.

The standard library's parser is made to understand as much as it can. Here it is the other way
round: whoever checks a signature must see the same fields as whoever shows the message.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from services.ingest.mail.domains import address_of

MAX_HEADER = 256 * 1024
MAX_FROM = 2_000
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_MAX_COMMENT_DEPTH = 8


class UnreadableHeaderError(ValueError):
    """The header is too long, or holds lines that are no fields: two readers may see two things."""


@dataclass(frozen=True, slots=True)
class RawField:
    """A field; ``name`` in lower case, ``raw`` all of it, without the last line's end."""

    name: str
    raw: bytes

    @property
    def value(self) -> str:
        """Unfolded, behind the colon; raises ``UnicodeDecodeError`` for what is no UTF-8."""
        return _FOLD.sub("", self.raw.partition(b":")[2].decode()).strip()


@dataclass(frozen=True, slots=True)
class RawHeader:
    """All fields in their order, and where the body begins in the file."""

    fields: tuple[RawField, ...]
    body: int

    def named(self, name: str) -> list[RawField]:
        """The fields of a name."""
        return [it for it in self.fields if it.name == name]


def read_header(path: Path) -> RawHeader:
    """The header of a message in a file; raises ``UnreadableHeaderError`` and ``OSError``."""
    with path.open("rb") as file:
        return parse_header(file)


def parse_header(file: BinaryIO) -> RawHeader:
    """The header of a message; raises ``UnreadableHeaderError``."""
    fields: list[list[bytes]] = []
    size = 0
    while (line := file.readline(MAX_HEADER)) and line not in {b"\r\n", b"\n"}:
        size += len(line)
        # Some readers take a lone carriage return for the end of a line, others do not.
        if size >= MAX_HEADER or b"\x00" in line or b"\r" in line.removesuffix(b"\r\n"):
            raise UnreadableHeaderError
        if line[:1] in b" \t" and fields:
            fields[-1].append(line)
        elif _FIELD.match(line):
            fields.append([line])
        elif fields or not line.startswith((b"From ", b">From ")):  # an mbox's first line
            raise UnreadableHeaderError
    return RawHeader(tuple(_field(lines) for lines in fields), file.tell())


def sender_of(header: RawHeader) -> tuple[str, str]:
    """Local part and domain of the one author; two empty strings where there is not just one.

    More than one ``From`` field, several addresses, groups, and an address in front of another
    one are ways to show a reader one sender and a checker another.
    """
    found = header.named("from")
    if len(found) != 1 or len(found[0].raw) > MAX_FROM:
        return "", ""
    try:
        text = outside(found[0].value)
    except ValueError:  # UnicodeDecodeError is one
        return "", ""
    name, bracket, rest = text.partition("<")
    if not bracket:
        return address_of(text)
    inner, closed, behind = rest.partition(">")
    is_named_alike = address_of(name) == address_of(inner)
    if not closed or behind.strip() or (set(name) & set("@,;:>") and not is_named_alike):
        return "", ""
    return address_of(inner)


def outside(text: str) -> str:
    """A structured value without its comments and quoted strings (RFC 5322, 3.2.2 and 3.2.4).

    Raises ``ValueError`` for what is opened and not closed.
    """
    kept: list[str] = []
    depth, quoted, skip = 0, False, False
    for char in text:
        if skip:
            skip = False
        elif char == "\\" and (quoted or depth):
            skip = True
        elif quoted:
            quoted = char != '"'
        elif char == "(" and depth < _MAX_COMMENT_DEPTH:
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif depth:
            continue
        elif char == '"':
            quoted = True
        else:
            kept.append(char)
    if quoted or depth or skip:
        raise ValueError(text)
    return "".join(kept)


def _field(lines: list[bytes]) -> RawField:
    raw = b"".join(lines)
    raw = raw.removesuffix(b"\n").removesuffix(b"\r")
    return RawField(raw.partition(b":")[0].strip().decode("ascii").lower(), raw)
