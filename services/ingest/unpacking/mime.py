"""Walking a message: its attachments, the messages in it, and its own text.

The parser is Python's, which takes any bytes; how many parts it may make is limited while it
works, and everything it cannot make sense of is taken for text.
"""

import html
import mimetypes
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from typing import BinaryIO

from services.ingest.unpacking import wording
from services.ingest.unpacking.budget import Budget, Place
from services.ingest.unpacking.entries import Entry
from services.ingest.unpacking.items import MessageFacts, Omitted
from services.ingest.unpacking.mailbox import messages_of
from services.ingest.unpacking.uuencoded import uuencoded_files
from services.ingest.unpacking.wording import as_text, facts, file_name, from_base64, text_name
from shared.errors import Code, Permanent

MAX_PARSED = 1000
"""Parts that the parser may make, whatever becomes of them: each costs a kilobyte or two."""
MAX_NESTING = 20
_BOUNDARY = re.compile(rb"^--([^\s\"]{1,70})[ \t]*\r?\n[Cc]ontent-", re.MULTILINE)
_BODIES = frozenset({"text/plain", "text/html"})
_NO_FILES = frozenset(
    {
        "message/external-body", "message/partial", "message/delivery-status",
        "message/disposition-notification", "text/rfc822-headers",
        "application/pkcs7-signature", "application/x-pkcs7-signature",
        "application/pgp-signature",
    }
)  # fmt: skip
"""Parts that are about the message, and no documents of their own."""
_NO_DOCUMENTS = frozenset(
    {
        "text/calendar", "application/ics", "text/vcard", "text/x-vcard", "text/directory",
        "application/pgp-keys", "application/pkcs7-mime", "application/x-pkcs7-mime",
    }
)  # fmt: skip
"""Attachments for programs, which by their content are text."""
Found = Entry | Omitted | MessageFacts


class _Lenient(Compat32):
    """Headers with raw bytes in them are text too, and none is longer than it may sanely be.

    The parser's time grows with the square of a header's length.
    """

    def header_fetch_parse(self, name: str, value: str) -> str:
        """See ``email.policy.Policy``."""
        most = wording.MAX_ADDRESSES if name.lower() in {"to", "cc"} else wording.MAX_RAW_HEADER
        return wording.repaired(value[:most])


@dataclass(slots=True)
class _Body:
    """The texts of a message, by the alternatives they belong to."""

    texts: dict[object, dict[str, str]] = field(default_factory=dict)

    def add(self, group: object, kind: str, text: str) -> None:
        kinds = self.texts.setdefault(group, {})
        kinds[kind] = f"{kinds[kind]}\n{text}" if kind in kinds else text

    def file(self) -> tuple[str, bytes] | None:
        """Ending and bytes: HTML where any of it is only there, or richer, as HTML."""
        best = [it.get("text/html") or it.get("text/plain", "") for it in self.texts.values()]
        if not any(it.strip() for it in best):
            return None
        if not any("text/html" in it for it in self.texts.values()):
            return ".txt", "\n".join(best).encode("utf-8", "replace")
        pieces = [
            it.get("text/html") or f"<pre>{html.escape(it.get('text/plain', ''))}</pre>"
            for it in self.texts.values()
        ]
        # The mark says that it is UTF-8, whatever the HTML says of itself.
        page = wording.marked_up("\n".join(pieces).encode("utf-8", "replace"))
        return ".html", b"\xef\xbb\xbf" + page


def message_entries(file: BinaryIO, budget: Budget, place: Place) -> Iterator[Found]:
    """What a message holds, or a mailbox of several, which has no facts of its own.

    Raises ``Permanent(CONTAINER_TOO_MANY)`` for too many parts.
    """
    several = False
    for number, data in enumerate(messages_of(file), start=1):
        if not several:
            yield MessageFacts()
        several = True
        yield Entry(f"message-{number}.eml", place.inside(str(number)), data)
    if not several:
        file.seek(0)
        yield from _Walk(budget, place, _Counts()).message(_parser().parse(file))


def _parser() -> BytesParser:
    return BytesParser(_counted(), policy=_Lenient())


def _with_other_boundary(body: bytes) -> Message | None:
    """A multipart whose parts are there, but not between the boundary that its header names."""
    mark = _BOUNDARY.search(body)
    if mark is None:
        return None
    head = b'Content-Type: multipart/mixed; boundary="' + mark[1] + b'"\n\n'
    found = _parser().parsebytes(head + body[mark.start() :])
    return found if found.is_multipart() else None


