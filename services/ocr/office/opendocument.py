"""OpenDocument text and spreadsheets (ISO/IEC 26300): ODT and ODS.

Deleted text and annotations are no text. A sheet's cells count as they are shown.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from services.ocr.office.excel import MOST_COLUMNS, MOST_ROWS
from services.ocr.office.package import Package
from services.ocr.office.pictures import picture
from services.ocr.office.script import Script, Section, escaped, paragraph, sheet, table
from services.ocr.office.trees import attribute, child, every, local, number
from shared.errors import Code, Permanent

_GAP = "\u00a0" * 4
_INDENT = 18.0
_MOST_CELLS = 64
_UNSEEN = frozenset({"tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms"})
_POINTS = {"cm": 28.35, "mm": 2.835, "in": 72.0, "pt": 1.0}
_CUT = "A sheet has more rows or columns than are read; the rest was left out."


def read_text_document(path: str) -> Script:
    """The ODT file at ``path``; raises ``Permanent`` as ``Package`` does."""
    with Package.open(path) as package:
        script, body = Script(), _body(package, "text")
        reader = _Text(script, package)
        styles = package.xml("styles.xml")
        markup = [*reader.around(styles, "header"), *reader.blocks(body)]
        markup += reader.around(styles, "footer")
        script.sections.append(Section("".join(markup)))
        return script


def read_spreadsheet(path: str) -> Script:
    """The ODS file at ``path``; raises ``Permanent`` as ``Package`` does."""
    with Package.open(path) as package:
        script = Script()
        for each in _body(package, "spreadsheet"):
            if local(each) != "table":
                continue
            rows = _trimmed(list(_sheet_rows(each, script)))
            script.sections += sheet(attribute(each, "name"), rows)
        return script


def _body(package: Package, kind: str) -> Element:
    manifest = package.xml("META-INF/manifest.xml")
    if any(True for _ in every(manifest, "encryption-data")):
        raise Permanent(Code.FILE_ENCRYPTED)
    found = child(package.xml("content.xml"), "body", kind)
    if found is None:
        raise Permanent(Code.FILE_CORRUPT, "The document has no content part.")
    return found


class _Text:
    def __init__(self, script: Script, package: Package) -> None:
        self._script = script
        self._package = package

    def around(self, styles: Element | None, name: str) -> list[str]:
        """Headers or footers of all page styles, equal ones once."""
        found = ["".join(self.blocks(it)) for it in every(styles, name)]
        return list(dict.fromkeys(found))

    def blocks(self, parent: Element, level: int = 0) -> Iterator[str]:
        for each in parent:
            name = local(each)
            if name in ("p", "h"):
                beside: list[Element] = []
                text = "".join(self._inline(each, beside))
                if text.strip():
                    tag = "h3" if name == "h" else "p"
                    yield paragraph(text, tag=tag, indent=level * _INDENT)
                for box in beside:
                    yield from self.blocks(box)
            elif name == "list":
                for item in (it for it in each if local(it) in ("list-item", "list-header")):
                    yield from self.blocks(item, min(level + 1, 8))
            elif name == "table":
                yield table(self._rows(each))
            elif name not in _UNSEEN:
                yield from self.blocks(each, level)

    def _rows(self, element: Element) -> Iterator[list[str]]:
        for row in _rows_of(element):
            cells = [it for it in row if local(it) in ("table-cell", "covered-table-cell")]
            yield [
                "".join(self.blocks(it)).replace("<table>", "").replace("</table>", "")
                for it in cells[:64]
            ]

    def _inline(self, element: Element, beside: list[Element]) -> Iterator[str]:
        yield escaped(element.text or "")
        for each in element:
            match local(each):
                case "tab":
                    yield _GAP
                case "s":
                    yield "\u00a0" * min(max(int(number(attribute(each, "c", "1"))), 1), 40)
                case "line-break":
                    yield "<br/>"
                case "frame":
                    yield from self._frame(each, beside)
                case name if name not in _UNSEEN:
                    yield from self._inline(each, beside)
            yield escaped(each.tail or "")

    def _frame(self, frame: Element, beside: list[Element]) -> Iterator[str]:
        box, image = child(frame, "text-box"), child(frame, "image")
        if box is not None:
            beside.append(box)
        elif image is not None:
            size = _length(attribute(frame, "width")), _length(attribute(frame, "height"))
            name = attribute(image, "href").removeprefix("./")
            if name in self._package:
                yield picture(self._script, self._package, name, *size)


def _rows_of(element: Element) -> Iterator[Element]:
    for each in element:
        if local(each) == "table-row":
            yield each
        elif local(each).startswith(("table-header-rows", "table-row-group", "table-rows")):
            yield from _rows_of(each)


def _sheet_rows(element: Element, script: Script) -> Iterator[list[str]]:
    given = 0
    for row in _rows_of(element):
        cells: list[str] = []
        for cell in row:
            if local(cell) in ("table-cell", "covered-table-cell"):
                shown = [it for it in cell if local(it) == "p"]
                text = "\n".join("".join(it.itertext()) for it in shown)
                times = int(number(attribute(cell, "number-columns-repeated", "1")))
                cells += [text] * max(min(times, MOST_COLUMNS - len(cells)), 0)
        filled = any(cells)
        times = max(int(number(attribute(row, "number-rows-repeated", "1"))), 1)
        for _ in range(times if filled else 1):
            given += 1
            if given > MOST_ROWS:
                script.warn(_CUT)
                return
            yield cells


def _trimmed(rows: list[list[str]]) -> list[list[str]]:
    """Without what is empty at the end and at the right."""
    rows = [row[: max((at + 1 for at, it in enumerate(row) if it), default=0)] for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _length(text: str) -> float:
    return number(text[:-2]) * _POINTS.get(text[-2:], 0.0)
