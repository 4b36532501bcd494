"""Says of columns with unknown heads what they hold, by what stands in them."""

from decimal import Decimal
from itertools import permutations

from services.extract.candidates.candidate import Candidate
from services.extract.sheet import Token
from services.extract.tables.cells import CellRow
from services.extract.tables.head import UNKNOWN, Head

Amounts = dict[int, Candidate]
"""Numbers by the identity of their last word."""
_CENT = Decimal("0.011")
_FACTORS = ("quantity", "unit_price", "line_total")
_FEWEST_LETTERS = 3
_TEXT = 0.6  # of the rows with a number, those that a column of texts has words in


def infer_columns(head: Head, rows: list[CellRow], amounts: Amounts) -> None:
    """Names the columns that quantity times price bears out, and that of the descriptions."""
    unknown = [at for at, column in enumerate(head.columns) if column.concept == UNKNOWN]
    if not unknown:
        return
    known = {it: _of(head, it) for it in _FACTORS}
    missing = [concept for concept in _FACTORS if not known[concept]]
    for places in permutations(unknown, len(missing)) if len(missing) < len(_FACTORS) else ():
        columns = known | {it: [at] for it, at in zip(missing, places, strict=True)}
        if missing and _multiplies(rows, [columns[it] for it in _FACTORS], amounts):
            for concept, at in zip(missing, places, strict=True):
                head.columns[at].concept = concept
            break
    if not _of(head, "description"):
        numbered = [row for row in rows if any(id(it) in amounts for it in _words(row))]
        texts = {at: _share_of_texts(numbered, at) for at in _of(head, UNKNOWN)}
        best = max(texts, key=lambda at: texts[at], default=-1)
        if best >= 0 and texts[best] >= _TEXT:
            head.columns[best].concept = "description"


def number_in(row: CellRow, columns: list[int], amounts: Amounts) -> Candidate | None:
    """The first number in ``columns`` that is no percentage."""
    for token in row.tokens(columns):
        found = amounts.get(id(token))
        if found is not None and "percent" not in found.traits:
            return found
    return None


def _of(head: Head, concept: str) -> list[int]:
    return [at for at, column in enumerate(head.columns) if column.concept == concept]


def _multiplies(rows: list[CellRow], columns: list[list[int]], amounts: Amounts) -> bool:
    """Whether the first of ``columns`` times the second is the third, wherever all are filled."""
    found = [[number_in(row, own, amounts) for own in columns] for row in rows]
    filled = [(a, b, c) for a, b, c in found if a and b and c]
    return bool(filled) and all(
        abs(a.number * b.number - c.number) < _CENT
        and "decimals:2" in c.traits
        and ("decimals:2" in b.traits or "decimals:2" not in a.traits)
        for a, b, c in filled
    )


def _words(row: CellRow) -> list[Token]:
    return [token for tokens in row.cells.values() for token in tokens]


def _share_of_texts(rows: list[CellRow], at: int) -> float:
    """The share of ``rows`` with words in a column, by how much they say."""
    texts = ["".join(token.text for token in row.cells.get(at, [])) for row in rows]
    worded = sum(sum(map(str.isalpha, text)) >= _FEWEST_LETTERS for text in texts)
    return worded / max(1, len(rows))
