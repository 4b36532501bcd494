"""Word documents (Office Open XML, ECMA-376): what a reader of the document sees, in order.

Headers stand before the text and footers behind it, once each; text boxes stand behind the
paragraph they hang on. Deleted text, comments and field codes are no text.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from services.ocr.office.package import Package
from services.ocr.office.pictures import picture
from services.ocr.office.script import A4, PAGE_BREAK, Script, Section, escaped, paragraph, table
from services.ocr.office.trees import attribute, child, every, local, number
from services.ocr.office.word_styles import Look, Numbering, Styles, look_of
from shared.errors import Code, Permanent

MACROS = "The file carries macros; they were not run."
_MAIN = "word/document.xml"
_ENGLISH_UNITS = 12_700  # a point
_TWIPS = 20  # a point
_INDENT = 18.0
_GAP = "\u00a0" * 4  # what a tabulator leaves
_INLINE = frozenset({"hyperlink", "ins", "smartTag", "fldSimple", "moveTo", "dir", "bdo"})
_WRAPPERS = frozenset({"sdt", "sdtContent", "customXml", "AlternateContent"})
_PARAGRAPH = re.compile(r"</?p[^>]*>")
_SMALLEST, _LARGEST, _USUAL = 6.0, 30.0, 11.0


def read_word(path: str) -> Script:
    """The document at ``path``; raises ``Permanent`` as ``Package`` does."""
    with Package.open(path) as package:
        relations = package.relations("")
        main = next((it for kind, it in relations.values() if kind == "officeDocument"), _MAIN)
        root = package.xml(main)
        body = child(root, "body")
        if body is None:
            raise Permanent(Code.FILE_CORRUPT, "The document has no text part.")
        reader = _Document(package, main)
        markup = [*reader.around(body, "headerReference"), *reader.blocks(body, main)]
        markup += [*reader.notes(), *reader.around(body, "footerReference")]
        reader.script.sections.append(Section("".join(markup), _size(body)))
        if any(it.endswith("vbaProject.bin") for it in package.names):
            reader.script.warn(MACROS)
        return reader.script


def _size(body: Element) -> tuple[float, float]:
    """The first section's page, if it is a usual one."""
    for each in every(body, "pgSz"):
        width, height = (number(attribute(each, it)) / _TWIPS for it in ("w", "h"))
        if 200 < width < 2000 and 200 < height < 2000:  # noqa: PLR2004 (points: A6 to A1)
            return width, height
    return A4


