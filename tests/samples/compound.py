"""Compound files ([MS-CFB]) as Outlook saves messages, written as simply as the format allows.

Every chain of sectors is contiguous.
"""

import itertools
import struct
from dataclasses import dataclass, field

_SECTOR, _SMALL_SECTOR, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF


@dataclass
class Folder:
    """A storage: streams and storages by name."""

    streams: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, "Folder"] = field(default_factory=dict)


@dataclass
class _Node:
    name: str
    kind: int
    data: bytes = b""
    child: int = _NONE
    right: int = _NONE


def compound_file(root: Folder) -> bytes:
    """The bytes of the file."""
    nodes = [_Node("Root Entry", 5)]
    nodes[0].child = _add(root, nodes)
    starts: dict[int, int] = {}
    small_table: list[int] = []
    small = b""
    for index, node in enumerate(nodes):
        if node.kind == 2 and len(node.data) < _CUTOFF:
            starts[index] = len(small_table)
            small += _chain(node.data, small_table, _SMALL_SECTOR)
    nodes[0].data = small
    table: list[int] = []
    body = b""
    for index, node in enumerate(nodes):
        if index == 0 or len(node.data) >= _CUTOFF:
            starts[index] = len(table)
            body += _chain(node.data, table)
    small_start = len(table)
    body += _chain(struct.pack(f"<{len(small_table)}I", *small_table), table)
    small_count, directory = len(table) - small_start, len(table)
    entries = b"".join(_entry(it, starts.get(at, _END)) for at, it in enumerate(nodes))
    body += _chain(entries, table)
    return _header(table, directory, small_start, small_count) + body + _table(table)


def _header(table: list[int], directory: int, small_start: int, small_count: int) -> bytes:
    """Adds the allocation table's own sectors to it."""
    count, first = 1, len(table)
    while count * _SECTOR // 4 < first + count:
        count += 1
    table += [_FAT] * count
    out = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    out += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    out += struct.pack("<IIIII", 0, count, directory, 0, _CUTOFF)
    out += struct.pack("<IIII", small_start, small_count, _END, 0)
    return out + b"".join(
        struct.pack("<I", first + at if at < count else _FREE) for at in range(109)
    )


def _table(table: list[int]) -> bytes:
    filled = [*table, *([_FREE] * (-len(table) % (_SECTOR // 4)))]
    return struct.pack(f"<{len(filled)}I", *filled)


def _chain(data: bytes, table: list[int], size: int = _SECTOR) -> bytes:
    sectors = max(1, -(-len(data) // size))
    table += [len(table) + 1 + at for at in range(sectors - 1)] + [_END]
    return data.ljust(sectors * size, b"\x00")


def _add(folder: Folder, nodes: list[_Node]) -> int:
    """Add what the folder holds, as a list by right-hand neighbours; the first one's index."""
    own = []
    for name, data in folder.streams.items():
        own.append(len(nodes))
        nodes.append(_Node(name, 2, data))
    for name, inner in folder.folders.items():
        own.append(len(nodes))
        nodes.append(_Node(name, 1))
        nodes[own[-1]].child = _add(inner, nodes)
    own.sort(key=lambda at: (len(nodes[at].name), nodes[at].name.upper()))
    for left, right in itertools.pairwise(own):
        nodes[left].right = right
    return own[0] if own else _NONE


def _entry(node: _Node, start: int) -> bytes:
    name = (node.name + "\x00").encode("utf-16-le")
    out = name.ljust(64, b"\x00") + struct.pack("<HBB", len(name), node.kind, 1)
    out += struct.pack("<III", _NONE, node.right, node.child) + bytes(36)
    return out + struct.pack("<IQ", start, len(node.data))


def outlook_message(
    subject: str, body: str, files: dict[str, bytes], inner: Folder | None = None
) -> Folder:
    """A message as Outlook keeps it; ``inner`` is one attached to it."""
    sent = struct.pack("<IIQ", 0x00390040, 6, 133541028000000000)
    root = Folder(
        {
            "__properties_version1.0": bytes(32) + sent,
            "__substg1.0_0037001F": subject.encode("utf-16-le"),
            "__substg1.0_0C1A001F": "Ann Sender".encode("utf-16-le"),
            "__substg1.0_5D01001F": "ann@supplier.example".encode("utf-16-le"),
            "__substg1.0_0E04001F": "inbox@docs.example".encode("utf-16-le"),
            "__substg1.0_1000001F": body.encode("utf-16-le"),
        }
    )
    for number, (name, data) in enumerate(files.items()):
        root.folders[f"__attach_version1.0_#{number:08X}"] = Folder(
            {
                "__properties_version1.0": bytes(8),
                "__substg1.0_37010102": data,
                "__substg1.0_3707001F": name.encode("utf-16-le"),
            }
        )
    if inner is not None:
        root.folders[f"__attach_version1.0_#{len(files):08X}"] = Folder(
            {"__substg1.0_3707001F": "fwd.msg".encode("utf-16-le")},
            {"__substg1.0_3701000D": inner},
        )
    return root
