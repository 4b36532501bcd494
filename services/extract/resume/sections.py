"""The sections of a résumé, found by their headings."""

from dataclasses import dataclass, field

from services.extract.median import median
from services.extract.resume.lines import Line, heading_kind, text_of
from services.extract.resume.words import resume_words
from services.extract.sheet import Token
from services.extract.wording import compact, plain

HEAD = "head"
"""What stands before the first heading: name, title, contacts."""
INSIDE = "inside"
"""A heading within an entry, such as ``Responsibilities``."""
_MOST_WORDS = 4
_TALLER = 1.12
_SMALLER = 0.8
_MARGIN = 15.0  # points
# One of these alone may as well be a job, a category of skills or a line of an address.
_AMBIGUOUS = frozenset(
    map(compact, ("work", "languages", "tools", "software", "profile", "project", "projects",
                  "open source", "online", "personal", "research", "training", "stage", "stages",
                  "kontakt", "technologies", "other", "background", "volunteer", "formation",
                  "portfolio", "activities", "leadership", "experience", "courses", "informatique",
                  "technologien", "taken", "networks", "studio", "links", "availability",
                  "presentations", "conferences", "strengths", "intermediate"))
)  # fmt: skip


@dataclass(eq=False)
class Section:
    """Lines under one heading; ``heading`` is ``None`` for those before the first one."""

    kind: str
    heading: Line | None
    lines: list[Line] = field(default_factory=list)


def cut_sections(lines: list[Line], main: float | None) -> list[Section]:
    """All sections in order, the first of kind ``head``.

    ``main`` is the left edge of the text: a heading left of it may have text beside it.
    """
    usual = _usual_height(lines)
    body = median([line.height for line in lines]) if lines else 0.0
    sections = [Section(HEAD, None)]
    for line in lines:
        kind, rest = _heading(line, usual, body, main)
        if kind is None or kind == INSIDE:
            sections[-1].lines.append(line)
            continue
        heading = Line(line.cells[: len(line.cells) - len(rest)], line.has_mark, line.row)
        sections.append(Section(kind, heading))
        if rest:
            sections[-1].lines.append(Line(rest, has_mark=False, row=line.row))
    return sections


def _usual_height(lines: list[Line]) -> float:
    """How tall headings are in this document."""
    heights = [
        line.height
        for line in lines
        if len(line.cells) == 1 and heading_kind(line.text) not in {None, INSIDE}
    ]
    return median(heights) if heights else 0.0


def _heading(
    line: Line, usual: float, body: float, main: float | None
) -> tuple[str | None, list[list[Token]]]:
    """The kind of section that ``line`` opens, and the cells after its heading."""
    first = line.cells[0]
    height = max(token.height for token in first)
    kind = heading_kind(text_of(first))
    if kind is not None:
        if compact(text_of(first)) in _AMBIGUOUS and height < _SMALLER * usual:
            return None, []
        rest = line.cells[1:]
        is_margin = main is not None and line.x0 < main - _MARGIN
        return (kind, rest) if not rest or is_margin else (None, [])
    if len(line.cells) == 1 and _stands_out(line, body):
        return _by_word(line), []
    return None, []


def _stands_out(line: Line, body: float) -> bool:
    """Whether a line looks like a heading: short, and in capitals or taller."""
    words = line.text.split()
    if len(words) > _MOST_WORDS or line.has_mark or any(char.isdigit() for char in line.text):
        return False
    is_capital = line.text.isupper() and len(line.text) > 3
    return is_capital or line.height > _TALLER * body


def _by_word(line: Line) -> str | None:
    """The kind that the last word of a heading names: ``DOMAIN EXPERIENCE:``."""
    words = [compact(word) for word in plain(line.text).split()]
    if words[-1] == "set":
        words.pop()
    return resume_words().heading_words.get(words[-1]) if words else None
