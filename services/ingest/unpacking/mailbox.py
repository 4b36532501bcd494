"""Several messages in one file, as mailboxes have them (RFC 4155, mbox)."""

import re
from collections.abc import Iterator
from typing import BinaryIO

_POSTMARK = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From \S+[^\r\n]{0,200}\d{4}[^\r\n]{0,20}\r?\n"
)
_FIELD = re.compile(rb"[!-9;-~]{1,76}:")


def messages_of(file: BinaryIO) -> Iterator[bytes]:
    """The messages of a file with more than one; nothing of a file that is one message.

    A line of a text that begins with "From" is none between messages unless a header follows it.
    """
    file.seek(0)
    if file.read(5) != b"From ":
        return
    file.seek(0)
    data = file.read()
    starts = [it.start() for it in _POSTMARK.finditer(data) if _FIELD.match(data, it.end())]
    if len(starts) > 1:
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
            yield data[start:end]
