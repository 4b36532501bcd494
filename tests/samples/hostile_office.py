"""Office files made to hurt who reads them."""

import io
import struct
import zipfile
from collections.abc import Mapping

from tests.samples import office

SECRET = "secret-of-the-machine"


def bomb_docx(size: int = 120_000_000) -> bytes:
    """A Word file whose text unpacks to a thousand times its size."""
    space = " " * size
    return office.ooxml("docx", office.word_part(f"<w:p><w:r><w:t>{space}</w:t></w:r></w:p>"))


def quoting_docx(body: str = "&read;") -> bytes:
    """A Word file that declares an entity which is a file of the machine."""
    declared = '<!DOCTYPE w [<!ENTITY read SYSTEM "file:///etc/hostname">]>'
    return office.ooxml("docx", declared + office.word_part(office.words("a") + body))


def laughing_xlsx() -> bytes:
    """A workbook whose strings are a billion laughs."""
    steps = "".join(f'<!ENTITY l{it} "{f"&l{it - 1};" * 10}">' for it in range(1, 10))
    strings = f'<!DOCTYPE s [<!ENTITY l0 "ha">{steps}]><sst><si><t>&l9;</t></si></sst>'
    parts = {"r": ("sharedStrings", "sharedStrings.xml")}
    more = {
        "xl/sharedStrings.xml": strings,
        "xl/_rels/workbook.xml.rels": office.relations(parts),
    }
    return office.ooxml("xlsx", "<workbook><sheets/></workbook>", more)


def wide_xlsx() -> bytes:
    """A workbook with one cell, as far out as there is one, in a row said to be the last."""
    sheet = (
        '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">'
        '<c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
    )
    book = (
        '<workbook xmlns:r="urn:r"><sheets><sheet name="One" sheetId="1" r:id="s"/></sheets>'
        "</workbook>"
    )
    parts = {"s": ("worksheet", "sheet1.xml")}
    more = {"xl/sheet1.xml": sheet, "xl/_rels/workbook.xml.rels": office.relations(parts)}
    return office.ooxml("xlsx", book, more)


def nested_docx(depth: int = 20_000) -> bytes:
    """A Word file with a wrapper in a wrapper in a wrapper ..."""
    inside = "<w:sdt><w:sdtContent>" * depth + "</w:sdtContent></w:sdt>" * depth
    return office.ooxml("docx", office.word_part(inside))


def crowded_docx(parts: int = 6_000) -> bytes:
    """A Word file of thousands of parts."""
    more = {f"word/part{it}.xml": "" for it in range(parts)}
    return office.docx("a", more=more)


def locked_docx() -> bytes:
    """A Word file that says that its parts are encrypted, as a ZIP file's may be."""
    content = bytearray(office.docx("a"))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        flags = struct.unpack_from("<H", content, at + 8)[0]
        struct.pack_into("<H", content, at + 8, flags | 1)
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def overlapping_docx(copies: int = 200) -> bytes:
    """A Word file whose directory names the same bytes again and again, as parts of their own."""
    content = office.ooxml("docx", office.word_part(office.words("a")), {"word/z.xml": "x" * 9})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start, last = archive.start_dir, archive.infolist()[-1]
    end = content.rfind(b"PK\x05\x06")
    directory = content[start:end]
    entry = directory[directory.rfind(b"PK\x01\x02") :]
    name = last.filename.encode()
    copied = b"".join(entry.replace(name, f"word/{it:05}".encode()) for it in range(copies))
    facts = bytearray(content[end:])
    entries = struct.unpack_from("<H", facts, 10)[0] + copies
    struct.pack_into("<HHI", facts, 8, entries, entries, len(directory) + len(copied))
    return content[:start] + directory + copied + bytes(facts)


def reaching_docx(targets: Mapping[str, str]) -> bytes:
    """A Word file whose pictures and headers are said to lie at ``targets``, by relation id."""
    parts = {key: ("image", target) for key, target in targets.items()}
    pictures = "".join(
        f'<w:p><w:r><w:drawing><a:blip xmlns:a="urn:a" r:embed="{key}"/></w:drawing></w:r></w:p>'
        for key in targets
    )
    body = office.word_part(office.words("harmless text") + pictures)
    more = {"word/_rels/document.xml.rels": office.relations(parts)}
    return office.ooxml("docx", body, more)


def loading_html(url: str) -> bytes:
    """A page that asks for ``url`` in every way it knows."""
    return (
        f'<html><head><link rel="stylesheet" href="{url}"><meta http-equiv="refresh" '
        f'content="0;{url}"><style>@import url("{url}"); body {{ background: url({url}) }}</style>'
        f'<script src="{url}"></script></head><body style="background:url({url})">'
        f'<p>harmless text</p><img src="{url}"><iframe src="{url}"></iframe>'
        f'<object data="{url}"></object><img src="file:///etc/hostname"></body></html>'
    ).encode()
