"""Makes one set of fields of what several engines found.

Engines are taken for readers who err independently of each other, and whose wrong values
differ. With the chances c that each gives its own value, a value is right with the chance
Π c (who says so) · Π (1 - c) (who says otherwise), set against the other values and against
none of them. So agreement raises a confidence and disagreement lowers it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import prod

from rapidfuzz import fuzz

from services.extract.engines.model.values import NUMERIC, decimal_of
from services.extract.wording import compact
from shared.models.extraction import Field, Fields, ReviewReason, Row
from shared.models.schema import FieldSpec, FieldType, Schema

DISAGREE = "engines_disagree"
_WORDED = frozenset({FieldType.TEXT, FieldType.NAME, FieldType.ADDRESS})
_ALIKE = 92.0  # of 100: the same words, but for what one of the engines mended
_SURE, _UNSURE = 0.995, 0.02
_HIGHEST = 0.995
_NOT_OVERRULED = 0.9
_SILENCE = 0.6  # the chance of no value, as far as an engine's silence tells
_MOSTLY_GROUNDED = 0.8  # of a table's cells
_OTHER_TABLE = 0.8  # what is left of the confidence in a table that another engine has otherwise
_LONGEST, _MOST_CELLS = 200, 3  # quoted in a reason
_CENT = Decimal("0.011")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What an engine found; ``engine`` is its name without its version."""

    engine: str
    fields: Fields


@dataclass(slots=True)
class Combined:
    """The fields, and a reason for a review wherever engines found different values."""

    fields: Fields = field(default_factory=dict)
    reasons: list[ReviewReason] = field(default_factory=list)


def combine(schema: Schema, opinions: Sequence[Opinion], leader: str | None = None) -> Combined:
    """One set of fields; the first opinion is that of the engine that is calibrated.

    Where engines disagree the likeliest value is taken, or that of the ``leader`` as long as
    words on the page bear it out and the first engine is not sure of another.
    """
    result = Combined()
    first = opinions[0].engine
    specs = [spec for spec in schema.fields if spec.type is not FieldType.ROWS]
    for spec in specs:
        given = {it.engine: it.fields[spec.name] for it in opinions if spec.name in it.fields}
        said = {name: value for name, value in given.items() if isinstance(value, Field)}
        if not said:
            continue
        silent = sum(it.engine not in said for it in opinions[1:])
        result.fields[spec.name], dispute = _decide(
            spec, said, silent, _leader(said, leader, first)
        )
        if dispute:
            reason = ReviewReason(code=DISAGREE, field=spec.name, detail=dispute)
            result.reasons.append(reason)
    for spec in schema.fields:
        if spec.type is FieldType.ROWS:
            _combine_rows(spec, opinions, leader, result)
    return result


def same(kind: FieldType, one: object, two: object) -> bool:
    """Whether two values of a type are the same, however they are written."""
    if kind in NUMERIC:
        numbers = decimal_of(one), decimal_of(two)
        return None not in numbers and numbers[0] == numbers[1]
    left, right = compact(str(one)), compact(str(two))
    return left == right or (kind in _WORDED and fuzz.ratio(left, right) >= _ALIKE)


def _decide(
    spec: FieldSpec, said: Mapping[str, Field], silent: int, leader: str | None
) -> tuple[Field, str]:
    """The value to take, and what the engines say where they do not agree."""
    groups: list[dict[str, Field]] = []
    for engine, found in said.items():
        for group in groups:
            if same(spec.type, next(iter(group.values())).value, found.value):
                group[engine] = found
                break
        else:
            groups.append({engine: found})
    chances = _chances(groups, silent)
    best = max(range(len(groups)), key=chances.__getitem__)
    if leader is not None:
        best = next(at for at, group in enumerate(groups) if leader in group)
    taken = next((it for it in groups[best].values() if it.grounded), None)
    taken = taken or next(iter(groups[best].values()))
    dispute = _told(said) if len(groups) > 1 else ""
    return taken.copy_with(confidence=round(min(_HIGHEST, chances[best]), 4)), dispute


def _leader(said: Mapping[str, Field], leader: str | None, first: str) -> str | None:
    """Whose value is taken whatever the chances: a model overrules nobody who is sure."""
    if leader is None or leader not in said or not said[leader].grounded:
        return None
    is_sure = leader != first and first in said and said[first].confidence >= _NOT_OVERRULED
    return None if is_sure else leader


