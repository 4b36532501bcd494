"""A candidate: a possible value that points at its words."""

from dataclasses import dataclass, field
from decimal import Decimal

from services.extract.sheet import Segment, Token
from services.extract.wording import compact
from shared.models.schema import FieldType


@dataclass(slots=True, eq=False)
class Candidate:
    """A value of a type, as printed (``raw``) and normalised (``value``).

    ``quality`` is 0..1: how well formed it is, before any look at its surroundings.
    ``number`` is the value of amounts, ``has_currency`` says that one is printed with it;
    ``traits`` are what the grammar noticed; ``indexes`` are those of its tokens.
    """

    kind: FieldType
    value: str
    raw: str
    tokens: list[Token]
    segment: Segment
    quality: float = 1.0
    number: Decimal = Decimal(0)
    traits: frozenset[str] = frozenset()
    has_currency: bool = False
    indexes: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.indexes = {token.index for token in self.tokens}

    @property
    def x0(self) -> float:
        """Left edge."""
        return self.tokens[0].x0

    @property
    def x1(self) -> float:
        """Right edge."""
        return self.tokens[-1].x1

    @property
    def page(self) -> int:
        """The page it stands on."""
        return self.tokens[0].page

    @property
    def legibility(self) -> float:
        """The lowest confidence of its words."""
        return min(token.confidence for token in self.tokens)


def name_of(text: str, tokens: list[Token]) -> Candidate:
    """A name of which ``tokens`` are the lines: it points at those that have its letters.

    At the first ones where it is not printed just so, as of a sign that is mended.
    """
    wanted = compact(text)
    words = [compact(token.text) for token in tokens]
    start = max(0, "".join(words).find(wanted))
    kept: list[Token] = []
    end = 0
    for token, word in zip(tokens, words, strict=True):
        begin, end = end, end + len(word)
        if begin < start + len(wanted) and (end > start or kept):
            kept.append(token)
    return Candidate(FieldType.NAME, text, text, kept, Segment(kept, 0, 0, kept[0].page))
