"""Rules that a value keeps or breaks."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import regex

from shared.models.extraction import Field, Fields
from shared.models.rules import PatternRule, RangeRule, SumRule, comparable

_SECONDS = 0.2  # a tenant's own pattern may be one that never ends


def out_of_range(rule: RangeRule, value: str) -> str | None:
    """What is wrong with the value, ``None`` if nothing is."""
    found = comparable(value)
    for limit, sign in ((rule.minimum, -1), (rule.maximum, 1)):
        edge = comparable(limit) if limit is not None else None
        if edge is None:
            continue
        if found is None or isinstance(found, Decimal) is not isinstance(edge, Decimal):
            return f"{value} cannot be compared with {limit}"
        if (found > edge) if sign > 0 else (found < edge):  # type: ignore[operator]
            return f"{value} is {'above' if sign > 0 else 'below'} {limit}"
    return None


def off_pattern(rule: PatternRule, value: str) -> str | None:
    """What is wrong with the value, ``None`` if nothing is."""
    try:
        matches = regex.fullmatch(rule.pattern, value, timeout=_SECONDS)
    except TimeoutError:
        return "the pattern takes too long on this value"
    return None if matches else f"the value does not match {rule.pattern}"


def off_sum(rule: SumRule, value: str, fields: Fields) -> str | None:
    """What is wrong with the value, ``None`` if nothing is, or a part has no value."""
    whole = _decimal(value)
    parts = [part for name in rule.of for part in _parts(fields, name)]
    if whole is None or None in parts or not parts:
        return None
    total = sum((it for it in parts if it is not None), Decimal(0))
    if abs(total - whole) <= rule.tolerance:
        return None
    return f"{value} is not {total}, the sum of {', '.join(rule.of)}"


def _parts(fields: Fields, name: str) -> Iterable[Decimal | None]:
    found = fields.get(name)
    if isinstance(found, Field):
        return [_decimal(found.value)]
    whole, _, column = name.rpartition(".")
    rows = fields.get(whole)
    if not isinstance(rows, list):
        return [None]
    cells = [row.get(column) for row in rows]
    return [None if cell is None else _decimal(cell.value) for cell in cells] or [None]


def _decimal(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