def _counted() -> Callable[..., Message]:
    made = 0

    def make(policy: Compat32 | None = None) -> Message:
        nonlocal made
        made += 1
        if made > MAX_PARSED:
            raise Permanent(Code.CONTAINER_TOO_MANY, "The message has too many parts.")
        return Message(policy or _Lenient())

    return make


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where in a message a part is: its number, its alternatives, how deep."""

    number: str = "1"
    group: object = None
    depth: int = 0

    def below(self, count: int, group: object) -> "_Spot":
        return _Spot(f"{self.number}.{count}", group, self.depth + 1)


@dataclass(slots=True)
class _Counts:
    """Of one message with those in it."""

    parts: int = 0
    attachments: int = 0


class _Walk:
    """Walks one message; those in it are walked by others, with the same counts."""

    def __init__(self, budget: Budget, place: Place, counts: _Counts) -> None:
        budget.check_depth(place)
        self._budget = budget
        self._place = place
        self._counts = counts
        self._body = _Body()

    def message(self, message: Message) -> Iterator[Found]:
        """All of it; its text comes last, to stand in where there is nothing else."""
        known, place = facts(message), self._place
        yield known
        for found in self._part(message, _Spot()):
            mine = isinstance(found, Entry) and found.email is None
            yield found.in_message(known, place.part) if mine else found  # type: ignore[union-attr]
        text = self._body.file()
        if text is not None:
            ending, data = text
            inside = place.inside("text")
            yield Entry(
                text_name(known.subject, ending),
                inside,
                data,
                known,
                stand_in=True,
                message=place.part,
            )

    def _part(self, part: Message, spot: _Spot) -> Iterator[Found]:
        kind = part.get_content_type()
        if kind in _NO_FILES:
            return
        payload = part.get_payload() if part.is_multipart() else None
        if not isinstance(payload, list):
            yield from self._leaf(part, kind, spot)
            return
        children = [it for it in payload if isinstance(it, Message)]
        if kind == "message/rfc822" and children:
            yield from self._nested(part, children[0], spot.number)
        elif spot.depth >= MAX_NESTING:
            yield Omitted(f"part {spot.number}", Code.CONTAINER_TOO_DEEP)
        else:
            alternatives = kind == "multipart/alternative" and spot.group is None
            for count, child in enumerate(children, start=1):
                group = part if alternatives else spot.group
                yield from self._part(child, spot.below(count, group))

    def _nested(self, part: Message, inner: Message, number: str) -> Iterator[Found]:
        place = self._place
        encoding = _encoding(part)
        try:
            if encoding in {"base64", "quoted-printable"}:  # not allowed, and done
                raw = inner.as_bytes()
                data = from_base64(raw) if encoding == "base64" else quopri.decodestring(raw)
                yield Entry(file_name(part) or "message.eml", place.inside(number), data)
                return
            inside = Place(place.inside(number), place.messages + 1, place.archives)
            yield from _Walk(self._budget, inside, self._counts).message(inner)
        except Permanent as error:
            name = file_name(part) or facts(inner).subject or "message"
            yield Omitted(name, error.code, error.detail)

    def _leaf(self, part: Message, kind: str, spot: _Spot) -> Iterator[Found]:
        limits, counts, name = self._budget.limits, self._counts, file_name(part)
        shown = name or f"part-{spot.number}{mimetypes.guess_extension(kind) or ''}"
        counts.parts += 1
        if counts.parts > limits.parts:
            yield Omitted(shown, Code.CONTAINER_TOO_MANY)
            return
        data = content(part)
        if kind.startswith("multipart/") and spot.depth < MAX_NESTING:
            repaired = self._repaired(data, spot)
            if repaired is not None:
                yield from repaired
                return
        disposition = str(part.get_content_disposition() or "")
        is_text = kind in _BODIES or kind.startswith("multipart/")
        if is_text and not name and disposition != "attachment":
            yield from self._text(part, kind, data, spot)
        elif _is_decoration(part, kind, disposition, len(data), limits.inline_bytes):
            yield Omitted(shown, Code.INLINE_IMAGE)
        elif kind in _NO_DOCUMENTS:
            yield Omitted(shown, Code.FILE_TYPE_NOT_SUPPORTED, f"Declared as {kind}.")
        elif counts.attachments >= limits.attachments:
            yield Omitted(shown, Code.CONTAINER_TOO_MANY)
        else:
            counts.attachments += 1
            yield Entry(shown, self._place.inside(spot.number), data)

    def _repaired(self, data: bytes, spot: _Spot) -> list[Found] | None:
        """What is in a multipart of another boundary than its header names; ``None``: nothing."""
        found = _with_other_boundary(data)
        if found is None:
            return None
        before = len(self._body.texts)
        items = list(self._part(found, spot.below(1, spot.group)))
        return items if items or len(self._body.texts) > before else None

    def _text(self, part: Message, kind: str, data: bytes, spot: _Spot) -> Iterator[Found]:
        if kind != "text/html":
            for count, (name, held) in enumerate(uuencoded_files(data), start=1):
                yield Entry(name, self._place.inside(f"{spot.number}.uu{count}"), held)
        text = as_text(data, _charset(part))
        shown_as = kind if kind in _BODIES else "text/plain"
        self._body.add(spot.group or spot.number, shown_as, text)


def content(part: Message) -> bytes:
    """A part's bytes, its transfer encoding undone as far as that goes."""
    try:
        if _encoding(part) == "base64":
            raw = part.get_payload()
            return from_base64(raw.encode("ascii", "replace")) if isinstance(raw, str) else b""
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError):  # a charset or encoding beyond parsing
        return b""
    return data if isinstance(data, bytes) else b""


def _encoding(part: Message) -> str:
    return str(part.get("content-transfer-encoding", "")).strip().lower()


def _charset(part: Message) -> str | None:
    try:
        found = part.get_content_charset()
    except (ValueError, LookupError, TypeError):
        return None
    return str(found) if found else None


def _is_decoration(part: Message, kind: str, disposition: str, size: int, most: int) -> bool:
    """Whether an image is part of the message's looks: shown in its text, and small."""
    if not kind.startswith("image/") or size > most or disposition == "attachment":
        return False
    return part.get("content-id") is not None or disposition == "inline" or not file_name(part)
