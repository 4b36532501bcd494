"""Where a document begins within a file, page by page: evidence for and against, weighed.

The weights are log odds set by hand on bundles made of documents that the benchmark does not
measure (``benchmarks/splitting.py``). To leave two documents together costs a person a look; to
tear one apart costs the document: what says too little for a beginning is none.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from services.extract.printed import AnyPage
from services.extract.splitting.leaf import Leaf, leaf_of
from shared.models.container import Piece
from shared.models.schema import Schema

MOST_PAGES = 300
"""Pages looked at; a longer file stays whole."""
_BIAS = -2.2
_ALIKE, _UNLIKE = 0.5, 0.15
_SURE = 0.6
_HALF_EMPTY = 0.7
_SAME_SIZE = 0.01
_ALONE = frozenset({"receipt", "identity_document"})


def pieces_of(pages: Sequence[AnyPage], schemas: dict[str, Schema]) -> list[Piece]:
    """The documents in a file; one that holds a single one gives none.

    Sheets of paper on a photo are documents each. Every page is in one piece: a page without
    print belongs to what is before it, as it may hold a picture.
    """
    if len(pages) > MOST_PAGES:
        return []
    pieces: list[Piece] = []
    for has_sheets, group in groupby(enumerate(pages), lambda it: len(it[1].regions) > 1):
        if has_sheets:
            for number, page in group:
                regions = range(len(page.regions))
                pieces += [Piece(pages=[number], region=it) for it in regions]
            continue
        numbers, together = zip(*group, strict=True)
        leaves = [leaf_of(page, schemas) for page in together]
        pieces += [Piece(pages=[numbers[it] for it in run]) for run in _runs(leaves)]
    return pieces if len(pieces) > 1 else []


def _runs(leaves: Sequence[Leaf]) -> Iterator[list[int]]:
    printed = [number for number, leaf in enumerate(leaves) if not leaf.is_blank]
    start = 0
    for before, after in pairwise(printed):
        if beginning(leaves[before], leaves[after], after - before - 1) > 0:
            yield list(range(start, after))
            start = after
    yield list(range(start, len(leaves)))


def beginning(before: Leaf, leaf: Leaf, blanks: int = 0) -> float:
    """Log odds that ``leaf`` begins another document than the page before it."""
    return (
        _BIAS
        + _by_numbers(before, leaf)
        + _by_identity(before, leaf)
        + _by_looks(before, leaf)
        + _by_kind(before, leaf)
        + (1.0 if blanks else 0.0)
    )


def _by_numbers(before: Leaf, leaf: Leaf) -> float:
    one, two = before.number, leaf.number
    odds = 0.0
    if two is not None:
        if two.at == 1:
            odds += 3.0
        elif one is not None and two.follows(one):
            odds -= 5.0
        else:
            odds -= 1.5
    if one is not None and one.of is not None:
        odds += 2.0 if one.at == one.of else -3.0
    return odds


def _by_identity(before: Leaf, leaf: Leaf) -> float:
    odds = 0.0
    if _is_next_of_its_kind(before, leaf):
        return 4.5
    if before.own_number and leaf.own_number:
        odds += -3.0 if before.own_number == leaf.own_number else 2.0
    if before.account and leaf.account and before.account != leaf.account:
        odds += 2.0
    shared = len(before.marks & leaf.marks)
    if shared:
        odds -= min(2.0, 0.8 * shared)
    elif before.marks and leaf.marks:
        odds += 0.7
    if leaf.goes_on:
        odds -= 3.0
    return odds


def _is_next_of_its_kind(before: Leaf, leaf: Leaf) -> bool:
    """Another number under a title: of one supplier, all but that looks the same."""
    numbers = (before.own_number, leaf.own_number)
    return leaf.titled and None not in numbers and numbers[0] != numbers[1] and leaf.openings > 1


def _by_looks(before: Leaf, leaf: Leaf) -> float:
    odds = 0.0
    if not _is_same_size(before, leaf):
        odds += 1.6
    if before.is_read != leaf.is_read:
        odds += 1.5
    for one, two, weight in ((before.head, leaf.head, 0.7), (before.foot, leaf.foot, 0.7)):
        if one and two:
            alike = len(one & two) / len(one | two)
            odds += -weight if alike > _ALIKE else weight if alike < _UNLIKE else 0.0
    odds += (-3.0, -0.4, 0.6, 1.2, 1.6)[leaf.openings]
    odds += 1.0 if before.filled < _HALF_EMPTY else -0.4
    return odds + _by_type(before, leaf)


def _by_type(before: Leaf, leaf: Leaf) -> float:
    """Print of another size, or lines that begin elsewhere."""
    if before.is_read or leaf.is_read:
        return 0.0
    odds = 0.0
    for one, two, same, other in (
        (before.letters, leaf.letters, 0.03, 0.12),
        (before.margin, leaf.margin, 0.01, 0.03),
    ):
        differs = abs(one - two) / max(one, two, 1e-6) if same > 0.02 else abs(one - two)
        odds += -0.6 if differs < same else 0.7 if differs > other else 0.0
    return odds


def _by_kind(before: Leaf, leaf: Leaf) -> float:
    odds = 0.8 if leaf.titled else -0.4
    if before.ends:
        odds += 0.5
    if before.kind and leaf.kind and min(before.sure, leaf.sure) > _SURE:
        if before.kind != leaf.kind or leaf.kind in _ALONE:
            odds += 1.5
    elif (before.kind is None) != (leaf.kind is None):
        odds += 0.4 if leaf.kind else -0.2
    return odds


def _is_same_size(one: Leaf, two: Leaf) -> bool:
    return all(
        abs(a - b) <= _SAME_SIZE * max(a, b) for a, b in zip(one.size, two.size, strict=True)
    )
