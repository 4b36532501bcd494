"""``docstage types``: lists, and going back to what was learned before."""

from pathlib import Path

import pytest

from shared.models.training import FieldProgress, Progress, Training
from shared.store.collections import TRAININGS
from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway

FIELDS = [FieldProgress(name="fee", values=9, before=1, after=8)]


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def trained(gateway: Gateway, caller: Caller, version: int) -> Training:
    training = Training(
        organization=caller.organization,
        workspace=caller.workspace,
        type="receipt",
        version=version,
        progress=Progress(reviewed=10, documents=9, layouts=1, fields=FIELDS),
    )
    await gateway.store.of(caller.tenant, TRAININGS).insert(training)
    return training


async def test_types_are_listed(docstage: Command, alice: Caller) -> None:
    own = {"name": "slip", "title": "Slip", "fields": [{"name": "fee"}]}
    await alice.call("POST", f"{API}/types", 201, json=own)
    rows = [line.split("\t") for line in (await docstage("types", "list")).out.splitlines()]
    assert ["Slip", "version 1", "1", "slip"] in rows
    assert [row[1] for row in rows if row[-1] == "invoice"] == ["built in"]


async def test_one_goes_back_and_forth(gateway: Gateway, alice: Caller, docstage: Command) -> None:
    first, second = [await trained(gateway, alice, version) for version in (1, 2)]
    done = await docstage("types", "revert", "receipt", "--to", 2)
    assert (done.code, done.out) == (0, "In use: version 2 of receipt\n")
    listed = await docstage("types", "trainings")
    rows = [line.split("\t") for line in listed.out.splitlines()]
    assert sorted((row[1], row[2], row[-1]) for row in rows) == [
        ("1", "", first.id),
        ("2", "in use", second.id),
    ]
    done = await docstage("types", "revert", "receipt", "--to", 1)
    assert done.out == "In use: version 1 of receipt\n"
    done = await docstage("types", "revert", "receipt")
    assert done.out == "No longer in use: version 1 of receipt\n"
    for words in (("receipt",), ("receipt", "--to", 7), ("invoice",)):
        refused = await docstage("types", "revert", *words)
        assert refused.code == 2
        assert "There is no" in refused.err
    (found, _) = (await docstage("types", "trainings", "--json")).json
    assert found["progress"]["fields"][0]["after"] == 8


async def test_an_unknown_type_cannot_be_taught(docstage: Command) -> None:
    refused = await docstage("types", "train", "passport")
    assert refused.code == 2
    assert "UNKNOWN_TYPE" in refused.err
