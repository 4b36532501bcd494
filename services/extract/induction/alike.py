"""How much a field's name and a printed label say the same, in other words or another order."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from services.extract.wording import compact, plain, split_name

_SILENT = frozenset(
    (
        "of", "the", "for", "per", "a", "an", "in", "on", "at", "by", "from", "to", "and", "your",
        "our", "is", "der", "die", "das", "des", "vom", "am", "de", "du", "la", "le", "el", "del",
        "di", "van", "do", "da",
    )
)  # fmt: skip
_NUMBER = frozenset(
    (
        "no",
        "nr",
        "num",
        "number",
        "id",
        "code",
        "ref",
        "reference",
        "nummer",
        "numero",
        "identifier",
    )
)
_DATE = frozenset(("date", "day", "datum", "fecha", "data"))
_AMOUNT = frozenset(("amount", "sum", "total", "value", "price", "betrag", "importe", "montant"))
_NAME = frozenset(("name", "names", "fullname", "nom", "nombre", "nome", "naam"))
_WHOLE = {
    "acct": ("account",),
    "addr": ("address",),
    "amt": ("amount",),
    "born": ("birth",),
    "dept": ("department",),
    "dob": ("date", "birth"),
    "inv": ("invoice",),
    "qty": ("quantity",),
    "tel": ("phone",),
}
"""What short forms stand for."""
_GENERIC = 0.3
_SAME_LETTERS = 86.0
_SAME_START = 5
_LEAST_START = 4  # where one is the beginning of the other


@dataclass(frozen=True, slots=True)
class Asking:
    """What a name asks for: its words, and the kinds of thing that generic ones name."""

    words: tuple[str, ...]
    kinds: frozenset[str]


def asking(text: str) -> Asking:
    """The meaning of a field's name or of a label."""
    words: list[str] = []
    kinds: set[str] = set()
    for part in split_name(plain(text.replace("#", " no "))).split():
        for word in _WHOLE.get(compact(part), (compact(part),)):
            kind = _kind(word)
            if kind:
                kinds.add(kind)
            elif word and word not in _SILENT:
                words.append(word)
    return Asking(tuple(words), frozenset(kinds))


def similarity(one: Asking, two: Asking) -> float:
    """0..1; generic words, such as "number" and "date", count for little."""
    if not one.words or not two.words:
        return 1.0 if one == two and one.kinds else 0.0
    if _alike("".join(one.words), "".join(two.words)):
        shared = float(max(len(one.words), len(two.words)))
        whole = 2 * shared
    else:
        shared = _shared(one.words, two.words)
        whole = float(len(one.words) + len(two.words))
    shared += _GENERIC * len(one.kinds & two.kinds)
    whole += _GENERIC * (len(one.kinds) + len(two.kinds))
    return 2 * shared / whole


def _kind(word: str) -> str:
    for kind, words in (
        ("number", _NUMBER), ("date", _DATE), ("amount", _AMOUNT), ("name", _NAME)
    ):  # fmt: skip
        if word in words:
            return kind
    return ""


def _shared(one: Sequence[str], two: Sequence[str]) -> float:
    rest = list(two)
    count = 0
    for word in one:
        match = next((other for other in rest if _alike(word, other)), None)
        if match is not None:
            rest.remove(match)
            count += 1
    return float(count)


def _alike(one: str, two: str) -> bool:
    """``license`` and ``licence``, ``expiration`` and ``expires``, ``month`` and ``monthly``."""
    if one == two:
        return True
    shorter = min(len(one), len(two))
    start = next((at for at in range(shorter) if one[at] != two[at]), shorter)
    if start == shorter >= _LEAST_START and start >= 0.5 * max(len(one), len(two)):
        return True
    if start >= _SAME_START and start >= 0.5 * max(len(one), len(two)):
        return True
    return shorter >= _SAME_START and fuzz.ratio(one, two) >= _SAME_LETTERS
