"""Rules of a schema's fields: what they change, and what they find wrong."""

from typing import Any

import pytest

from shared.models.extraction import Field, Fields
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.validation import Applied, apply_rules


def applied(rules: list[dict[str, Any]], value: str | None, **others: str) -> Applied:
    schema = Schema(name="s", fields=[FieldSpec.model_validate({"name": "f", "rules": rules})])
    fields: Fields = {name: Field(value=it, confidence=0.9) for name, it in others.items()}
    if value is not None:
        fields["f"] = Field(value=value, raw=value, confidence=0.7)
    return apply_rules(schema, fields)


def value_of(done: Applied) -> object:
    found = done.fields["f"]
    assert isinstance(found, Field)
    assert found.confidence == 0.7
    return found.value


@pytest.mark.parametrize(
    ("rule", "value", "wanted"),
    [
        ({"case": "upper"}, "de 12", "DE 12"),
        ({"remove": " .-", "case": "upper"}, "de-12.3 4", "DE1234"),
        ({"case": "title"}, "ACME LTD", "Acme Ltd"),
        ({"decimals": 1}, "12.25", "12.3"),
        ({"decimals": 2}, "5", "5.00"),
        ({"decimals": 2}, "five", "five"),
        ({}, "as it is", "as it is"),
    ],
)
def test_a_format_rewrites_and_says_so(rule: dict[str, Any], value: str, wanted: str) -> None:
    done = applied([{"kind": "format", **rule}], value)
    assert value_of(done) == wanted
    told = [f"f: changed by a rule, from {value} to {wanted}."]
    assert done.warnings == (told if wanted != value else [])
    assert done.reasons == []


@pytest.mark.parametrize(
    ("entries", "value", "wanted"),
    [
        (["Müller GmbH", "Meier AG"], "MULLER GMBH", "Müller GmbH"),
        ({"Müller GmbH": "1001", "Meier AG": "1002"}, "Mu11er GmbH", None),
        ({"Müller GmbH": "1001", "Meier AG": "1002"}, "Muiler GmbH", "1001"),
        ({"Müller GmbH": "1001", "Mueller GmbH": "1002"}, "Mueler GmbH", "1002"),
        ({"Haus A": "1", "Haus B": "2"}, "Haus C", None),
        (["Meier AG"], "Schulze", None),
    ],
)
def test_a_lookup_takes_the_nearest_entry_or_none(
    entries: Any, value: str, wanted: str | None
) -> None:
    done = applied([{"kind": "lookup", "entries": entries, "similarity": 0.85}], value)
    assert value_of(done) == (wanted or value)
    assert [it.code for it in done.reasons] == ([] if wanted else ["rule_broken"])


@pytest.mark.parametrize(
    ("rule", "value", "fault"),
    [
        ({"kind": "range", "minimum": "1", "maximum": "10.5"}, "10.50", None),
        ({"kind": "range", "minimum": "1"}, "0.99", "0.99 is below 1"),
        ({"kind": "range", "maximum": "2026-03-31"}, "2026-04-01", "is above 2026-03-31"),
        ({"kind": "range", "maximum": "2026-03-31"}, "2026-03-31", None),
        ({"kind": "range", "maximum": "9"}, "2026-03-31", "cannot be compared"),
        ({"kind": "pattern", "pattern": r"[A-Z]{2}\d+"}, "AB12", None),
        ({"kind": "pattern", "pattern": r"[A-Z]{2}\d+"}, "AB12x", "does not match"),
        ({"kind": "pattern", "pattern": r"(a+)+b"}, "a" * 60, "does not match|too long"),
        ({"kind": "required"}, "x", None),
        ({"kind": "required"}, None, "no value was found"),
        ({"kind": "pattern", "pattern": "x"}, None, None),
        ({"kind": "sum", "of": ["a", "b"]}, "3.50", None),
        ({"kind": "sum", "of": ["a", "b"]}, "3.52", "3.52 is not 3.50"),
        ({"kind": "sum", "of": ["a", "b"], "tolerance": "0.05"}, "3.52", None),
        ({"kind": "sum", "of": ["a", "c"]}, "9", None),
    ],
)
def test_a_broken_rule_is_a_reason_to_look(
    rule: dict[str, Any], value: str | None, fault: str | None
) -> None:
    done = applied([rule], value, a="1.25", b="2.25")
    assert done.warnings == []
    if fault is None:
        assert done.reasons == []
        return
    (reason,) = done.reasons
    assert (reason.code, reason.field) == ("rule_broken", "f")
    assert any(it in reason.detail for it in fault.split("|"))


def test_what_a_person_wrote_for_it_is_said() -> None:
    done = applied([{"kind": "required", "message": "Ask the supplier."}], None)
    assert done.reasons[0].detail == "Ask the supplier."


def test_changes_come_before_checks_and_cells_have_rules_too() -> None:
    """The sum is one of the rounded cells, whatever the order of the fields."""
    price = {"name": "price", "rules": [{"kind": "format", "decimals": 2}]}
    least = {"name": "count", "rules": [{"kind": "range", "minimum": "1"}]}
    rows = {"name": "rows", "type": FieldType.ROWS, "fields": [price, least]}
    total = {"name": "total", "rules": [{"kind": "sum", "of": ["rows.price"], "tolerance": "0"}]}
    schema = Schema.model_validate({"name": "s", "fields": [total, rows]})
    cells = [("1.004", "2"), ("2.004", "0")]
    done = apply_rules(
        schema,
        {
            "total": Field(value="3.00"),
            "rows": [{"price": Field(value=a), "count": Field(value=b)} for a, b in cells],
        },
    )
    found = done.fields["rows"]
    assert isinstance(found, list)
    assert [row["price"].value for row in found] == ["1.00", "2.00"]
    assert [(it.field, it.detail) for it in done.reasons] == [("rows[1].count", "0 is below 1")]
    assert len(done.warnings) == 2