def _chances(groups: Sequence[Mapping[str, Field]], silent: int) -> list[float]:
    """The chance of each group's value."""
    counted = [[_chance(it) for it in _counted(group)] for group in groups]
    against = [prod(1 - chance for chance in group) for group in counted]
    weights = [
        prod(group) * prod(against[:at] + against[at + 1 :]) * (1 - _SILENCE) ** silent
        for at, group in enumerate(counted)
    ]
    nothing = prod(against) * _SILENCE**silent
    return [weight / (sum(weights) + nothing) for weight in weights]


def _counted(group: Mapping[str, Field]) -> list[Field]:
    """Whose word counts: who shows no words on the page adds nothing to those who do."""
    return [it for it in group.values() if it.grounded] or list(group.values())[:1]


def _chance(found: Field) -> float:
    return min(max(found.confidence, _UNSURE), _SURE)


def _told(said: Mapping[str, Field]) -> str:
    return "; ".join(
        f"{engine}: {str(it.value)[:_LONGEST]} ({it.confidence:.2f}"
        f"{'' if it.grounded else ', not on the page'})"
        for engine, it in said.items()
    )


def _combine_rows(
    spec: FieldSpec, opinions: Sequence[Opinion], leader: str | None, result: Combined
) -> None:
    taken: list[Row] = []
    disputes: list[str] = []
    present = False
    for opinion in opinions:
        rows = opinion.fields.get(spec.name)
        if not isinstance(rows, list):
            continue
        present = True
        if not taken or not rows:
            taken = taken or rows
        elif _is_same_table(spec, taken, rows):
            taken, dispute = _merged(spec, taken, rows, opinion.engine, leader)
            disputes += dispute
        else:
            disputes.append(f"{len(taken)} rows before, {len(rows)} by {opinion.engine}")
            wins = _is_better(spec, rows, taken, result.fields, is_leader=opinion.engine == leader)
            taken = _doubted(rows if wins else taken)
    if present:
        result.fields[spec.name] = taken
    if disputes:
        detail = "; ".join(disputes[:_MOST_CELLS])
        result.reasons.append(ReviewReason(code=DISAGREE, field=spec.name, detail=detail))


def _is_same_table(spec: FieldSpec, one: list[Row], two: list[Row]) -> bool:
    """As many rows, and in most cells that both have the same value."""
    if len(one) != len(two):
        return False
    kinds = {column.name: column.type for column in spec.fields}
    agreed = [
        same(kinds[name], cell.value, right[name].value)
        for left, right in zip(one, two, strict=True)
        for name, cell in left.items()
        if name in right
    ]
    return sum(agreed) * 2 > len(agreed)


def _merged(
    spec: FieldSpec, one: list[Row], two: list[Row], engine: str, leader: str | None
) -> tuple[list[Row], list[str]]:
    columns = {column.name: column for column in spec.fields}
    rows, disputes = [], []
    for number, (left, right) in enumerate(zip(one, two, strict=True), start=1):
        row: Row = {}
        for name, column in columns.items():
            said = {who: it[name] for who, it in (("others", left), (engine, right)) if name in it}
            if not said:
                continue
            row[name], dispute = _decide(column, said, 0, _leader(said, leader, "others"))
            if dispute:
                disputes.append(f"row {number}, {name}: {dispute}")
        rows.append(row)
    return rows, disputes


def _is_better(
    spec: FieldSpec, rows: list[Row], before: list[Row], fields: Fields, *, is_leader: bool
) -> bool:
    """Whether ``rows`` are to be taken in place of ``before``."""
    cells = [cell for row in rows for cell in row.values()]
    if sum(cell.grounded for cell in cells) < _MOSTLY_GROUNDED * len(cells):
        return False
    return is_leader or (_adds_up(spec, rows, fields) and not _adds_up(spec, before, fields))


def _adds_up(spec: FieldSpec, rows: list[Row], fields: Fields) -> bool:
    """Whether a column of amounts makes one of the document's sums."""
    sums = [decimal_of(it.value) for it in fields.values() if isinstance(it, Field)]
    for column in spec.fields:
        if column.type is not FieldType.AMOUNT:
            continue
        parts = [decimal_of(row[column.name].value) for row in rows if column.name in row]
        total = sum((part for part in parts if part is not None), Decimal(0))
        if parts and any(it is not None and abs(it - total) < _CENT for it in sums):
            return True
    return False


def _doubted(rows: list[Row]) -> list[Row]:
    return [
        {
            name: cell.copy_with(confidence=round(_OTHER_TABLE * cell.confidence, 4))
            for name, cell in row.items()
        }
        for row in rows
    ]
