"""Telling a message (RFC 5322) from other text, by the header it begins with.

A memo also begins with ``From:`` and ``To:``, so that is not enough: a message has fields that
programs write, or at least a sender and a date as RFC 5322 has it.
"""

import re

_FIELD = re.compile(rb"([!-9;-~]{1,76})[ \t]*:(.*)")
_POSTMARK = re.compile(rb"From \S.*\d{4}|>From \S")
_OF_PROGRAMS = frozenset(
    {
        b"received", b"received-spf", b"return-path", b"message-id", b"mime-version",
        b"delivered-to",
        b"dkim-signature", b"arc-seal", b"authentication-results", b"x-mailer", b"list-id",
        b"x-received", b"x-originating-ip", b"content-transfer-encoding", b"in-reply-to",
    }
)  # fmt: skip
_OF_WRITERS = frozenset({b"from", b"sender", b"to", b"subject", b"date", b"cc", b"reply-to"})
_DATE = re.compile(rb"\s*([A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{2,4}\s+\d{1,2}:\d{2}")
_MIN_FIELDS = 2


def looks_like_mail(head: bytes) -> bool:
    """Whether a file that begins with ``head`` (2 KiB are enough) is a message."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    lines = text.splitlines()
    if lines and _POSTMARK.match(lines[0]):
        lines = lines[1:]
    fields = _fields(lines, whole=len(head) < 2048)  # noqa: PLR2004 - what sniffing reads
    written = [name for name in fields if name in _OF_WRITERS]
    by_programs = any(name in _OF_PROGRAMS for name in fields)
    if len(_OF_PROGRAMS & fields.keys()) >= _MIN_FIELDS:  # their traces alone may fill 2 KiB
        return True
    dated = any(_DATE.match(value) for value in [fields.get(b"date", b"")])
    has_sender = b"from" in fields or b"sender" in fields
    enough = len(written) + by_programs >= _MIN_FIELDS
    return enough and ((by_programs and bool(written)) or (dated and has_sender))


def _fields(lines: list[bytes], *, whole: bool) -> dict[bytes, bytes]:
    """The fields of the header; none where something else stands among them.

    The last line that was read may be cut off, unless that is the ``whole`` of the file.
    """
    fields: dict[bytes, bytes] = {}
    for number, line in enumerate(lines):
        if not line.strip():
            break
        if line[:1] in b" \t" and fields:
            continue
        field = _FIELD.fullmatch(line)
        if field is not None:
            fields.setdefault(field[1].lower(), field[2])
        elif whole or number + 1 < len(lines):
            return fields if _begins_mail(fields) else {}
    return fields


def _begins_mail(fields: dict[bytes, bytes]) -> bool:
    """Whether so much of a header was read that a broken line in it changes nothing."""
    return len(_OF_PROGRAMS & fields.keys()) >= _MIN_FIELDS
