"""Fields whose labels are printed in other words: each gets the pair of the page that fits best."""

from services.extract.calibrate import legibility
from services.extract.finders import Found
from services.extract.induction.alike import Asking, asking, similarity
from services.extract.induction.naming import label_text
from services.extract.induction.pair import Pair
from services.extract.induction.pairs import find_pairs
from services.extract.reading import Reading
from services.extract.tables.typing import type_of, typed_value
from services.extract.wording import split_name
from shared.models.schema import FieldSpec, FieldType

_LEAST = 0.62
_LEAST_SURE, _SUREST = 0.5, 0.85
_COUNTED = frozenset({FieldType.AMOUNT, FieldType.NUMBER, FieldType.INTEGER})


def match_fields(reading: Reading, specs: list[FieldSpec], taken: set[int]) -> dict[str, Found]:
    """The values of those of ``specs`` that some label of the page asks for, by name.

    Words in ``taken`` are the values of others. No pair is given to two fields.
    """
    pairs = [(pair, asking(label_text(pair.label))) for pair in find_pairs(reading, set())]
    choices = [
        (score, spec, pair)
        for spec in specs
        for pair, label in pairs
        if (score := _score(spec, label)) >= _LEAST
        and taken.isdisjoint({token.index for token in pair.value})
        and _fits(reading, spec, pair)
    ]
    found: dict[str, Found] = {}
    given: set[int] = set()
    for score, spec, pair in sorted(choices, key=_by_score, reverse=True):
        value = typed_value(reading, spec.type, pair.value)
        if spec.name in found or id(pair) in given or value is None:
            continue
        given.add(id(pair))
        sure = _LEAST_SURE + (_SUREST - _LEAST_SURE) * (score - _LEAST) / (1 - _LEAST)
        raw = " ".join(token.text for token in pair.value)
        found[spec.name] = Found(value, raw, sure * legibility(pair.value), pair.value)
    return found


def _by_score(choice: tuple[float, FieldSpec, Pair]) -> float:
    return choice[0]


def _names(spec: FieldSpec) -> list[Asking]:
    return [asking(text) for text in (split_name(spec.name), *spec.synonyms)]


def _score(spec: FieldSpec, label: Asking) -> float:
    return max(similarity(name, label) for name in _names(spec))


def _fits(reading: Reading, spec: FieldSpec, pair: Pair) -> bool:
    """Whether the value is of the kind that the field's name asks for."""
    kinds = asking(spec.name).kinds
    has_digit = any(char.isdigit() for token in pair.value for char in token.text)
    kind = type_of(reading, pair.value)
    if "number" in kinds and not has_digit:
        return False
    if "date" in kinds and kind is not FieldType.DATE:
        return False
    if "amount" in kinds and kind not in _COUNTED:
        return False
    return not ("name" in kinds and (kind is not FieldType.TEXT or has_digit))
