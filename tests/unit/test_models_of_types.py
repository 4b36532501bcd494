"""Models of document types: what they are called, and that they take the data we write."""

import ast
import asyncio
import importlib.util
import json
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from services.ingest.modelling.json_schema import data_schema
from services.ingest.modelling.keys import as_it_is, camel, class_names, keys_of
from services.ingest.modelling.python_code import write_python
from services.ingest.modelling.typescript import write_typescript
from services.ingest.modelling.values import plain_fields
from services.ingest.modelling.writer import PythonModels
from shared.models.extraction import Field, Fields
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.schemas import built_in

SAMPLES: dict[FieldType, tuple[object, object]] = {
    FieldType.DATE: ("2026-01-31", "2026-01-31"),
    FieldType.AMOUNT: ("1234.50", 1234.5),
    FieldType.NUMBER: ("3.000", 3),
    FieldType.INTEGER: (7, 7),
    FieldType.BOOLEAN: (True, True),
}
RAW_TEXT = {"rawText": {"type": ["string", "null"]}}


def loaded(code: str, folder: Path) -> ModuleType:
    """The module, imported from a file as the clients' users do."""
    path = folder / "generated.py"
    path.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("generated", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generated"] = module  # names of fields are looked up there
    spec.loader.exec_module(module)
    return module


def filled(schema: Schema) -> Fields:
    """A value for every field and column."""

    def field(spec: FieldSpec) -> Field:
        return Field(value=SAMPLES.get(spec.type, ("text", "text"))[0])

    return {
        it.name: [{column.name: field(column) for column in it.fields}]
        if it.type is FieldType.ROWS
        else field(it)
        for it in schema.fields
    }


@pytest.mark.parametrize("name", sorted(built_in()))
def test_the_models_of_built_in_types_take_their_data(name: str, tmp_path: Path) -> None:
    schema = built_in()[name]
    title = class_names(built_in())[name]
    described = data_schema(schema, title, further=RAW_TEXT)
    code = write_python(json.dumps(described))
    model: type[BaseModel] = getattr(loaded(code, tmp_path), title)
    for data in (plain_fields(schema, filled(schema)), plain_fields(schema, {}), {}):
        parsed = model.model_validate(data)
        assert {
            k: v for k, v in parsed.model_dump(mode="json", by_alias=True).items() if k in data
        } == data
    named = plain_fields(schema, filled(schema), as_it_is)
    assert model.model_validate(named).model_dump(mode="json") != model().model_dump(mode="json")
    first = next(it for it in described["properties"] if it != "rawText")
    with pytest.raises(ValidationError):
        model.model_validate({first: {"no": object()}})


def test_the_class_of_the_whole_comes_last_and_names_the_file() -> None:
    code = write_python(json.dumps(data_schema(built_in()["invoice"], "MyVATModel")))
    *_, last = [it for it in ast.parse(code).body if isinstance(it, ast.ClassDef)]
    assert last.name == "MyVATModel"
    assert [ast.unparse(it) for it in last.bases] == ["BaseModel"]
    imported = {it.module for it in ast.walk(ast.parse(code)) if isinstance(it, ast.ImportFrom)}
    assert imported <= {"__future__", "builtins", "datetime", "typing", "pydantic"}
    ast.parse(code, feature_version=(3, 9))
    assert " | " not in "".join(line for line in code.splitlines() if "description" not in line)


def test_odd_names_of_fields_and_of_types_make_good_code(tmp_path: Path) -> None:
    names = ["json", "class", "None", "Optional", "BaseModel", "Field", "list", "date", "int"]
    names += ["_private", "__x", "a-b", "a_b", "aB", "URL"]
    kinds = [FieldType.DATE, FieldType.AMOUNT, FieldType.TEXT, FieldType.BOOLEAN]
    specs = [FieldSpec(name=it, type=kinds[at % 4]) for at, it in enumerate(names)]
    specs.append(FieldSpec(name="tags", type=FieldType.ROWS, fields=[FieldSpec(name="value")]))
    specs += [
        FieldSpec(name=it, type=FieldType.ROWS, fields=[FieldSpec(name=it)])
        for it in ("rows", "Rows", "field", "model")
    ]
    nasty = 'a """ \' \\ \n {{ x }} {% raw %} */ # \x00 \u2028 end'
    specs.append(FieldSpec(name="d", description=nasty))
    schema = Schema(name="odd", fields=specs)
    described = data_schema(schema, "Odd")
    assert len(described["properties"]) == len(specs)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model: type[BaseModel] = loaded(write_python(json.dumps(described)), tmp_path).Odd
    data = plain_fields(schema, {**filled(schema), "tags": [{"value": Field(value="x")}]})
    assert data["tags"] == ["x"]
    assert model.model_validate(data).model_dump(mode="json", by_alias=True) == data
    written = write_typescript(described)
    assert written.count("*/") == 1
    assert "  tags?: string[] | null;" in written


def test_values_that_are_not_of_their_type_are_left_out() -> None:
    specs = [
        FieldSpec(name="day", type=FieldType.DATE),
        FieldSpec(name="sum", type=FieldType.AMOUNT),
        FieldSpec(name="whole", type=FieldType.INTEGER),
        FieldSpec(name="rows", type=FieldType.ROWS, fields=[FieldSpec(name="a")]),
    ]
    wrong: Fields = {
        "day": Field(value="soon"),
        "sum": Field(value="1e999999999"),
        "whole": Field(value="1.5"),
        "rows": Field(value="no rows"),
        "gone": Field(value="of an earlier version"),
    }
    data = plain_fields(Schema(name="x", fields=specs), wrong)
    assert data == {"day": None, "sum": None, "whole": None, "rows": []}


def test_keys_and_classes_are_never_the_same_twice() -> None:
    assert camel("invoice_number") == "invoiceNumber"
    assert camel("IBAN") == "iban"
    keys = keys_of([FieldSpec(name=it) for it in ("a_b", "aB", "a-b", "aB2")])
    assert len(set(keys.values())) == 4
    titles = [
        "Résumé",
        "resume",
        "RESUME",
        "銀行",
        "W-9",
        "Base model",
        "none",
        "1st",
        "A form of four words",
    ]
    schemas = {f"t{at}": Schema(name=f"t{at}", title=it) for at, it in enumerate(titles)}
    classes = class_names(schemas)
    assert list(classes.values()) == [
        "Resume", "Resume2", "RESUME3", "T3", "W9", "BaseModelModel", "T6", "T7", "T8",
    ]  # fmt: skip


def test_typescript_says_the_same(tmp_path: Path) -> None:
    specs = [
        FieldSpec(name="total_amount", type=FieldType.AMOUNT, description="The sum"),
        FieldSpec(name="paid", type=FieldType.BOOLEAN),
        FieldSpec(name="line_items", type=FieldType.ROWS, fields=[FieldSpec(name="unit_price")]),
    ]
    described: dict[str, Any] = data_schema(Schema(name="bill", fields=specs), "Bill")
    assert write_typescript(described) == (
        "// Generated by Docstage from a document type.\n\n"
        "export interface BillLineItems {\n  unitPrice?: string | null;\n}\n\n"
        "export interface Bill {\n  /** The sum */\n  totalAmount?: number | null;\n"
        "  paid?: boolean | null;\n  lineItems?: BillLineItems[] | null;\n}\n"
    )


async def test_a_child_writes_them_and_ends_when_nobody_asks() -> None:
    models = PythonModels(idle=0.05)
    described = data_schema(built_in()["receipt"], "Receipt")
    codes = await asyncio.gather(models.write(described), models.write(described))
    assert codes[0] == codes[1] == write_python(json.dumps(described))
    async with asyncio.timeout(10):
        while models._pool is not None:
            await asyncio.sleep(0.01)
    other = await models.write(data_schema(built_in()["receipt"], "Other"))
    assert "class Other(BaseModel)" in other
    await models.close()
    assert models._pool is None
