"""Puts right what recognition misreads within words: letters taken for signs, legal forms.

Only words of pages that were read from pictures, and only where the mended word is the likelier
print; ``Token.printed`` keeps what was read.
"""

import re
from collections import Counter
from functools import cache, lru_cache
from typing import Literal

from rapidfuzz.distance import Hamming, Levenshtein

from services.extract.lexicon.entities import entities
from services.extract.sheet import Token
from services.extract.wording import compact

_DOUBTFUL = 0.8  # confidence below which a word is compared with words known
_SHORTEST_KNOWN = 5
_MOST_FORM_WORDS = 3
_RATE = re.compile(r"\d{1,2}(?:[.,]\d)?")
_SHORTEST_PLACE = 6
_LOOK_ALIKES = str.maketrans("dqgtijnve", "ooclllmuf")
_EDGES = re.compile(r"^\W+|\W+$")
# Patterns and what stands for them, next to letters of the one case and the other.
_LETTERS = (
    (re.compile(r"(?<=[A-Z])[!|1](?=[A-Z])"), "I"),
    (re.compile(r"(?<=[A-Za-z])[!|1](?=[a-z])"), "l"),
    (re.compile(r"(?<=[A-Za-z])I(?=[a-z])"), "l"),
    (re.compile(r"(?<=[A-Z])0(?=0?[A-Z])|(?<=[A-Z]0)0(?=[A-Z])"), "O"),
    (re.compile(r"(?<=[a-z])0(?=0?[a-z])|(?<=[a-z]0)0(?=[a-z])"), "o"),
    (re.compile(r"(?<=[A-Z])5(?=[A-Z]{2})"), "S"),
    (re.compile(r"(?<=[A-Z]{2})8(?=[A-Z])"), "B"),
    (re.compile(r"(?<=[A-Z])[©®](?=[A-Z])|(?<=[A-Z]{3})©"), "G"),
    (re.compile(r"(?<=[a-z])©"), "g"),
    (re.compile(r"^([A-Z])\1(?=[a-z]{2})"), r"\1"),
    (re.compile(r"^N0(?=[.:\d]|$)"), "NO"),
)  # fmt: skip
_LAST_LETTERS = (
    (re.compile(r"(?<=[A-Z]{3})!(?=\W*$)"), "I"),
    (re.compile(r"(?<=[a-z]{2})[1|](?=\W*$)"), "l"),
)  # which may well be a sign or a number
_FEWEST_LETTERS = 3
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b"})


def mend_line(tokens: list[Token], *, at_head: bool) -> None:
    """Put right the words of one line; ``at_head`` of a document names are likelier."""
    for token in tokens:
        is_doubtful = token.confidence < _DOUBTFUL
        token.text = _mended_word(token.text, is_doubtful=is_doubtful)
        if is_doubtful and at_head:
            token.text = _alike(token.text, _by_look("trade"))
    _mend_legal_form(tokens, short=at_head)
    _mend_percent(tokens)


def _mended_word(word: str, *, is_doubtful: bool) -> str:
    if sum(map(str.isalpha, word)) >= _FEWEST_LETTERS or word.startswith("N0"):
        for pattern, letter in (*_LETTERS, *_LAST_LETTERS) if is_doubtful else _LETTERS:
            word = pattern.sub(letter, word)
    if is_doubtful and len(word) >= _SHORTEST_KNOWN:
        core = _EDGES.sub("", word)
        known = _nearest_known(core.lower()) if core.isalpha() else None
        if known is not None:
            word = word.replace(core, _in_case_of(known, core))
    return word


@cache
def _known() -> dict[str, str]:
    """Words of addresses by themselves, and by each of their forms with one letter left out."""
    words = _places()
    known: dict[str, str] = {}
    for word in sorted(words):
        if len(word) >= _SHORTEST_KNOWN and word.isalpha():
            for at in range(len(word)):
                known.setdefault(word[:at] + word[at + 1 :], word)
    return known


