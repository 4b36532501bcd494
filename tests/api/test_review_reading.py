"""Pages that lay the wrong way up are read again, and no word of a person is lost."""

from shared.blobs.keys import page_key
from shared.models.document import Document, DocumentState
from shared.models.extraction import Field, Fields, TypeGuess
from shared.models.messages import JobMessage
from shared.models.time import utc_now
from shared.models.work import Lane, StageName, WorkState
from shared.stages import lifecycle
from shared.stages.extracting import Extracted, Extracting
from shared.stages.reading import PartRead, Reading
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from tests.api.harness import Caller, Gateway, page_with
from tests.api.test_review_work import Work, invoice, stored


async def carried_out(gateway: Gateway, caller: Caller, record: Document, found: Fields) -> None:
    """Do what the stages do with the second part of a document, and find these fields."""
    page = page_with("now it can be read", 1).copy_with(rotation=180)
    key = page_key(record.organization, record.id, record.revision, 1)
    await gateway.blobs.put(key, page.model_dump_json().encode(), "application/json")
    message = JobMessage(
        id="m",
        stage=StageName.OCR,
        lane=Lane.NORMAL,
        organization=record.organization,
        document=record.id,
        revision=record.revision,
        part=1,
    )
    now, documents = utc_now(), gateway.store.of(caller.tenant, DOCUMENTS)

    def step(it: Document) -> Document:
        begun = it.copy_with(state=DocumentState.READING)  # as the first claim does
        return Reading().done(begun, message, PartRead(1), now)

    read = await documents.change(record.id, step)
    assert read is not None
    assert read.state is DocumentState.EXTRACTING
    made = await Extracting().make(gateway.store, message)
    assert made is not None
    result = Extracted(TypeGuess(name="invoice", confidence=0.9), "layout", found)
    extraction = Extracting().done(made, message, result, now)
    await gateway.store.of(caller.tenant, EXTRACTIONS).insert(extraction)
    await documents.change(record.id, lambda it: lifecycle.settle(it, extraction, now))


async def test_pages_are_read_again_and_what_was_said_of_values_stays(
    gateway: Gateway, alice: Caller
) -> None:
    document = await invoice(gateway, alice, "total_amount", "line_items")
    work = Work(alice, document)
    await work.get()
    await work.write("total_amount", value="120.00", source="typed")
    await work.write("invoice_number")
    await work.write("vat_id", value=None)
    refused = await work.do("read-again", 409)
    assert "the way up" in refused["detail"]
    await work.do("read-again", 422, turns={"2": 90})
    begun = await work.do("read-again", 202, turns={"1": 180})
    assert (begun["state"], begun["pages_done"], begun["fields"]) == ("received", 1, {})

    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    record = await documents.get(document["id"])
    assert record is not None
    assert [(it.first, it.last, it.work.state) for it in record.parts] == [
        (0, 1, WorkState.DONE), (1, 2, WorkState.WAITING),
    ]  # fmt: skip
    place = (record.organization, record.id, 2)
    assert await gateway.blobs.info(page_key(*place, 0))
    assert await gateway.blobs.info(page_key(*place, 1)) is None
    machine: Fields = {
        name: Field(value="new", raw="new") for name in ("total_amount", "vat_id", "iban")
    }
    await carried_out(gateway, alice, record, machine)
    fields = (await work.get())["fields"]
    assert {name: it["value"] for name, it in fields.items()} == {
        "total_amount": "120.00", "invoice_number": "2026-17", "iban": "new",
    }  # fmt: skip
    assert [work.state(it) for it in ("total_amount", "invoice_number", "vat_id")] == [
        "human", "human", "absent",
    ]  # fmt: skip
    assert (await stored(gateway, alice, document)).fields == machine
    await work.do("read-again", 409)
