"""Files that stand in the text of a message, uuencoded (POSIX.1, uuencode)."""

import binascii
import re
from collections.abc import Iterator

MAX_FILES = 50
_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)


def uuencoded_files(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each; one that cannot be decoded is text like any other."""
    place = 0
    for _ in range(MAX_FILES):
        begin = _BEGIN.search(text, place)
        end = _END.search(text, begin.end()) if begin else None
        if begin is None or end is None:
            return
        place = end.end()
        data = _decoded(text[begin.end() : end.start()])
        if data:
            yield begin[1].decode("utf-8", "replace"), data


def _decoded(lines: bytes) -> bytes | None:
    pieces = []
    for line in lines.splitlines():
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders write more than the count of bytes needs (as Python's uu module notes).
            count = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                pieces.append(binascii.a2b_uu(line[:count]))
            except binascii.Error:
                return None
    return b"".join(pieces)
