"""Words that stand on a document more than once: seldom are two prints misread alike."""

from collections import Counter
from collections.abc import Iterable

from services.extract.sheet import Sheet, Token
from services.extract.wording import compact

_SHORTEST = 3
_SHORTEST_WITHIN = 4


class Repeats:
    """Which words of a document it has twice, also within longer ones such as web addresses."""

    def __init__(self, sheet: Sheet) -> None:
        self._counts = Counter(compact(token.text) for token in sheet.tokens)
        self._within: dict[str, bool] = {}

    def of(self, tokens: Iterable[Token]) -> frozenset[str]:
        """The compact words of ``tokens`` that stand at another place, too."""
        own = Counter(compact(token.text) for token in tokens)
        return frozenset(
            word
            for word, count in own.items()
            if len(word) >= _SHORTEST and (self._counts[word] > count or self._is_within(word))
        )

    def _is_within(self, word: str) -> bool:
        known = self._within.get(word)
        if known is None:
            known = len(word) >= _SHORTEST_WITHIN and any(
                word in other and word != other for other in self._counts
            )
            self._within[word] = known
        return known
