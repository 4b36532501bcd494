"""Finds the titles of invoices, and what they name."""

from services.extract.candidates.candidate import Candidate
from services.extract.lexicon import lexicon
from services.extract.sheet import Segment, Sheet
from services.extract.wording import compact

_TITLE_ROWS = 3
_MOST_WORDS = 7
_MOST_TITLE_WORDS = 3
_MOST_BETWEEN = 3  # words between a title and the number
_TITLES = frozenset({"invoice", "credit_note"})
# Words before a title that is another paper's: ``Sur facture n° 17 du 3 mai``.
_OF_ANOTHER = frozenset(
    map(
        compact,
        (
            "sur", "annule", "zu", "zur", "auf", "gegen", "abzüglich", "abzgl", "against",
            "corrects", "correcting", "credits", "less", "minus", "sobre", "rectifica", "anula",
            "su", "rif", "storno", "sulla", "referente", "betreft", "op", "do", "til", "avser",
            "gjelder", "vedrører", "k", "ke", "koskee",
        ),
    )
)  # fmt: skip


class Titles:
    """Where titles of invoices stand."""

    def __init__(self, sheet: Sheet, dated: set[int]) -> None:
        self.sheet = sheet
        self._dated = dated
        self._rows = {each.row for each in sheet.segments if _is_title(each.words)}

    def is_near(self, candidate: Candidate, *, named: bool) -> bool:
        """Whether one stands left of ``candidate``, or just above what no label has ``named``."""
        row = self.sheet.rows[candidate.segment.row]
        return any(has_title_before(candidate.x0 + 1, each) for each in row.segments) or (
            not named
            and any(
                index in self._rows and self.sheet.rows[index].page == row.page
                for index in range(max(0, row.index - _TITLE_ROWS + 1), row.index)
            )
        )

    def leads_to(self, candidate: Candidate, *, named: bool) -> bool:
        """Whether one opens the segment of ``candidate``, which it names.

        The number follows it at once, or ``named``: with the word for a number before it, and no
        other word in between unless a date follows. ``Rechnung zum Vertrag Nr.`` names another,
        and a number in brackets is the code of a kind of paper.
        """
        segment = candidate.segment
        pairs = zip(segment.tokens, segment.words, strict=True)
        before = [word for token, word in pairs if token.x0 < candidate.x0 - 1]
        ends = range(min(len(before), _MOST_TITLE_WORDS), 0, -1)
        end = next((end for end in ends if _is_title(before[:end])), None)
        if end is None:
            return False
        others = [word for word in before[end:] if word.isalpha()][: -1 if named else None]
        if others:
            return named and len(others) <= _MOST_BETWEEN and self._is_dated(candidate)
        return named or not candidate.tokens[0].text.startswith("(")

    def _is_dated(self, candidate: Candidate) -> bool:
        """Whether a date follows at once, or behind one word."""
        last = max(candidate.indexes)
        return not self._dated.isdisjoint((last + 1, last + 2))


def has_title_before(x: float, segment: Segment) -> bool:
    """Whether some of the words left of ``x``, being few, are a title."""
    beginnings = lexicon().titles.beginnings
    if beginnings.isdisjoint(segment.words):
        return False
    pairs = zip(segment.tokens, segment.words, strict=True)
    words = [word for token, word in pairs if token.x1 <= x]
    return len(words) <= _MOST_WORDS and any(
        _is_title(words[start:end])
        for start, word in enumerate(words)
        if word in beginnings and _OF_ANOTHER.isdisjoint(words[max(0, start - 2) : start])
        for end in range(start + 1, min(len(words), start + _MOST_TITLE_WORDS) + 1)
    )


def _is_title(words: list[str]) -> bool:
    """Whether the words together are a title."""
    if len(words) > _MOST_TITLE_WORDS:
        return False
    kinds = lexicon().titles.find("".join(words))
    return kinds is not None and not _TITLES.isdisjoint(kinds)
