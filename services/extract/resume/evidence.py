"""What speaks for a document being a résumé."""

from services.extract.resume.lines import heading_kind, main_edge
from services.extract.resume.periods import find_period
from services.extract.resume.words import resume_words
from services.extract.sheet import Segment, Sheet
from services.extract.wording import compact

_MOST_WORDS = 4
_FEWEST_HEADINGS = 2
_MOST_PERIODS = 3
_MARGIN = 15.0  # points
_TITLE_ROWS = 8
_MAIN = frozenset({"work", "education", "skills"})


def resume_evidence(sheet: Sheet) -> dict[str, float]:
    """Headings of résumés, periods of time and a title, as features of the classifier."""
    evidence: dict[str, float] = {}
    main = main_edge(sheet)
    kinds = {kind for segment in sheet.segments if (kind := _kind(segment, main))}
    kinds.discard("inside")
    for kind in kinds & _MAIN:
        evidence[f"heading:{kind}"] = 1.0
    evidence["headings"] = float(min(4, len(kinds - _MAIN)))
    titles = resume_words().titles
    rows = sheet.rows[:_TITLE_ROWS]
    named = any(compact(segment.text) in titles for row in rows for segment in row.segments)
    evidence["title:resume"] = float(named)
    if len(kinds) + named >= _FEWEST_HEADINGS:
        ranges = 0
        for row in sheet.rows:
            if row.digits >= _MOST_PERIODS and (period := find_period(row.text)):
                ranges += period.is_range
                if ranges == _MOST_PERIODS:
                    break
        evidence["periods"] = ranges / _MOST_PERIODS
    return evidence


def _kind(segment: Segment, main: float | None) -> str | None:
    """The kind of section that ``segment`` opens, alone or from the margin."""
    tokens = segment.tokens
    if len(tokens) <= _MOST_WORDS and (kind := heading_kind("".join(segment.words))):
        return kind
    if main is None or tokens[0].x0 > main - _MARGIN:
        return None
    for count in (1, 2):
        if count < len(tokens) and abs(tokens[count].x0 - main) < _MARGIN / 2:
            return heading_kind("".join(segment.words[:count]))
    return None
