"""Finds the value beside a label, for fields that no finder of its own knows."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from services.extract.calibrate import legibility
from services.extract.candidates.candidate import Candidate
from services.extract.candidates.contacts import find_phones
from services.extract.candidates.identifiers import find_vat_ids
from services.extract.finders import Found
from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import Phrases
from services.extract.pieces import pieces_of
from services.extract.printed_labels import before_next_label
from services.extract.reading import Reading
from services.extract.sheet import Token
from services.extract.surroundings import surroundings
from shared.models.schema import FieldType

_LEAST = 0.4
_DASHES = frozenset({"-", "–", "—", "=", ":"})
_ABOVE = 0.85
_SIGNS = (":", "=")
_UNSURE = (0.3, 0.55)  # the chance without a label, and what the best label adds
_TRUSTED = (0.42, 0.5)


def find_labelled(  # noqa: PLR0913 (what is asked, and how far its labels are trusted)
    reading: Reading,
    kind: FieldType,
    phrases: Phrases | None,
    concept: str,
    others: frozenset[int] = frozenset(),
    *,
    trusted: Callable[[Hit], bool] | None = None,
) -> Found | None:
    """The value of type ``kind`` with the best label for ``concept``.

    ``phrases`` are the labels to look for; ``None`` means those of the lexicon. ``others`` are
    the indexes of words that are no values, as they are labels of something else. ``trusted``
    says which labels count, as none does inside a sentence; what stands beside those is surer.
    """
    labels = reading.labels if phrases is None else LabelMap(reading.sheet, phrases)
    if trusted is not None:
        labels.keep(trusted)
    in_labels = {
        token.index
        for hit in labels.all()
        if hit.opens or hit.tokens[-1].text.endswith(_SIGNS)
        for token in hit.tokens
    } | others
    candidates = [c for c in _candidates(reading, kind, labels) if c.indexes.isdisjoint(in_labels)]
    rivals = {index for each in candidates for index in each.indexes}
    best: tuple[float, Candidate] | None = None
    for candidate in candidates:
        around = surroundings(reading.sheet, labels, candidate.tokens, rivals)
        strength = max(around.left.get(concept, 0.0), _ABOVE * around.above.get(concept, 0.0))
        if strength > _LEAST and (best is None or strength > best[0]):
            best = (strength, candidate)
    if best is None:
        return None
    least, more = _UNSURE if trusted is None else _TRUSTED
    chance = (least + more * best[0]) * best[1].quality * legibility(best[1].tokens)
    return Found(best[1].value, best[1].raw, chance, best[1].tokens)


def _candidates(reading: Reading, kind: FieldType, labels: LabelMap) -> list[Candidate]:
    sheet = reading.sheet
    finders: dict[FieldType, Callable[[], list[Candidate]]] = {
        FieldType.AMOUNT: lambda: reading.money,
        FieldType.NUMBER: lambda: list(map(_as_printed, reading.numbers)),
        FieldType.INTEGER: lambda: list(map(_as_printed, filter(_is_whole, reading.numbers))),
        FieldType.DATE: lambda: reading.dates,
        FieldType.IDENTIFIER: lambda: reading.identifiers,
        FieldType.IBAN: lambda: reading.accounts,
        FieldType.VAT_ID: lambda: find_vat_ids(sheet) + reading.identifiers,
        FieldType.EMAIL: lambda: reading.emails,
        FieldType.PHONE: lambda: find_phones(sheet, reading.currency, reading.country),
        FieldType.URL: lambda: reading.urls,
    }
    finder = finders.get(kind)
    return _texts(reading, kind, labels) if finder is None else finder()


def _as_printed(number: Candidate) -> Candidate:
    """A number that is no money: as good with any decimals as with two, and with all of them."""
    return replace(number, value=f"{number.number:f}", quality=1.0)


def _is_whole(number: Candidate) -> bool:
    return number.number == number.number.to_integral_value()


def _texts(reading: Reading, kind: FieldType, labels: LabelMap) -> list[Candidate]:
    """Segments cut at leaders, and what follows a label within its segment."""
    return [
        Candidate(kind, text, text, tokens, piece.segment)
        for row in pieces_of(reading.sheet)
        for piece in row
        for tokens in (
            piece.tokens,
            *_after_labels(
                piece.tokens, labels.by_row[piece.segment.row], is_last=piece is row[-1]
            ),
        )
        if any(map(str.isalnum, text := " ".join(token.text for token in tokens)))
    ]


def _after_labels(run: list[Token], hits: list[Hit], *, is_last: bool) -> Iterator[list[Token]]:
    ends = {hit.tokens[-1].index for hit in hits}
    for at in range(1, len(run)):
        before = run[at - 1]
        if before.text.endswith(":") or before.index in ends:
            has_dash = run[at].text in _DASHES and at + 1 < len(run)
            rest = run[at + 1 :] if has_dash else run[at:]
            rest = before_next_label(rest)
            is_over = before.text.endswith(_SIGNS) or has_dash or not _goes_on(rest, is_last)
            if is_over and not rest[-1].text.endswith(":"):  # else the label goes on
                yield rest


def _goes_on(rest: list[Token], is_last: bool) -> bool:  # noqa: FBT001 (its place in the row)
    """Whether a label does: ``Account number`` before its value, ``Units used (kWh)``."""
    text = " ".join(token.text for token in rest)
    if any(map(str.isdigit, text)):
        return False
    return (text[0] in "([" and text[-1] in ")]") or (not is_last and text[0].islower())
