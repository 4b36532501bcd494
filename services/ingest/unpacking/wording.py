"""The words of a message's header and text, whatever its writer's program did to them."""

import binascii
import re
import string
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from services.ingest.unpacking.items import MessageFacts

MAX_HEADER = 1000
MAX_RAW_HEADER, MAX_ADDRESSES = 4000, 20_000
MAX_RECIPIENTS = 50
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NO_BASE64 = bytes(
    set(range(256)) - {*string.ascii_letters.encode(), *string.digits.encode(), *b"+/"}
)


def as_text(data: bytes, charset: str | None) -> str:
    """``data`` in its declared charset; where that is wrong or missing, in a likely one."""
    for name in (charset, "utf-8"):
        if not name:
            continue
        try:
            return data.decode(name.strip().strip("\"'"))
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace")


def repaired(value: str) -> str:
    """A header in which raw bytes stand, as text."""
    if value.isascii():
        return value
    return as_text(value.encode("utf-8", "surrogateescape"), None)


def decoded(value: str) -> str:
    """``value`` with its encoded words (RFC 2047) decoded, on one line.

    Words beside each other are joined before decoding, as some programs cut letters in two.
    """
    pieces: list[str | tuple[str, bytes]] = []
    end = 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        if between.strip() or not pieces or isinstance(pieces[-1], str):
            pieces.append(between)
        charset, data = word[1].split("*")[0].lower(), _unworded(word[2], word[3])
        last = pieces[-1]
        if isinstance(last, tuple) and last[0] == charset:
            pieces[-1] = (charset, last[1] + data)
        else:
            pieces.append((charset, data))
        end = word.end()
    pieces.append(value[end:])
    shown = "".join(it if isinstance(it, str) else as_text(it[1], it[0]) for it in pieces)
    return " ".join(shown.split())


def _unworded(encoding: str, text: str) -> bytes:
    raw = text.encode("ascii", "replace")
    if encoding in "bB":
        return from_base64(raw)
    return _HEX.sub(lambda it: bytes([int(it[1], 16)]), raw.replace(b"_", b" "))


def from_base64(raw: bytes) -> bytes:
    """The bytes of base64 text that may be cut off, unpadded, or have junk in it.

    Raises nothing: what is there is decoded, up to the last whole byte.
    """
    letters = raw.translate(None, _NO_BASE64)
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def file_name(part: Message) -> str:
    """The name a part is given, by RFC 2231 or encoded words; empty if it has none."""
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, IndexError):  # parameters beyond parsing
        return ""
    return decoded(repaired(name))


def facts(message: Message) -> MessageFacts:
    """What the header of a message says."""
    return MessageFacts(
        sender=next(iter(_addresses(message, "from")), ""),
        recipients=_addresses(message, "to", "cc")[:MAX_RECIPIENTS],
        subject=_header(message, "subject"),
        date=_date(_header(message, "date")),
        message_id=_header(message, "message-id"),
    )


def text_name(subject: str, ending: str) -> str:
    """What a message's text is called when it is a document: by its subject."""
    plain = subject.replace("/", "-").replace("\\", "-").strip()
    return f"{plain[:80] or 'message'}{ending}"


def marked_up(page: bytes) -> bytes:
    """HTML of a message, of which mostly only the body is there, so that it is known as such."""
    start = page.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return page
    return b"<html><body>" + page + b"</body></html>"


def _header(message: Message, name: str) -> str:
    return decoded(str(message.get(name, ""))[:MAX_RAW_HEADER])[:MAX_HEADER]


def _addresses(message: Message, *names: str) -> list[str]:
    values = [str(it)[:MAX_ADDRESSES] for name in names for it in message.get_all(name, [])]
    try:
        found = getaddresses(values)
    except (ValueError, IndexError, TypeError, RecursionError):  # it names nobody
        return []
    shown = [_shown(decoded(name), address) for name, address in found if address]
    return [it[:MAX_HEADER] for it in shown]


def _shown(name: str, address: str) -> str:
    return f"{name} <{address}>" if name else address


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
