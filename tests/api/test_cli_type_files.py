"""``docstage types``: definitions from files and into files, and models as code."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from services.cli.definitions import MAX_BYTES, read_definition, written
from services.cli.failures import CliError
from services.ingest.modelling.values import plain_fields
from shared.schemas import built_in
from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway
from tests.unit.test_models_of_types import filled

SLIP = """\
name: slip
title: Packing slip
description: What comes with a parcel
fields:
  - name: parcel_number
    required: true
    synonyms: [Parcel no, Paket-Nr.]
  - name: shipped
    type: date
  - name: goods
    type: rows
    fields:
      - name: article
      - {name: quantity, type: number}
"""


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def test_a_definition_goes_in_and_comes_out(
    docstage: Command, alice: Caller, tmp_path: Path
) -> None:
    (tmp_path / "slip.yaml").write_text(SLIP)
    done = await docstage("types", "add", "slip.yaml")
    assert (done.code, done.out) == (0, "slip: version 1, 3 fields\n")
    stored = await alice.call("GET", f"{API}/types/slip", 200)
    assert stored["fields"][2]["fields"][1]["type"] == "number"
    assert stored["description"] == "What comes with a parcel"
    twice = await docstage("types", "add", "slip.yaml")
    assert (twice.code, "CONFLICT" in twice.err) == (2, True)
    again = await docstage("types", "add", "slip.yaml", "--replace")
    assert again.out == "slip: version 2, 3 fields\n"

    exported = await docstage("types", "export", "slip", "resume", "-o", "out")
    assert exported.out == "out/slip.yaml\nout/resume.yaml\n"
    assert "synonyms:\n  - Parcel no\n" in (tmp_path / "out/slip.yaml").read_text()
    (tmp_path / "out/resume.yaml").rename(tmp_path / "out/person.yaml")
    text = (tmp_path / "out/person.yaml").read_text().replace("name: resume\n", "", 1)
    (tmp_path / "out/person.yaml").write_text(text)
    added = await docstage("types", "add", "out/person.yaml")
    assert added.out.startswith("person: version 1, "), added.err
    mine = await alice.call("GET", f"{API}/types/person", 200)
    theirs = await alice.call("GET", f"{API}/types/resume", 200)
    assert mine["fields"] == theirs["fields"]
    assert json.loads(written(theirs, as_json=True))["title"] == theirs["title"]
    assert (await docstage("types", "remove", "slip")).out == "Removed: slip\n"
    await alice.call("GET", f"{API}/types/slip", 404)


def test_what_is_no_definition_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    for text, why in (("a: [", "neither YAML"), ("a: 1", "no list of"), ("- 1", "no list of")):
        path.write_text(text)
        with pytest.raises(CliError, match=why):
            read_definition(path)
    with pytest.raises(CliError, match="cannot be read"):
        read_definition(tmp_path / "nowhere.yaml")
    path.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(CliError, match="too large"):
        read_definition(path)


async def test_models_are_written_for_programs(docstage: Command, tmp_path: Path) -> None:
    done = await docstage("types", "models", "--python", "-o", "made")
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == len(built_in())
    schema = built_in()["invoice"]
    module = ModuleType("invoice")
    sys.modules["invoice"] = module
    exec((tmp_path / "made/invoice.py").read_text(), module.__dict__)  # noqa: S102 - our own code
    data = plain_fields(schema, filled(schema))
    assert module.Invoice.model_validate(data).model_dump(mode="json", by_alias=True) == data
    typed = await docstage("types", "models", "invoice", "--typescript")
    assert "export interface Invoice {" in typed.out
    assert "\n  invoiceNumber?: string | null;" in typed.out
    words = ("types", "models", "invoice", "--json-schema", "--snake-case")
    described = (await docstage(*words)).json
    assert described["properties"]["invoice_number"]["type"] == ["string", "null"]


async def test_models_that_cannot_be_are_refused(alice: Caller) -> None:
    path = f"{API}/types/invoice/models"
    for wrong in ("?language=cobol", "?name=a-b", "?keys=x"):
        assert (await alice.call("GET", path + wrong, 400))["code"] == "BAD_REQUEST"
    await alice.call("GET", f"{API}/types/nonsense/models", 404)
    named = await alice.call("GET", f"{path}?name=Bill&language=typescript", 200)
    assert (named["name"], named["file"]) == ("Bill", "Bill.ts")
