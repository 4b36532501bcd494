"""What the labels around a value say of it."""

from dataclasses import dataclass
from itertools import pairwise

from services.extract.labels import Hit, LabelMap
from services.extract.sheet import Row, Sheet, Token

_MOST_ROWS_ABOVE = 4
_LEAST = 0.05
_ABBREVIATED = 5  # letters with the full stop: what is longer is a word at the end of a sentence
_OF_OTHER_SENTENCE = 0.1  # what is left of a label's strength behind the end of its sentence


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Strength 0..1 of each concept's label to the left of a value and above it."""

    left: dict[str, float]
    above: dict[str, float]

    def of(self, concept: str) -> float:
        """The strongest label for ``concept`` on either side."""
        return max(self.left.get(concept, 0.0), self.above.get(concept, 0.0))


def surroundings(
    sheet: Sheet, labels: LabelMap, tokens: list[Token], rivals: set[int]
) -> Surroundings:
    """The labels around the value made of ``tokens``.

    ``rivals`` are the indexes of tokens in values of the same kind: one standing between
    the label and this value weakens the claim.
    """
    row = _row_of(sheet, tokens[0])
    if row is None:
        return Surroundings({}, {})
    return Surroundings(
        _left(row, labels, tokens, rivals), _above(sheet, row, labels, tokens, rivals)
    )


def _row_of(sheet: Sheet, token: Token) -> Row | None:
    place = sheet.places.get(token.index)
    return None if place is None else sheet.rows[place.row]


def _left(row: Row, labels: LabelMap, tokens: list[Token], rivals: set[int]) -> dict[str, float]:
    start = tokens[0].x0
    hits = [hit for hit in labels.by_row[row.index] if hit.x1 <= start + 1 or hit.x0 < start]
    if not hits:
        return {}
    own = {token.index for token in tokens}
    strengths: dict[str, float] = {}
    for nearness, hit in enumerate(reversed(hits)):
        if not own.isdisjoint([token.index for token in hit.tokens]):
            continue
        between = [token for token in row.tokens if hit.x1 - 1 <= token.x0 < start - 1]
        rival = sum(token.index in rivals and token.index not in own for token in between)
        strength = hit.weight * 0.55**nearness * 0.5**rival * 0.93 ** len(between)
        if _is_sentence_over(hit.tokens[-1:] + between):
            strength *= _OF_OTHER_SENTENCE
        _strengthen(strengths, hit, strength)
    return _noticeable(strengths)


def _is_sentence_over(tokens: list[Token]) -> bool:
    """Whether one ends among ``tokens`` and another begins: ``when paying. Fee``, not ``No. A``."""
    return any(
        one.text.endswith(".")
        and len(one.text) > _ABBREVIATED
        and other.text[0].isupper()
        and other.text.isalpha()
        for one, other in pairwise(tokens)
    )


def _above(
    sheet: Sheet, row: Row, labels: LabelMap, tokens: list[Token], rivals: set[int]
) -> dict[str, float]:
    x0, x1 = tokens[0].x0, tokens[-1].x1
    height = max([token.height for token in tokens])
    uppers = _rows_above(sheet, row, height)
    over = [
        [hit for hit in labels.by_row[upper.index] if hit.x0 < x1 and x0 < hit.x1 and hit.opens]
        for upper in uppers
    ]
    if not any(over):
        return {}
    strengths: dict[str, float] = {}
    blocked = 1.0
    for distance, (upper, hits) in enumerate(zip(uppers, over, strict=True)):
        for hit in hits:
            aligned = 1.0 if _aligned(hit, x0, x1, height) else 0.7
            _strengthen(strengths, hit, hit.weight * aligned * blocked * 0.8**distance)
        between = [token.index for token in upper.tokens if token.x0 < x1 and x0 < token.x1]
        if not rivals.isdisjoint(between):
            blocked *= 0.6
        elif between:
            blocked *= 0.8
    return _noticeable(strengths)


def _rows_above(sheet: Sheet, row: Row, height: float) -> list[Row]:
    """The rows close above ``row`` on its page, the nearest first."""
    found: list[Row] = []
    for index in range(row.index - 1, max(-1, row.index - 1 - _MOST_ROWS_ABOVE), -1):
        upper = sheet.rows[index]
        if upper.page != row.page or (row.y0 - upper.y1) / height > 4:
            break
        found.append(upper)
    return found


def _strengthen(strengths: dict[str, float], hit: Hit, strength: float) -> None:
    for concept in hit.concepts:
        strengths[concept] = max(strengths.get(concept, 0.0), strength)


def _noticeable(strengths: dict[str, float]) -> dict[str, float]:
    return {concept: value for concept, value in strengths.items() if value > _LEAST}


def _aligned(hit: Hit, x0: float, x1: float, height: float) -> bool:
    centre = abs((hit.x0 + hit.x1) / 2 - (x0 + x1) / 2)
    return min(abs(hit.x0 - x0), abs(hit.x1 - x1), centre) < height
