"""Names over two lines."""

from services.extract.candidates.lines import LineProfile
from services.extract.finders.name_text import cut_to_name
from services.extract.finders.party_blocks import line_below
from services.extract.finders.party_scores import PartyName
from services.extract.lexicon import lexicon
from services.extract.lexicon.entities import entities
from services.extract.reading import Reading
from services.extract.sheet import Segment, Sheet, Token
from services.extract.wording import compact

LONGEST_WORDS = 9
_EDGE, _EDGE_READ = 2.0, 0.4  # points or pixels; heights
_SIZE, _SIZE_READ = 0.1, 0.3  # how much heights differ: what was read is cut at its letters
_LETTERHEAD_ROWS = 3
_LETTERS = 1.25  # of the usual height of print
TO_ANYBODY = frozenset({"customer", "salutation"})  # ``Spett.le``: no part of a name
_AND = frozenset({"", "und", "and", "et", "y", "e", "och", "og", "ja", "i", "a"})
"""Words that no name ends with, compact; of ``&`` nothing is left."""


def with_next(reading: Reading, name: PartyName) -> PartyName | None:
    """``name`` together with the line below, where that goes on with it; ``None`` where not."""
    below = line_below(reading, name.segment)
    if below is None or compact(below.text).startswith(compact(name.text)):
        return None
    salutation = lexicon().labels.find(compact(name.text)) or frozenset()
    alone = "salutation" in salutation and len(name.text.split()) <= 2
    if (salutation and not alone) or salutation >= TO_ANYBODY:
        return None
    more = list(below.tokens) if alone else _rest_of(reading, name, below)
    if not more or len(more) + len(name.text.split()) > LONGEST_WORDS:
        return None
    tokens = name.tokens + more
    text = cut_to_name(" ".join([name.text, *(token.text for token in more)]))
    joined = PartyName(text, tokens, name.segment, LineProfile(text, tokens, []))
    joined.traits = name.traits | {"joined"} | ({"saluted"} if alone else set())
    return joined


def ends_open(name: PartyName) -> bool:
    """Whether a word for *and* ends its line, as no name ends."""
    last = name.segment.words[-1]
    return len(name.segment.tokens) > 1 and last in _AND and name.segment.tokens[-1].text != "-"


def _rest_of(reading: Reading, name: PartyName, below: Segment) -> list[Token]:
    """The tokens of ``below`` that belong to ``name``; none where it ends in its own line."""
    profile = reading.profile(below)
    if (form := name.profile.legal_end) is not None:
        if form < len(name.text):
            return []
        return below.tokens[: entities().continued(name.profile.words, profile.words)]
    if ends_open(name) and not profile.digits:
        return below.tokens
    if profile.digits or profile.street:
        return []
    ends = profile.legal_end is not None or entities().is_legal(profile.words)
    is_alike = _are_set_alike(reading.sheet, name.segment, below)
    return below.tokens if is_alike and (ends or _is_lettering(reading, name, below)) else []


def _is_lettering(reading: Reading, name: PartyName, below: Segment) -> bool:
    """Whether both lines are letters of a logo: larger than the rest, at the head, alone there."""
    sheet, upper = reading.sheet, name.segment
    if upper.page or upper.row > _LETTERHEAD_ROWS or reading.profile(below).title:
        return False
    if upper.height < _LETTERS * sheet.line_height or below.height < _LETTERS * sheet.line_height:
        return False
    gap = below.y0 - upper.y1
    return gap < 0.8 * upper.height and not any(map(reading.labels.opens, (upper, below)))


def _are_set_alike(sheet: Sheet, upper: Segment, lower: Segment) -> bool:
    """Whether both begin at one edge in one size of print, as far as reading tells."""
    edge = max(_EDGE, _EDGE_READ * upper.height) if sheet.is_ocr else _EDGE
    size = _SIZE_READ if sheet.is_ocr else _SIZE
    is_same_size = abs(lower.height / upper.height - 1) < size
    return is_same_size and abs(lower.x0 - upper.x0) < edge
