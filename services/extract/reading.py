"""One document with everything the grammars found on it, computed once and shared."""

from collections import Counter
from collections.abc import Sequence

from services.extract.candidates.amounts import find_amounts, find_currency, without_misread_sign
from services.extract.candidates.candidate import Candidate
from services.extract.candidates.contacts import country_of, find_emails, find_urls
from services.extract.candidates.dates import TWO_WAYS, DayOrder, day_order, find_dates
from services.extract.candidates.identifiers import find_ibans, find_identifiers
from services.extract.candidates.lines import LineProfile
from services.extract.candidates.numerals import DecimalSign, decimal_sign
from services.extract.labels import LabelMap
from services.extract.laying import lay_out
from services.extract.lazy import lazy
from services.extract.lexicon import lexicon
from services.extract.printed import AnyPage
from services.extract.repeats import Repeats
from services.extract.sections import Sections
from services.extract.sheet import Segment, Sheet, Token
from services.extract.spoken import languages_of
from services.extract.surroundings import Surroundings, surroundings

_LARGEST = 100_000_000
_SPECK, _DOUBTFUL = 0.25, 0.5  # confidences
_LONGEST_SPECK = 2
_APART = 2.0  # heights: farther from its line than words of it stand from each other


class Reading:
    """A document as the engine sees it.

    ``region`` is the country that it is said to come from, ISO 3166 alpha-2: what stands on the
    document goes before.
    """

    def __init__(self, pages: Sequence[AnyPage], region: str | None = None) -> None:
        self.region = region
        self.sheet: Sheet = lay_out(pages)
        self._profiles: dict[int, LineProfile] = {}

    @lazy
    def sign(self) -> DecimalSign:
        """The document's decimal sign."""
        return decimal_sign(self.sheet, self.region)

    @lazy
    def numbers(self) -> list[Candidate]:
        """All numbers: amounts, quantities, percentages, codes."""
        found = find_amounts(self.sheet, self.sign)
        return without_misread_sign(found) if self.sheet.is_ocr else found

    @lazy
    def currency_votes(self) -> Counter[str]:
        """How often each currency is named."""
        return find_currency(self.sheet, self.numbers)

    @lazy
    def currency(self) -> str | None:
        """The currency named most often."""
        ranked = self.currency_votes.most_common(1)
        return ranked[0][0] if ranked else None

    @lazy
    def country(self) -> str | None:
        """Where phone numbers without a country's code are dialled; ``region`` goes before."""
        return self.region or country_of(self.sheet)

    @lazy
    def order(self) -> DayOrder:
        """The document's order of day and month."""
        return day_order(self.sheet, self.currency, self.region)

    @lazy
    def dates(self) -> list[Candidate]:
        """All dates, but those that a label calls numbers where others are left."""
        found = find_dates(self.sheet, self.order)
        return [it for it in found if it.indexes.isdisjoint(self._numbers_like_dates)] or found

    @lazy
    def _numbers_like_dates(self) -> frozenset[int]:
        """The indexes of words such as ``2026/02/11`` right behind a label of a number."""
        return frozenset(
            candidate.tokens[0].index
            for candidate in find_dates(self.sheet, self.order)
            if len(candidate.tokens) == 1 and self.labels.calls_number(candidate.tokens[0])
        )

    def sure_of_day(self, tokens: list[Token]) -> float:
        """How sure it is which part of a date is the day: 1 where there is nothing to choose."""
        own = {token.index for token in tokens}
        found = (it for it in self.dates if it.indexes == own and TWO_WAYS in it.traits)
        return min((it.quality for it in found), default=1.0)

    @lazy
    def accounts(self) -> list[Candidate]:
        """All IBANs."""
        return find_ibans(self.sheet)

    @lazy
    def emails(self) -> list[Candidate]:
        """All e-mail addresses."""
        return find_emails(self.sheet)

    @lazy
    def urls(self) -> list[Candidate]:
        """All addresses of pages."""
        return find_urls(self.sheet)

    @lazy
    def money(self) -> list[Candidate]:
        """The numbers that may be sums of money, outside dates."""
        in_dates = {index for found in self.dates for index in found.indexes}
        plausible = [
            number
            for number in self.numbers
            if "percent" not in number.traits
            and abs(number.number) < _LARGEST
            and number.indexes.isdisjoint(in_dates)
        ]
        exact = [number for number in plausible if "decimals:2" in number.traits]
        return exact or [
            number
            for number in plausible
            if "decimals:0" in number.traits or "decimals:1" in number.traits
        ]

    @lazy
    def identifiers(self) -> list[Candidate]:
        """All words that may name something."""
        return find_identifiers(self.sheet, self._numbers_like_dates)

    @lazy
    def labels(self) -> LabelMap:
        """All labels of the lexicon."""
        return LabelMap(self.sheet, lexicon().labels.in_languages(languages_of(self.sheet)))

    @lazy
    def lines(self) -> list[LineProfile]:
        """A profile of each row, without the specks that were taken for letters."""
        return [
            LineProfile(
                " ".join([token.text for token in tokens]), tokens, self.labels.by_row[row.index]
            )
            for row in self.sheet.rows
            if not _is_dirt(row.tokens)
            for tokens in [_without_specks(row.tokens)]
        ]

    @lazy
    def repeats(self) -> Repeats:
        """The words that stand on it more than once."""
        return Repeats(self.sheet)

    def again(self, tokens: list[Token]) -> frozenset[str]:
        """The compact words of ``tokens`` that were read and stand elsewhere, too."""
        return self.repeats.of(tokens) if self.sheet.is_ocr else frozenset()

    def profile(self, segment: Segment) -> LineProfile:
        """A profile of ``segment`` by itself, whatever labels it holds."""
        known = self._profiles.get(id(segment))
        if known is None:
            known = LineProfile(segment.text, segment.tokens, [])
            self._profiles[id(segment)] = known
        return known

    @lazy
    def sections(self) -> Sections:
        """What stands under the heads of supplier and customer."""
        return Sections(self.sheet, self.labels)

    def is_under(self, segment: Segment, heads: frozenset[str]) -> bool:
        """Whether the nearest head above ``segment`` is one of ``heads``."""
        return bool(self.sections.concepts(segment) & heads)

    def around(self, candidates: list[Candidate]) -> list[Surroundings]:
        """The labels around each of ``candidates``, which are rivals of each other."""
        rivals = {index for each in candidates for index in each.indexes}
        return [surroundings(self.sheet, self.labels, each.tokens, rivals) for each in candidates]


def _without_specks(tokens: list[Token]) -> list[Token]:
    """``tokens`` without short ones at either end that were hardly read; all where none is left.

    Of 60 receipts, three in four such words are no print at all. Far from the rest they are edges
    of the paper, even where they were read less badly.
    """
    first, last = 0, len(tokens)
    while first < last and _is_speck(tokens[first], tokens[first + 1 : last][:1]):
        first += 1
    while last > first and _is_speck(tokens[last - 1], tokens[first : last - 1][-1:]):
        last -= 1
    return tokens[first:last] or tokens


def _is_speck(token: Token, beside: list[Token]) -> bool:
    if not _is_short(token):
        return False
    gaps = [max(each.x0 - token.x1, token.x0 - each.x1) / each.height for each in beside]
    return token.confidence < (_DOUBTFUL if max(gaps, default=0.0) > _APART else _SPECK)


def _is_dirt(tokens: list[Token]) -> bool:
    """Whether a row holds nothing but specks: of 136 such rows on 60 receipts none was print."""
    return all(_is_short(token) and token.confidence < _DOUBTFUL for token in tokens)


def _is_short(token: Token) -> bool:
    return len(token.text) <= _LONGEST_SPECK