class _Document:
    """One document at work; ``script`` grows pictures and warnings."""

    def __init__(self, package: Package, main: str) -> None:
        self.script = Script()
        self._package = package
        self._main = main
        self._relations: dict[str, dict[str, tuple[str, str]]] = {}
        folder = main.rpartition("/")[0]
        self._styles = Styles(package.xml(f"{folder}/styles.xml"))
        self._numbering = Numbering(package.xml(f"{folder}/numbering.xml"))

    def around(self, body: Element, reference: str) -> Iterator[str]:
        """Headers or footers, each part once."""
        seen: set[str] = set()
        for each in every(body, reference):
            _, part = self._of(self._main).get(attribute(each, "id"), ("", ""))
            root = self._package.xml(part) if part and part not in seen else None
            seen.add(part)
            if root is not None:
                markup = "".join(self.blocks(root, part))
                if markup not in seen:
                    seen.add(markup)
                    yield markup

    def notes(self) -> Iterator[str]:
        """Footnotes and endnotes; Word's own lines between are none."""
        for kind, part in self._of(self._main).values():
            if kind in ("footnotes", "endnotes"):
                root = self._package.xml(part)
                for note in root if root is not None else ():
                    if not attribute(note, "type"):
                        yield from self.blocks(note, part)

    def blocks(self, parent: Element, part: str) -> Iterator[str]:
        """The paragraphs and tables of ``parent``, which stands in that part of the package."""
        for each in parent:
            name = local(each)
            if name == "p":
                yield from self._paragraph(each, part)
            elif name == "tbl" and local(parent) == "tc":  # MuPDF cannot set one in another
                yield from (
                    paragraph(_GAP.join(row)) for row in self._rows(each, part, inline=True)
                )
            elif name == "tbl":
                yield table(self._rows(each, part))
            elif name in _WRAPPERS:
                yield from self.blocks(_chosen(each), part)
            elif name in ("ins", "moveTo"):
                yield from self.blocks(each, part)

    def _rows(self, tbl: Element, part: str, *, inline: bool = False) -> Iterator[list[str]]:
        for row in _through(tbl, "tr"):
            cells: list[str] = []
            for cell in _through(row, "tc"):
                blocks = "".join(self.blocks(cell, part))
                cells.append(_PARAGRAPH.sub(" ", blocks) if inline else blocks)
                span = child(cell, "tcPr", "gridSpan")
                wide = int(number(attribute(span, "val"))) if span is not None else 1
                cells += [""] * min(max(wide - 1, 0), 60)
            yield cells

    def _paragraph(self, element: Element, part: str) -> Iterator[str]:
        style_of = child(element, "pPr", "pStyle")
        style = attribute(style_of, "val") if style_of is not None else ""
        mark, level = "", 0
        own = child(element, "pPr", "numPr")
        listed = own if own is not None else self._styles.numbering(style)
        if listed is not None:
            mark, level = self._numbering.mark(listed)
        beside: list[Element] = []
        text = "".join(self._runs(element, part, self._styles.look(style), beside))
        if text:
            indent = (level + 1) * _INDENT if mark else 0.0
            align = child(element, "pPr", "jc")
            where = attribute(align, "val") if align is not None else ""
            where = {"end": "right", "right": "right", "center": "center"}.get(where, "")
            start = f"{escaped(mark)} " if mark else ""
            yield paragraph(start + text, indent=indent, align=where)
        for box in beside:
            yield from self.blocks(box, part)

    def _runs(self, parent: Element, part: str, base: Look, beside: list[Element]) -> Iterator[str]:
        """The runs below ``parent``; text boxes are put aside."""
        for each in parent:
            name = local(each)
            if name == "r":
                look = look_of(child(each, "rPr"), base)
                if not look.hidden:
                    yield _dressed("".join(self._run(each, part, beside)), look)
            elif name in _INLINE:
                yield from self._runs(each, part, base, beside)
            elif name in _WRAPPERS:
                yield from self._runs(_chosen(each), part, base, beside)

    def _run(self, run: Element, part: str, beside: list[Element]) -> Iterator[str]:
        for each in run:
            match local(each):
                case "t":
                    yield escaped(each.text or "")
                case "tab" | "ptab":
                    yield _GAP
                case "br" | "cr":
                    is_page = attribute(each, "type") == "page"
                    yield PAGE_BREAK if is_page else "<br/>"
                case "noBreakHyphen":
                    yield "-"
                case "sym":
                    yield " "
                case "drawing" | "pict" | "object" | "AlternateContent":
                    shown = _chosen(each)
                    beside += _outermost_boxes(shown)
                    yield from self._pictures(shown, part)

    def _pictures(self, drawing: Element, part: str) -> Iterator[str]:
        extent = next(every(drawing, "extent"), None)
        size = (0.0, 0.0)
        if extent is not None:
            across, down = (number(attribute(extent, it)) for it in ("cx", "cy"))
            size = across / _ENGLISH_UNITS, down / _ENGLISH_UNITS
        for each in drawing.iter():
            if local(each) in ("blip", "imagedata"):
                reference = attribute(each, "embed") or attribute(each, "id")
                kind, name = self._of(part).get(reference, ("", ""))
                if kind == "image":
                    yield picture(self.script, self._package, name, *size)

    def _of(self, part: str) -> dict[str, tuple[str, str]]:
        if part not in self._relations:
            self._relations[part] = self._package.relations(part)
        return self._relations[part]


def _through(parent: Element, name: str) -> Iterator[Element]:
    """Children of that name, also those in wrappers."""
    for each in parent:
        if local(each) == name:
            yield each
        elif local(each) in _WRAPPERS:
            yield from _through(_chosen(each), name)


def _chosen(element: Element) -> Element:
    """What counts of alternatives: the first, as the others say the same in older words."""
    if local(element) != "AlternateContent":
        return element
    offered = (child(element, "Choice"), child(element, "Fallback"))
    return next((it for it in offered if it is not None), element)


def _outermost_boxes(element: Element) -> list[Element]:
    if local(element) == "txbxContent":
        return [element]
    return [box for each in element for box in _outermost_boxes(_chosen(each))]


def _dressed(markup: str, look: Look) -> str:
    if not markup or markup.isspace():
        return markup
    if look.bold:
        markup = f"<b>{markup}</b>"
    if look.size and abs(look.size - _USUAL) > 1:
        size = min(max(look.size, _SMALLEST), _LARGEST)
        markup = f'<span style="font-size:{size:.1f}pt">{markup}</span>'
    return markup
