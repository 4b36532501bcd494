"""The rows of what was sold, whose numbers are no sums of the document."""

from collections import Counter

from services.extract.candidates.candidate import Candidate
from services.extract.features.money import CONCEPTS
from services.extract.lexicon.currencies import currency_of
from services.extract.reading import Reading
from services.extract.sheet import Row

_FEWEST_NUMBERS = 2
_FEWEST_LETTERS = 4


def rows_of_lines(reading: Reading) -> frozenset[int]:
    """The rows that have a text, several numbers and no label of a sum: what was sold."""
    counts = Counter(each.segment.row for each in reading.numbers)
    return frozenset(
        row
        for row in {each.segment.row for each in reading.money}
        if counts[row] >= _FEWEST_NUMBERS
        and _letters(reading.sheet.rows[row]) >= _FEWEST_LETTERS
        and not any(not hit.concepts.isdisjoint(CONCEPTS) for hit in reading.labels.by_row[row])
    )


def is_among(candidate: Candidate, rows: frozenset[int], reading: Reading) -> bool:
    """Whether it is of one of ``rows``; a sum that opens one stands beside the lines."""
    row = candidate.segment.row
    opens = reading.sheet.rows[row].tokens[0].index == candidate.tokens[0].index
    return row in rows and not (opens and candidate.has_currency)


def _letters(row: Row) -> int:
    """How many letters it has beside names of currencies."""
    words = (token.text for token in row.tokens if currency_of(token.text) is None)
    return sum(map(str.isalpha, "".join(words)))
