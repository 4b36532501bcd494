"""Office files, written part by part: small, and as programs write them where it matters."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MAIN_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "docm": "application/vnd.ms-word.document.macroEnabled.main+xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}
_MAIN_PARTS = {
    "docx": "word/document.xml", "docm": "word/document.xml", "xlsx": "xl/workbook.xml",
    "xlsm": "xl/workbook.xml", "pptx": "ppt/presentation.xml",
}  # fmt: skip
_OPEN_SPACES = " ".join(
    f'xmlns:{it}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for it, name in (("office", "office"), ("text", "text"), ("table", "table"))
)


def zipped(parts: Mapping[str, str | bytes], stored: Sequence[str] = ()) -> bytes:
    """A ZIP file of ``parts`` in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=kind)
    return out.getvalue()


def ooxml(kind: str, main: str, more: Mapping[str, str | bytes] | None = None) -> bytes:
    """An Office Open XML file of that ``kind`` (an ending) with ``main`` as its main part."""
    part = _MAIN_PARTS[kind]
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Override PartName="/{part}" ContentType="{_MAIN_TYPES[kind]}"/></Types>'
    )
    return zipped(
        {
            "[Content_Types].xml": types,
            "_rels/.rels": relations({"r1": ("officeDocument", part)}),
            part: main,
            **(more or {}),
        }
    )


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    """A part of relations: by id, the last word of the type and the target."""
    listed = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def word_part(body: str, tag: str = "document") -> str:
    """A Word part; ``body`` is WordprocessingML, of which ``w`` is the prefix."""
    inside = f"<w:body>{body}</w:body>" if tag == "document" else body
    return f'<w:{tag} xmlns:w="{_WORD}" xmlns:r="{_OFFICE}">{inside}</w:{tag}>'


def words(*lines: str) -> str:
    """A paragraph of WordprocessingML for each line; tabulators are told as such."""
    runs = (
        "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(it)}</w:t>' for it in line.split("\t"))
        for line in lines
    )
    return "".join(f"<w:p><w:r>{it}</w:r></w:p>" for it in runs)


def word_table(*rows: Sequence[str]) -> str:
    """A table of WordprocessingML."""
    made = ("".join(f"<w:tc>{words(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{it}</w:tr>' for it in made)}</w:tbl>"


def docx(*lines: str, kind: str = "docx", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A Word file of paragraphs."""
    return ooxml(kind, word_part(words(*lines)), more)


def odt(*lines: str) -> bytes:
    """An OpenDocument text of paragraphs."""
    body = "".join(f"<text:p>{escape(line)}</text:p>" for line in lines)
    return opendocument("text", f"<office:text>{body}</office:text>")


def ods(*rows: Sequence[str]) -> bytes:
    """An OpenDocument spreadsheet; the last row is followed by a million empty ones."""
    made = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{it}</text:p></table:table-cell>" for it in row)
        + "</table:table-row>"
        for row in rows
    )
    made += '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/>'
    sheet = f'<table:table table:name="One">{made}</table:table-row></table:table>'
    return opendocument("spreadsheet", f"<office:spreadsheet>{sheet}</office:spreadsheet>")


def opendocument(kind: str, body: str) -> bytes:
    """An OpenDocument file of that ``kind``."""
    content = f"<office:document-content {_OPEN_SPACES}><office:body>{body}</office:body>"
    parts = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"{content}</office:document-content>",
    }
    return zipped(parts, stored=["mimetype"])


def compound(*names: str) -> bytes:
    """A compound file (OLE) whose directory has streams of those names, without content."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", head, 44, 1, 1)
    struct.pack_into("<I", head, 56, 0x1000)
    struct.pack_into("<II", head, 60, 0xFFFFFFFE, 0)
    struct.pack_into("<II", head, 68, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)
    sectors = -(-(len(names) + 1) // 4)
    table = [0xFFFFFFFD, *range(2, sectors + 1), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))
    entries = b"".join(_entry(name) for name in ("Root Entry", *names))
    directory = entries.ljust(sectors * 512, b"\x00")
    return bytes(head) + struct.pack("<128I", *table) + directory


def _entry(name: str) -> bytes:
    coded = (name + "\x00").encode("utf-16-le")
    return coded.ljust(64, b"\x00") + struct.pack("<H", len(coded)) + bytes(62)
