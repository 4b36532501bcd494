"""Types as forms and as JSON: both ways, and what is wrong where it stands."""

import json
from dataclasses import replace

import pytest

from services.ingest.console.types.checks import checked, place_of, schema_of
from services.ingest.console.types.draft_forms import draft_of_form, edited
from services.ingest.console.types.draft_json import draft_of_json
from services.ingest.console.types.drafts import Draft, FieldDraft, RuleDraft, draft_of_schema
from services.ingest.console.types.proposals import proposed
from services.ingest.console.visit import Fields
from services.ingest.described_schemas import described_schema
from shared.errors import Permanent
from shared.models.rules import FormatRule, LookupRule, PatternRule, RangeRule, SumRule
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.schemas import built_in

ALL = Schema(
    name="everything",
    title="Everything",
    titles=["Alles", "Tout"],
    fields=[
        FieldSpec(
            name="total",
            type=FieldType.AMOUNT,
            synonyms=["Summe", "Total"],
            required=True,
            threshold=0,
            rules=[
                FormatRule(kind="format", remove="-/", decimals=2),
                RangeRule(kind="range", minimum="0", message="too small"),
                SumRule(kind="sum", of=["lines.amount"]),
            ],
        ),
        FieldSpec(
            name="supplier",
            personal=True,
            rules=[
                LookupRule(kind="lookup", entries={"Acme": "100", "Bolt": "200"}, similarity=0.75),
                PatternRule(kind="pattern", pattern="[0-9]{3}"),
            ],
        ),
        FieldSpec(
            name="lines",
            type=FieldType.ROWS,
            fields=[FieldSpec(name="text"), FieldSpec(name="amount", type=FieldType.AMOUNT)],
        ),
    ],
)


def form(draft: Draft) -> Fields:
    """The form that shows a draft, sent as it is."""
    values = {
        name: [str(getattr(draft, name))]
        for name in ("name", "title", "description", "titles", "engine", "workspace", "version")
    }

    def add(place: str, it: FieldDraft) -> None:
        texts = ("name", "type", "labels", "description", "concept", "threshold")
        values.update({f"{place}.{name}": [getattr(it, name)] for name in texts})
        marks = ("required", "personal", "derived")
        values.update({f"{place}.{name}": ["on"] for name in marks if getattr(it, name)})
        for number, rule in enumerate(it.rules):
            key = f"{place}.r{number}"
            values[f"{key}.kind"] = [rule.kind]
            values.update({f"{key}.{name}": [text] for name, text in rule.parts.items()})
        for number, column in enumerate(it.columns):
            add(f"{place}.c{number}", column)

    for number, it in enumerate(draft.fields):
        add(f"f{number}", it)
    return Fields(values)


@pytest.mark.parametrize("schema", [ALL, *built_in().values()], ids=lambda it: it.name)
def test_a_schema_comes_back_from_its_form_and_from_its_json(schema: Schema) -> None:
    draft = draft_of_schema(schema)
    for same in (draft_of_form(form(draft)), draft_of_json(draft.json, Draft())):
        wish, problems = checked(same)
        assert (wish is not None, problems) == (True, {})
        assert wish is not None
        assert schema_of(wish, schema.version) == schema


def test_buttons_add_move_and_remove() -> None:
    draft = draft_of_schema(ALL)
    sent = Fields({"f2.c0.new-rule": ["range"]})

    def names(it: Draft) -> list[str]:
        return [one.name for one in it.fields]

    assert names(edited(draft, "up f1", sent)) == ["supplier", "total", "lines"]
    assert names(edited(draft, "down f1", sent)) == ["total", "lines", "supplier"]
    assert edited(draft, "up f0", sent) == draft
    assert names(edited(draft, "remove f0", sent)) == ["supplier", "lines"]
    assert names(edited(draft, "add", sent)) == ["total", "supplier", "lines", ""]
    assert [it.name for it in edited(draft, "down f2.c0", sent).fields[2].columns] == [
        "amount",
        "text",
    ]
    assert len(edited(draft, "add-column f2", sent).fields[2].columns) == 3
    assert edited(draft, "add-rule f2.c0", sent).fields[2].columns[0].rules == (RuleDraft("range"),)
    assert [it.kind for it in edited(draft, "remove f0.r1", sent).fields[0].rules] == [
        "format",
        "sum",
    ]
    for wrong in ("up", "add-rule f9", "add-rule f0", "explode f0", "up fx", "remove f0.c7.r1"):
        with pytest.raises(Permanent):
            edited(draft, wrong, sent)


def test_what_is_wrong_is_told_where_it_stands() -> None:
    draft = draft_of_schema(ALL)
    bad = FieldDraft(
        name="Größe",
        threshold="much",
        rules=(RuleDraft("pattern", {"pattern": "("}), RuleDraft("range")),
    )
    columns = (FieldDraft(name="a b"), FieldDraft(name="", type="amount"))
    rows = FieldDraft(name="rows", type="rows", columns=columns)
    _, problems = checked(replace(draft, name="1", fields=(*draft.fields, bad, rows)))
    assert problems.keys() >= {
        "name",
        "f3.name",
        "f3.threshold",
        "f3.r0.pattern",
        "f3.r1",
        "f4.c0.name",
        "f4.c1.name",
    }
    assert checked(Draft(name="a"))[1] == {"": "A type has at least one field."}
    twins = replace(draft, fields=(draft.fields[1], draft.fields[1]))
    assert checked(twins)[1] == {"": "two fields have the same name"}
    assert checked(replace(draft, fields=(FieldDraft(name="x", type="rows"),)))[1].keys() == {"f0"}
    assert place_of(("fields", 1, "rules", 2, "lookup", "entries", "list[str]", 0)) == (
        "f1.r2.entries"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"fields": 1}',
        '{"fields": [1]}',
        '{"name": 1}',
        '{"versoin": 1}',
        '{"fields": [{"name": "a", "colour": 1}]}',
        '{"fields": [{"name": "a", "rules": [{"kind": "magic"}]}]}',
        '{"fields": [{"name": "a", "rules": [{"kind": "range", "max": 1}]}]}',
        '{"fields": [{"name": "a", "synonyms": [1]}]}',
        "[" * 100_000,
    ],
)
def test_json_that_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        draft_of_json(text, Draft())


def test_a_stored_type_keeps_its_name_whatever_json_says() -> None:
    stored = replace(draft_of_schema(ALL), version=3)
    other = json.dumps({"name": "other", "fields": [{"name": "a"}]})
    assert draft_of_json(other, stored).name == "everything"


def test_a_proposal_has_names_that_types_may_have() -> None:
    text = "Numéro de police, prix & prix, 1. Rate, and the insured items"
    schema = described_schema("Assurance été", text)
    assert schema is not None
    draft = proposed(schema, "Assurance été")
    wish, problems = checked(draft)
    assert problems == {}
    assert wish is not None
    assert wish.name == "assurance_ete"
    assert "Numero_de_police".lower() in [it.name.lower() for it in wish.fields]
    assert wish.fields[-1].type is FieldType.ROWS
