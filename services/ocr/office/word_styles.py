"""Paragraph styles and list numbers of a Word document (ECMA-376 part 1, 17.7 and 17.9)."""

from collections import defaultdict
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element

from services.ocr.office.trees import attribute, child, every, local, number

_OFF = frozenset({"0", "false", "off", "none"})
_DEEPEST = 20  # styles based on styles
_BULLET = "\u2022"


@dataclass(frozen=True, slots=True)
class Look:
    """Of letters: the size in points (0: nothing said) and whether they are bold or hidden."""

    size: float = 0.0
    bold: bool | None = None
    hidden: bool = False


def look_of(properties: Element | None, base: Look) -> Look:
    """``base`` with what run properties (``w:rPr``) say over it."""
    if properties is None:
        return base
    size, bold, hidden = base.size, base.bold, base.hidden
    for each in properties:
        name, said = local(each), attribute(each, "val", "1") not in _OFF
        if name == "sz":
            size = number(attribute(each, "val")) / 2
        elif name == "b":
            bold = said
        elif name == "vanish":
            hidden = said
    return Look(size, bold, hidden)


class Styles:
    """The styles part, if the document has one."""

    def __init__(self, root: Element | None) -> None:
        styles = [it for it in (root if root is not None else ()) if local(it) == "style"]
        self._styles = {attribute(it, "styleId"): it for it in styles}

    def look(self, style: str) -> Look:
        """How letters of a paragraph in that style look."""
        chain: list[Element] = []
        while style in self._styles and len(chain) < _DEEPEST:
            chain.append(self._styles[style])
            based = child(chain[-1], "basedOn")
            style = attribute(based, "val") if based is not None else ""
        found = Look()
        for each in reversed(chain):
            found = look_of(child(each, "rPr"), found)
        return replace(found, hidden=False)

    def numbering(self, style: str) -> Element | None:
        """The list that paragraphs in that style are in (``w:numPr``), if any."""
        found = self._styles.get(style)
        return child(found, "pPr", "numPr") if found is not None else None


class Numbering:
    """The numbering part, if there is one; counts as it is asked, from the first paragraph on."""

    def __init__(self, root: Element | None) -> None:
        abstract = {attribute(it, "abstractNumId"): it for it in every(root, "abstractNum")}
        self._levels: dict[str, dict[int, Element]] = {}
        for each in (it for it in root if local(it) == "num") if root is not None else ():
            of = child(each, "abstractNumId")
            found = abstract.get(attribute(of, "val")) if of is not None else None
            self._levels[attribute(each, "numId")] = {
                int(number(attribute(it, "ilvl"))): it for it in every(found, "lvl")
            }
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)

    def mark(self, listed: Element) -> tuple[str, int]:
        """What stands before the next paragraph of ``listed`` (``w:numPr``), and its level."""
        level_at, of = child(listed, "ilvl"), child(listed, "numId")
        level = int(number(attribute(level_at, "val"))) if level_at is not None else 0
        name = attribute(of, "val") if of is not None else ""
        if name in ("", "0"):
            return "", 0
        counts = self._counts[name]
        counts[level] = counts.get(level, 0) + 1
        for deeper in [it for it in counts if it > level]:
            del counts[deeper]
        return self._text(self._levels.get(name, {}).get(level), counts), min(level, 8)

    @staticmethod
    def _text(level: Element | None, counts: dict[int, int]) -> str:
        format_of, pattern = child(level, "numFmt"), child(level, "lvlText")
        if format_of is None or pattern is None or attribute(format_of, "val") == "bullet":
            return _BULLET
        text = attribute(pattern, "val")
        for at, count in counts.items():
            text = text.replace(f"%{at + 1}", str(count))
        return text
