"""What speaks for the built-in types that their titles and labels tell.

Receipts, invoices and résumés are told by layout as well (``classify``); other types state what
they are: a title near the top, and the labels of their fields, as their schemas list them. A label
that several types, invoices or résumés may have says less. The log odds are set by hand.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import Phrases, lexicon, phrases
from services.extract.lexicon.money_heads import MONEY_HEADS
from services.extract.resume.lines import heading_kind
from services.extract.schemas import GENERIC, built_in
from services.extract.sheet import Segment, Sheet
from services.extract.wording import compact, split_name
from shared.models.schema import FieldType

_TITLE_ROWS = 25
_MOST_TITLE_WORDS = 10
_BIAS = -5.5
_TITLE, _TITLE_NUMBERED, _TITLE_BEGINS, _TITLE_INSIDE = 6.0, 5.5, 4.0, 1.5
_MOST_NUMBER_WORDS = 3  # as in ``Nr. 2024-0815``
_OWN, _SHARED, _COMMON = 1.0, 0.5, 0.2  # a label of this type alone, of a few, of invoices too
_HEADING = 1.5  # over rows
_MOST = 7.0
_LEAST = -2.5
_SUM = re.compile(r"\d[.,]\d\d(?:\s?\D{1,3})?$")
_FEW = 2  # types
_SHORTEST = 4  # letters of a label that says anything
_ACCOUNT = "bank_statement"
_MONEY_HEADS = 2.0
_OTHERS = frozenset({"invoice", "credit_note", "receipt"})
_OTHER_TITLE, _OTHER_TITLE_BESIDE = -3.5, -0.5  # the latter where the own title stands alone


@dataclass(frozen=True, slots=True)
class _Known:
    """Titles by type, and labels by type and field (as ``payslip net_pay``)."""

    titles: Phrases
    labels: Phrases
    rows: frozenset[str]


def described_types() -> frozenset[str]:
    """The built-in types that are told by their titles."""
    return frozenset(name for name, schema in built_in().items() if schema.titles)


def described_scores(sheet: Sheet, titles: set[str]) -> dict[str, float]:
    """Log odds of those of ``described_types`` that something speaks for.

    ``titles`` are those of other types on the page. Types that nothing speaks for are left out, so
    that however many there are, they take nothing of the chance of the others.
    """
    known = _known()
    is_other = bool(titles & _OTHERS)
    scores = dict.fromkeys(described_types(), _BIAS + _OTHER_TITLE * is_other)
    titled = _titles(sheet, known)
    if is_other and not titled:
        return {}  # most documents are invoices and receipts, and their labels cost time
    for name, weight in titled.items():
        scores[name] += weight
        if is_other and weight == _TITLE:
            scores[name] += _OTHER_TITLE_BESIDE - _OTHER_TITLE
    for name, weight in _labels(sheet, known).items():
        scores[name] += min(_MOST, weight)
    if _ACCOUNT in scores and _has_money_heads(sheet):
        scores[_ACCOUNT] += _MONEY_HEADS
    return {name: score for name, score in scores.items() if score > _LEAST}


def _has_money_heads(sheet: Sheet) -> bool:
    """Whether a line heads columns of money that goes out and of money that comes in."""
    heads = _money_heads()
    for row in sheet.rows[:_TITLE_ROWS]:
        if len(row.segments) > _FEW:
            found = (heads.find("".join(it.words)) for it in row.segments)
            if len({side for sides in found if sides for side in sides}) > 1:
                return True
    return False


@cache
def _money_heads() -> Phrases:
    return phrases((head, side) for side, heads in MONEY_HEADS.items() for head in heads)


def names_itself(segment: Segment) -> bool:
    """Whether a line is nothing but the title of one of ``described_types``."""
    return any(weight == _TITLE for _, weight in _title_of(segment, _known().titles))


def title_length(words: list[str]) -> int:
    """How many of the first words of a line are a title of ``described_types``."""
    titles = _known().titles
    if not words or not titles.may_begin(words[0]):
        return 0
    longest = range(min(len(words), titles.most_words), 0, -1)
    return next((end for end in longest if titles.find("".join(words[:end]))), 0)


def _titles(sheet: Sheet, known: _Known) -> dict[str, float]:
    """How much the best title on the page says for each type."""
    best: dict[str, float] = {}
    for row in sheet.rows[:_TITLE_ROWS]:
        if _SUM.search(row.text):  # a line of a table, such as a payment of a salary
            continue
        for segment in row.segments:
            for name, weight in _title_of(segment, known.titles):
                best[name] = max(best.get(name, 0.0), weight)
    return best


def _title_of(segment: Segment, titles: Phrases) -> list[tuple[str, float]]:
    """The types that a short line names, with what that says."""
    words = [word for word in segment.words if word]
    if not words or len(words) > _MOST_TITLE_WORDS:
        return []
    for at, word in enumerate(words):
        if not titles.may_begin(word):
            continue
        for end in range(len(words), at, -1):
            if kinds := titles.find("".join(words[at:end])):
                weight = _TITLE_INSIDE if at else _of_rest(words[end:])
                return [(name, weight) for name in kinds]
    return []


def _of_rest(rest: list[str]) -> float:
    """What a title says with ``rest`` behind it: most with nothing, much with a number."""
    if not rest:
        return _TITLE
    numbered = any(map(str.isdigit, "".join(rest))) and len(rest) <= _MOST_NUMBER_WORDS
    return _TITLE_NUMBERED if numbered else _TITLE_BEGINS


def _labels(sheet: Sheet, known: _Known) -> dict[str, float]:
    """What the labels on the page say together for each type, each field once."""
    if not sheet.is_ocr and known.labels.beginnings.isdisjoint(sheet.vocabulary):
        return {}
    best: dict[str, float] = {}
    for hit in LabelMap(sheet, known.labels).all():
        if hit.opens and hit.length >= _SHORTEST:
            weight = _weight(hit)
            is_heading = hit.closes and weight == _OWN
            for place in hit.concepts:
                told = _HEADING if place in known.rows and is_heading else weight
                best[place] = max(best.get(place, 0.0), told)
    found: dict[str, float] = defaultdict(float)
    for place, weight in best.items():
        found[place.partition(" ")[0]] += weight
    return found


def _weight(hit: Hit) -> float:
    """What a label says for a type that may have it."""
    text = "".join(compact(token.text) for token in hit.tokens)
    if lexicon().labels.find(text) is not None or heading_kind(text) is not None:
        return _COMMON
    types = {place.partition(" ")[0] for place in hit.concepts}
    return _OWN if len(types) == 1 else _SHARED if len(types) <= _FEW else _COMMON


@cache
def _known() -> _Known:
    """Read once per process."""
    titles: list[tuple[str, str]] = []
    labels: list[tuple[str, str]] = []
    rows: set[str] = set()
    for name, schema in built_in().items():
        if not schema.titles or name == GENERIC:
            continue
        titles += [(title, name) for title in schema.titles]
        for spec in schema.fields:
            place = f"{name} {spec.name}"
            labels += [(label, place) for label in (split_name(spec.name), *spec.synonyms)]
            if spec.type == FieldType.ROWS:
                rows.add(place)
    return _Known(phrases(titles), phrases(labels), frozenset(rows))