def _nearest_known(word: str) -> str | None:
    """The word of addresses that differs from ``word`` in one letter, but not just at the end."""
    words = _places()
    if word in words:
        return None
    shorter = (word[:at] + word[at + 1 :] for at in range(len(word)))
    for form in (word, *shorter):
        found = _known().get(form) or (form if form in words else None)
        if (
            found
            and len(found) >= _SHORTEST_KNOWN
            and found[:-1] not in {word, word[:-1]}
            and word[:-1] != found
        ):
            return found if Levenshtein.distance(found, word) == 1 else None
    return None


@lru_cache(maxsize=4096)
def mended_place(word: str) -> str:
    """``word`` of an address with a letter taken for one that looks alike put right.

    Also where it was given or read for certain (``PAHAMG``): whoever wrote a
    receipt's words down read them from paper. Of the words at the heads of 364 receipts four
    are changed, each into what their labels say.
    """
    return _alike(word, _by_look("places"))


def _alike(word: str, looks: dict[str, str]) -> str:
    """``word``, or the one of ``looks`` from which one letter that looks alike tells it."""
    core = _EDGES.sub("", word)
    own = core.lower()
    known = looks.get(own.translate(_LOOK_ALIKES)) if own.isalpha() else None
    if known is None or Hamming.distance(known, own) != 1:
        return word
    return word.replace(core, _in_case_of(known, core))


@cache
def _by_look(kind: Literal["places", "trade"]) -> dict[str, str]:
    """Words of addresses, or of trades, by their letters when those that look alike are one."""
    known = _places() if kind == "places" else entities().trade
    words = sorted(word for word in known if len(word) >= _SHORTEST_PLACE and word.isalpha())
    looks = Counter(word.translate(_LOOK_ALIKES) for word in words)
    return {look: word for word in words if looks[look := word.translate(_LOOK_ALIKES)] == 1}


@cache
def _places() -> frozenset[str]:
    return entities().area | entities().street | entities().country


def _in_case_of(word: str, model: str) -> str:
    return word.upper() if model[1:].isupper() else word.title() if model[0].isupper() else word


def _mend_percent(tokens: list[Token]) -> None:
    """``7 $`` as ``7 %``: a dollar sign stands before its sum, or behind one with cents."""
    for token, before in zip(tokens, [None, *tokens], strict=False):
        if token.text == "$" and before is not None and _RATE.fullmatch(before.text):
            token.text = "%"
        elif token.text.endswith("$") and _RATE.fullmatch(token.text[:-1]):
            token.text = token.text[:-1] + "%"


def _mend_legal_form(tokens: list[Token], *, short: bool) -> None:
    """``SON BID``, and if ``short`` also ``5/8``, behind a name as ``SDN BHD`` and ``S/B``."""
    for start in range(2, len(tokens)):
        for count in range(min(_MOST_FORM_WORDS, len(tokens) - start), 0, -1):
            run = tokens[start : start + count]
            form = _legal_form(tuple(token.text for token in run))
            if form is not None and (short or count > 1):
                for token, part in zip(run, form, strict=True):
                    token.text = part if token.text.isupper() or "/" in part else part.title()
                return


def _legal_form(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The legal form that ``words`` are when misread, word by word."""
    own = "".join(map(compact, words))
    if own in entities().legal:
        return None
    if len(words) == 1:
        is_short = "/" in words[0] and len(words[0]) == len("S/B")
        return ("S/B",) if is_short and own.translate(_ALIKE) == "sb" else None
    for form in _forms():
        pairs = list(zip(form, map(compact, words), strict=False))
        if len(form) != len(words) or any(abs(len(a) - len(b)) > 1 or not b for a, b in pairs):
            continue
        if sum(Levenshtein.distance(a, b.translate(_ALIKE)) for a, b in pairs) > _most(form):
            continue
        return tuple(part.upper() for part in form)
    return None


def _most(form: tuple[str, ...]) -> int:
    """How many letters of ``form`` may be misread."""
    return sum(map(len, form)) // 3


@cache
def _forms() -> tuple[tuple[str, ...], ...]:
    """Legal forms of two words and more that are long enough to be known when misread."""
    forms = {tuple(form.split()) for form in entities().legal_phrases}
    return tuple(sorted(f for f in forms if len(f) > 1 and sum(map(len, f)) >= 6 and all(f)))
