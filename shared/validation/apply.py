"""Applies the rules of a schema to the fields found."""

from dataclasses import dataclass, field

from shared.models.extraction import Field, Fields, ReviewReason, Row
from shared.models.rules import (
    FormatRule,
    LookupRule,
    PatternRule,
    RangeRule,
    RequiredRule,
    Rule,
    SumRule,
)
from shared.models.schema import FieldSpec, Schema
from shared.validation.changes import formatted, looked_up
from shared.validation.checks import off_pattern, off_sum, out_of_range

BROKEN = "rule_broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and with which values together.

    ``reason`` names the one it is told of; ``others`` are those that it does not fit with, such
    as the parts of a sum, a column as ``line_items.line_total``.
    """

    reason: ReviewReason
    others: tuple[str, ...] = ()


@dataclass
class Applied:
    """The fields as the rules leave them, each rule that is broken, and a line per change."""

    fields: Fields
    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def reasons(self) -> list[ReviewReason]:
        """The broken rules, as reasons for a person to look."""
        return [it.reason for it in self.findings]


def apply_rules(schema: Schema, fields: Fields) -> Applied:
    """Rewrite all values first, then check: a sum is one of values as they will be stored.

    A change keeps the words that a value was found at, and its confidence.
    """
    applied = Applied(dict(fields))
    for spec in schema.fields:
        found = applied.fields.get(spec.name)
        if isinstance(found, Field):
            applied.fields[spec.name] = _rewritten(applied, spec, spec.name, found)
        elif found:
            applied.fields[spec.name] = _rewritten_rows(applied, spec, found)
    for spec in schema.fields:
        _check(applied, spec)
    return applied


def _rewritten_rows(applied: Applied, spec: FieldSpec, rows: list[Row]) -> list[Row]:
    columns = {it.name: it for it in spec.fields if it.rules}
    if not columns:
        return rows
    return [
        {
            name: _rewritten(applied, columns[name], f"{spec.name}[{number}].{name}", cell)
            if name in columns
            else cell
            for name, cell in row.items()
        }
        for number, row in enumerate(rows)
    ]


def _rewritten(applied: Applied, spec: FieldSpec, place: str, found: Field) -> Field:
    if not isinstance(found.value, str):
        return found
    value = found.value
    for rule in spec.rules:
        if isinstance(rule, FormatRule):
            value = formatted(rule, value)
        elif isinstance(rule, LookupRule):
            meant = looked_up(rule, value)
            if meant is None:
                _break(applied, rule, place, f"{value} is not in the list")
            else:
                value = meant
    if value == found.value:
        return found
    applied.warnings.append(f"{place}: changed by a rule, from {found.value} to {value}.")
    return found.copy_with(value=value)


def _check(applied: Applied, spec: FieldSpec) -> None:
    found = applied.fields.get(spec.name)
    if isinstance(found, Field) or not found:
        value = found if isinstance(found, Field) else None
        _check_value(applied, spec.rules, spec.name, value)
        return
    for number, row in enumerate(found):
        for column in spec.fields:
            place = f"{spec.name}[{number}].{column.name}"
            _check_value(applied, column.rules, place, row.get(column.name))


def _check_value(applied: Applied, rules: list[Rule], place: str, found: Field | None) -> None:
    for rule in rules:
        if isinstance(rule, RequiredRule):
            fault = "no value was found" if found is None else None
        elif found is None:
            fault = None
        elif isinstance(rule, RangeRule):
            fault = out_of_range(rule, str(found.value))
        elif isinstance(rule, PatternRule):
            fault = off_pattern(rule, str(found.value))
        elif isinstance(rule, SumRule):
            fault = off_sum(rule, str(found.value), applied.fields)
        else:
            fault = None
        if fault is not None:
            _break(applied, rule, place, fault)


def _break(applied: Applied, rule: Rule, place: str, fault: str) -> None:
    detail = rule.message or fault
    others = tuple(rule.of) if isinstance(rule, SumRule) else ()
    reason = ReviewReason(code=BROKEN, field=place, detail=detail)
    applied.findings.append(Finding(reason, others))
