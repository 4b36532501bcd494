"""Excel workbooks (Office Open XML, ECMA-376 part 1, 18): visible sheets as tables.

Each sheet begins a page, below its name. Numbers and dates are written as one would print them:
``1234.5`` and ``2024-05-03``. Formulas are not computed, their stored results count.
"""

import itertools
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from services.ocr.office.cell_formats import DAY_ZERO, DAY_ZERO_MAC, GENERAL, cell_formats
from services.ocr.office.package import MOST_BYTES, Package
from services.ocr.office.script import Script, sheet
from services.ocr.office.trees import (
    attribute,
    child,
    every,
    local,
    number,
    parse_to,
    refuse_doctype,
)
from services.ocr.office.word import MACROS
from shared.errors import Code, Permanent

MOST_ROWS = 20_000
MOST_COLUMNS = 256
_MAIN = "xl/workbook.xml"
_CUT = "A sheet has more rows or columns than are read; the rest was left out."


def read_excel(path: str) -> Script:
    """The workbook at ``path``; raises ``Permanent`` as ``Package`` does."""
    with Package.open(path) as package:
        relations = package.relations("")
        main = next((it for kind, it in relations.values() if kind == "officeDocument"), _MAIN)
        book = package.xml(main)
        if book is None:
            raise Permanent(Code.FILE_CORRUPT, "The workbook has no main part.")
        script = Script()
        parts = package.relations(main)
        shown = _Values(package, parts, book)
        for each in every(book, "sheet"):
            kind, part = parts.get(attribute(each, "id"), ("", ""))
            if kind != "worksheet" or attribute(each, "state", "visible") != "visible":
                continue
            rows = _Rows(shown)
            with package.stream(part) as stream:
                parse_to(rows, stream, MOST_BYTES)
            if rows.cut:
                script.warn(_CUT)
            script.sections += sheet(attribute(each, "name"), rows.table)
        if any(it.endswith("vbaProject.bin") for it in package.names):
            script.warn(MACROS)
        return script


class _Values:
    """What is in a cell, from what is stored."""

    def __init__(self, package: Package, parts: dict[str, tuple[str, str]], book: Element) -> None:
        by_kind = dict(parts.values())
        self._shared = list(_shared(package.xml(by_kind.get("sharedStrings", ""))))
        self._formats = list(cell_formats(package.xml(by_kind.get("styles", ""))))
        properties = child(book, "workbookPr")
        is_mac = properties is not None and attribute(properties, "date1904") in ("1", "true")
        self._zero = DAY_ZERO_MAC if is_mac else DAY_ZERO

    def shown(self, kind: str, style: str, text: str) -> str:
        """``kind`` and ``style`` are the cell's ``t`` and ``s``, ``text`` its value."""
        if kind == "s":
            place = int(number(text))
            return self._shared[place] if 0 <= place < len(self._shared) else ""
        if kind == "b":
            return "TRUE" if text.strip() == "1" else "FALSE"
        if kind in ("str", "inlineStr", "e", "d"):
            return text
        place = int(number(style))
        known = 0 <= place < len(self._formats)
        return (self._formats[place] if known else GENERAL).shown(text, self._zero)


def _shared(root: Element | None) -> Iterator[str]:
    for each in root if root is not None else ():
        # Phonetic readings (rPh) repeat the text in another script.
        runs = [it for it in each if local(it) in ("t", "r")]
        yield "".join(it.text or "" for run in runs for it in run.iter() if local(it) == "t")


class _Rows:
    """Takes over a sheet's rows as they are parsed."""

    def __init__(self, values: _Values) -> None:
        self.table: list[list[str]] = []
        self.cut = False
        self._values = values
        self._row: list[str] = []
        self._cell = ("", "")
        self._column = 0
        self._text: list[str] | None = None
        self._parts: list[str] = []
        self._full = False

    def doctype(self, *_: object) -> None:
        refuse_doctype()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition("}")[2]:
            case "row":
                self._row, self._column = [], 0
                self._full = len(self.table) >= MOST_ROWS
                self.cut |= self._full
            case "c":
                self._cell = attributes.get("t", "n"), attributes.get("s", "")
                self._column = _column(attributes.get("r", "")) or self._column
                self._parts = []
            case "v" | "t":
                self._text = self._parts
            case "rPh":
                self._text = None

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        match tag.rpartition("}")[2]:
            case "v" | "t":
                self._text = None
            case "c":
                self._take("".join(self._parts))
                self._column += 1
            case "row" if any(self._row) and not self._full:
                self.table.append(self._row)

    def close(self) -> None:
        columns = [any(column) for column in itertools.zip_longest(*self.table)]
        self.table = [
            [it for it, kept in itertools.zip_longest(row, columns, fillvalue="") if kept]
            for row in self.table
        ]

    def _take(self, text: str) -> None:
        if self._column >= MOST_COLUMNS:
            self.cut |= bool(text)
        elif text and not self._full:
            self._row += [""] * (self._column + 1 - len(self._row))
            self._row[self._column] = self._values.shown(*self._cell, text)


def _column(reference: str) -> int:
    """``C7`` is 2."""
    found = 0
    for letter in itertools.takewhile(str.isalpha, reference[:4]):
        found = found * 26 + ord(letter.upper()) - 64
    return max(found - 1, 0)
