"""Labels that nobody listed: words before a value that say what it is of."""

from collections.abc import Collection
from math import inf

from services.extract.candidates.candidate import Candidate
from services.extract.reading import Reading
from services.extract.sheet import Token
from services.extract.wording import compact

_FEWEST_LETTERS = 3
# How words for invoices, notes and documents begin in the languages of the lexicon.
_PAPERS = (
    "invoic", "inv", "bill", "doc", "note", "credit", "rechnung", "beleg", "dok", "gutschrift",
    "factur", "facture", "avoir", "piece", "abono", "comprob", "nota", "fattur", "fatur",
    "factuur", "faktur", "kredit", "lasku", "hyvit", "doklad", "dobropis", "szamla", "bizonylat",
    "regning", "fakt",
)  # fmt: skip


def is_named_otherwise(
    reading: Reading, candidate: Candidate, own: Collection[str], within: float = inf
) -> bool:
    """Whether words lead to it that are no label for one of the concepts ``own``.

    ``within`` so many line heights before it.
    """
    words = _without(reading, candidate, own)
    is_near = bool(words) and candidate.x0 - words[-1].x1 < within * reading.sheet.line_height
    return is_near and has_letters(words)


def is_named_longer(reading: Reading, candidate: Candidate, concept: str) -> bool:
    """Whether the label for ``concept`` is a part of a longer one: ``Serial number of meter``."""
    before = words_before(reading, candidate)
    rest = _without(reading, candidate, (concept,))
    return len(rest) < len(before) and has_letters(rest) and not _names_paper(before)


def words_before(reading: Reading, candidate: Candidate) -> list[Token]:
    """The words of its segment before it, else those of the segment beside."""
    segment = candidate.segment
    before = [token for token in segment.tokens if token.x1 <= candidate.x0 + 1]
    if before or not segment.position:
        return before
    return reading.sheet.rows[segment.row].segments[segment.position - 1].tokens


def has_letters(words: list[Token]) -> bool:
    """Whether they say anything."""
    return sum(map(str.isalpha, "".join(token.text for token in words))) >= _FEWEST_LETTERS


def _names_paper(words: list[Token]) -> bool:
    """Whether one of them is of an invoice or a note: its label is the document's, however long."""
    return any(compact(token.text).startswith(_PAPERS) for token in words)


def _without(reading: Reading, candidate: Candidate, own: Collection[str]) -> list[Token]:
    known = {
        token.index
        for hit in reading.labels.by_row[candidate.segment.row]
        if not hit.concepts.isdisjoint(own)
        for token in hit.tokens
    }
    return [token for token in words_before(reading, candidate) if token.index not in known]
