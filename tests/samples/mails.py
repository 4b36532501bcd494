"""Messages as senders, programs and attackers write them, byte by byte."""

import base64
import struct
from collections.abc import Sequence

HEAD = (
    b"From: Ann Sender <ann@supplier.example>\r\nTo: inbox@docs.example\r\n"
    b"Subject: Invoice 7\r\nDate: Tue, 05 Mar 2024 09:00:00 +0000\r\n"
    b"Message-ID: <7@supplier.example>\r\nMIME-Version: 1.0\r\n"
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def part(headers: str, body: bytes, *, encode: bool = True) -> bytes:
    """One part: its headers, a line each, and its body, in base64 unless that is said."""
    if encode:
        headers += "\nContent-Transfer-Encoding: base64"
        body = base64.encodebytes(body).replace(b"\n", b"\r\n")
    return headers.replace("\n", "\r\n").encode("utf-8") + b"\r\n\r\n" + body


def text_part(text: str = "Please see the attachment.", kind: str = "plain") -> bytes:
    return part(f"Content-Type: text/{kind}; charset=utf-8", text.encode(), encode=False)


def attached(
    name: str, body: bytes = PDF, kind: str = "application/pdf", disposition: str = "attachment"
) -> bytes:
    return part(
        f'Content-Type: {kind}\nContent-Disposition: {disposition}; filename="{name}"', body
    )


def multipart(parts: Sequence[bytes], kind: str = "mixed", boundary: str = "=_b") -> bytes:
    """The content type, and the parts behind it, as the end of a header and a body."""
    mark = b"--" + boundary.encode()
    inner = b"".join(mark + b"\r\n" + it + b"\r\n" for it in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    return head.encode() + inner + mark + b"--\r\n"


def mail(*parts: bytes, head: bytes = HEAD) -> bytes:
    """A message of these parts."""
    return head + multipart(parts)


def forwarded(inner: bytes, boundary: str) -> bytes:
    """A message whose only attachment is another one."""
    note = text_part("See below.")
    return HEAD + multipart(
        [note, b"Content-Type: message/rfc822\r\n\r\n" + inner], boundary=boundary
    )


def winmail(files: Sequence[tuple[str, str, bytes]]) -> bytes:
    """winmail.dat with attachments: short name, long name (or none) and bytes of each."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    for short, long, data in files:
        out += _attribute(0x9002, 0x0006, bytes(14))
        out += _attribute(0x8010, 0x0001, short.encode("cp1252") + b"\x00")
        out += _attribute(0x800F, 0x0006, data)
        if long:
            wide = long.encode("utf-16-le") + b"\x00\x00"
            padded = wide + bytes(-len(wide) % 4)
            number = struct.pack("<II", 0x37050003, 1)
            name = struct.pack("<III", 0x3707001F, 1, len(wide)) + padded
            out += _attribute(0x9005, 0x0006, struct.pack("<I", 2) + number + name)
    return out


def _attribute(number: int, kind: int, value: bytes) -> bytes:
    head = struct.pack("<BHHI", 2, number, kind, len(value))
    return head + value + struct.pack("<H", sum(value) & 0xFFFF)
