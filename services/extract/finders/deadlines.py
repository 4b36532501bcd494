"""Dates that a sentence says something is to be paid by: ``Please settle by 3 May 2024``."""

from collections.abc import Sequence

from services.extract.candidates.candidate import Candidate
from services.extract.sheet import Token
from services.extract.wording import compact

_FEWEST_OF = 2  # words
_OF = frozenset({"of", "de", "del", "du", "des", "der", "di", "della", "da", "do", "van", "von"})
_MOST_BETWEEN = 3  # words: ``bis Ende Januar (31.01.2026)``
_UNTIL = frozenset(
    map(
        compact,
        (
            "by", "before", "until", "till", "bis", "vor", "spätestens", "avant", "tard", "antes",
            "hasta", "entro", "até", "vóór", "voor", "uiterlijk", "do", "przed", "senest", "senast",
            "inden", "innan", "innen", "viimeistään", "nejpozději", "najneskôr", "legkésőbb",
            "până",
        ),
    )
)  # fmt: skip
_PAYING = tuple(
    map(
        compact,
        (
            "pay", "settl", "remit", "zahl", "bezahl", "überweis", "begleich", "betrag", "régl",
            "paiement", "virement", "pag", "abon", "transfer", "bonific", "vers", "liquid",
            "betal", "voldo", "overm", "zapłat", "płat", "przel", "uhraď", "uhrad", "zaplat",
            "splat", "maks", "fizet", "befizet", "plăt", "achit", "indbetal", "erlägg",
        ),
    )
)  # fmt: skip
_DONE = frozenset(
    map(
        compact,
        (
            "paid", "received", "bezahlt", "erhalten", "reçu", "payé", "recibido", "pagado",
            "ricevuto", "pagato", "recebido", "betaald", "ontvangen", "modtaget",
            "mottaget", "zapłacono", "zaplaceno", "uhrazeno", "skonto",
        ),
    )
)  # fmt: skip


def is_of_other(candidate: Candidate, label: Sequence[Token]) -> bool:
    """Whether ``label``, for a due date, goes on with what is due then: ``Vto. de CAE``."""
    tokens, words = candidate.segment.tokens, candidate.segment.words
    between = [
        word
        for token, word in zip(tokens, words, strict=True)
        if word and label[-1].index < token.index < candidate.tokens[0].index
    ]
    if len(between) < _FEWEST_OF or between[0] not in _OF or not _UNTIL.isdisjoint(between):
        return False
    return not any(word.startswith(_PAYING) for word in between)


def is_deadline(candidate: Candidate) -> bool:
    """Whether words of its line say that something is to be paid by then, and is not yet."""
    tokens, words = candidate.segment.tokens, candidate.segment.words
    before = [
        word
        for token, word in zip(tokens, words, strict=True)
        if word and token.x0 < candidate.tokens[0].x0 - 1
    ]
    if _UNTIL.isdisjoint(before[-_MOST_BETWEEN:]) or not _DONE.isdisjoint(words):
        return False
    return any(word.startswith(_PAYING) for word in words)
