"""Reviews under way: value by value, one person at a time, up to the last word and back."""

import asyncio
from datetime import timedelta
from typing import Any

from shared.models.document import EventName
from shared.models.extraction import Extraction, Field
from shared.models.page import Box
from shared.models.reviewing import ActionKind
from shared.models.tenancy import Scope
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from tests.api.docdigitizer_client import INVOICE_FIELDS, Client, extract
from tests.api.harness import API, Caller, Gateway, Json

BOX = {"page": 0, "x0": 10.0, "y0": 10.0, "x1": 60.0, "y1": 20.0}


async def invoice(gateway: Gateway, caller: Caller, *doubts: str, **changed: str) -> Json:
    """An invoice that the stages are done with; ``changed`` are values found otherwise."""
    (made,) = await caller.upload()
    fields = INVOICE_FIELDS | {"tax_amount": Field(value="19.00", raw="19,00", confidence=0.9)}
    fields |= {name: Field(value=it, raw=it, confidence=0.4) for name, it in changed.items()}
    await extract(gateway, Client(caller, caller.client), made["id"], fields, doubts=doubts)
    document: Json = await caller.call("GET", made["links"]["self"], 200)
    return document


class Work:
    """A review as one caller works on it."""

    def __init__(self, caller: Caller, document: Json, lock: str = "") -> None:
        self.caller = caller
        self.path = f"{API}/documents/{document['id']}/review"
        self.lock = lock
        self.seen: Json = {}

    async def get(self) -> Json:
        self.seen = await self.caller.call("GET", f"{self.path}/work", 200)
        return self.seen

    async def do(self, verb: str, status: int = 200, **wish: Any) -> Json:
        body = {"lock": self.lock, **wish} if verb != "lock" else wish
        found = await self.caller.call("POST", f"{self.path}/{verb}", status, json=body)
        if status == 200:
            self.seen = found
        return found

    async def write(self, place: str, status: int = 200, **wish: Any) -> Json:
        body = {"revision": self.seen["revision"], "lock": self.lock, **wish}
        found = await self.caller.call("PUT", f"{self.path}/fields/{place}", status, json=body)
        if status == 200:
            self.seen = found
        return found

    def state(self, place: str) -> str:
        state: str = self.seen["states"][place]["state"]
        return state


async def stored(gateway: Gateway, caller: Caller, document: Json) -> Extraction:
    record = await gateway.store.of(caller.tenant, DOCUMENTS).get(document["id"])
    assert record is not None
    found = await gateway.store.of(caller.tenant, EXTRACTIONS).get(record.extraction or "")
    assert found is not None
    return found


async def told(gateway: Gateway, caller: Caller, document: Json) -> list[EventName]:
    record = await gateway.store.of(caller.tenant, DOCUMENTS).get(document["id"])
    assert record is not None
    return [it.name for it in record.events]


async def relayed(gateway: Gateway, caller: Caller, document: Json) -> None:
    """Time passes, and the relay tells the document of what was said."""
    early = timedelta(minutes=1)

    def step(it: Extraction) -> Extraction:
        assert it.reviewed is not None
        assert it.reviewed.told is not None
        reviewed = it.reviewed.copy_with(told=it.reviewed.told - early)
        outbox = [entry.copy_with(not_before=entry.not_before - early) for entry in it.outbox]
        return it.copy_with(reviewed=reviewed, outbox=outbox)

    identity = (await stored(gateway, caller, document)).id
    found = await gateway.store.of(caller.tenant, EXTRACTIONS).change(identity, step)
    assert found is not None
    await gateway.outbox.carry_out(EXTRACTIONS, found)


async def test_values_are_saved_one_by_one_and_show_at_once(
    gateway: Gateway, alice: Caller
) -> None:
    document = await invoice(gateway, alice, "total_amount", total_amount="119.00")
    work = Work(alice, document)
    assert "total_amount" in (await work.get())["stops"]
    before = work.seen["revision"]
    await work.write("total_amount", milliseconds=1500)
    assert work.state("total_amount") == "human"
    assert work.seen["revision"] != before
    await work.write("total_amount", value="1.120,50 €", source="typed")
    await work.write("invoice_date", value="3. Mai 2024", source="picked", boxes=[BOX])
    await work.write("vat_id", value=None)
    assert work.state("vat_id") == "absent"
    shown = (await alice.call("GET", document["links"]["self"], 200))["fields"]
    assert shown["total_amount"]["value"] == "1120.50"
    assert (shown["invoice_date"]["value"], shown["invoice_date"]["boxes"]) == ("2024-05-03", [BOX])
    assert "vat_id" not in shown
    found = await stored(gateway, alice, document)
    assert found.fields["total_amount"] == Field(value="119.00", raw="119.00", confidence=0.4)
    kinds = [(it.kind, it.before, it.after) for it in found.review_work.actions]
    assert kinds[:2] == [
        (ActionKind.ACCEPT, "119.00", "119.00"), (ActionKind.CHANGE, "119.00", "1120.50"),
    ]  # fmt: skip
    assert [it.milliseconds for it in found.review_work.actions][:2] == [1500, 0]
    assert kinds[-1][::2] == (ActionKind.ABSENT, None)
    assert EventName.CORRECTED not in await told(gateway, alice, document)


async def test_what_does_not_fit_and_what_is_stale_is_refused(
    gateway: Gateway, alice: Caller
) -> None:
    document = await invoice(gateway, alice)
    work, other = Work(alice, document), Work(alice, document)
    await work.get()
    await other.get()
    refused = await work.write("invoice_date", 422, value="soon", source="typed")
    assert refused["code"] == "INCOHERENT_DATA"
    await work.write("nothing", 422, value="x", source="typed")
    await work.write("line_items/9/quantity", 422, value="1", source="typed")
    await other.write("total_amount", value="120.00", source="typed")
    stale = await work.write("total_amount", 409, value="130.00", source="typed")
    assert stale["code"] == "STALE_REVISION"
    assert stale["current"]["value"] == "120.00"
    assert stale["revision"] == other.seen["revision"]
    work.seen["revision"] = stale["revision"]
    await work.write("total_amount", value="130.00", source="typed")
    await work.do("approve", 409, revision=other.seen["revision"], sign_off="so")


async def test_one_person_at_a_time(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice)
    second = await gateway.another(alice.organization, Scope.READ, Scope.WRITE)
    mine, hers = Work(alice, document), Work(second, document)
    held = await mine.do("lock")
    mine.lock = held["lock"]["token"]
    again = await mine.do("lock", token=mine.lock)
    assert again["lock"]["since"] == held["lock"]["since"]
    await hers.get()
    assert hers.seen["lock"]["name"] == "test"
    assert hers.seen["lock"]["token"] is None
    refused = await hers.do("lock", 409)
    assert (refused["code"], refused["detail"]) == ("LOCKED", "test is reviewing the document.")
    await hers.do("lock", 409, take_over=True)  # that is for administrators
    await hers.write("total_amount", 409, value="1.00", source="typed")
    await hers.do("approve", 409, revision=hers.seen["revision"])
    await hers.do("postpone", 409)
    await second.call("DELETE", f"{hers.path}/lock", 204)
    assert (await hers.get())["lock"] is not None  # it was not hers to free
    await mine.write("total_amount", value="1.00", source="typed")
    admin = Work(await gateway.another(alice.organization), document)
    admin.lock = (await admin.do("lock", take_over=True))["lock"]["token"]
    await mine.write("total_amount", 409, value="2.00", source="typed")
    last = (await stored(gateway, alice, document)).review_work.actions[-1]
    assert (last.kind, last.note) == (ActionKind.TAKE_OVER, "test")
    await admin.caller.call("DELETE", f"{admin.path}/lock?lock={admin.lock}", 204)
    hers.lock = (await hers.do("lock"))["lock"]["token"]
    await expire(gateway, alice, document)
    mine.lock = (await mine.do("lock"))["lock"]["token"]
    await hers.do("lock", 409, token=hers.lock)


async def expire(gateway: Gateway, caller: Caller, document: Json) -> None:
    """Thirty seconds and more go by."""

    def step(it: Extraction) -> Extraction:
        lock = it.review_work.lock
        assert lock is not None
        past = lock.copy_with(until=lock.until - timedelta(minutes=1))
        return it.copy_with(review_work=it.review_work.copy_with(lock=past))

    extraction = (await stored(gateway, caller, document)).id
    await gateway.store.of(caller.tenant, EXTRACTIONS).change(extraction, step)


async def test_flags_take_a_reason_and_nobody_hears_of_what_is_taken_back(
    gateway: Gateway, alice: Caller
) -> None:
    document = await invoice(gateway, alice, total_amount="118.00")
    work = Work(alice, document)
    await work.get()
    refused = await work.do("approve", 409, revision=work.seen["revision"])
    assert refused["code"] == "OPEN_FLAGS"
    assert set(refused["places"]) == {"net_amount", "tax_amount", "total_amount"}
    events = await told(gateway, alice, document)
    await work.do("approve", revision=work.seen["revision"], sign_off="Rounded.", milliseconds=9000)
    assert work.seen["done"] is True
    await work.do("approve", 409, revision=work.seen["revision"], sign_off="Twice.")
    await work.write("total_amount", 409, value="1.00", source="typed")
    assert await told(gateway, alice, document) == events
    await work.do("undo")
    assert work.seen["done"] is False
    await gateway.outbox.drain(10.0)
    assert await told(gateway, alice, document) == events
    assert (await stored(gateway, alice, document)).outbox == []
    await work.do("approve", revision=work.seen["revision"], sign_off="Rounded.")
    await relayed(gateway, alice, document)
    after = await alice.call("GET", document["links"]["self"], 200)
    assert (after["state"], after["review"]["note"]) == ("ready", "Rounded.")
    assert (await told(gateway, alice, document))[len(events) :] == [EventName.REVIEWED]
    await work.do("undo")
    after = await alice.call("GET", document["links"]["self"], 200)
    assert after["review"]["done"] is False
    await work.do("undo", 409)
    kinds = [it.kind for it in (await stored(gateway, alice, document)).review_work.actions]
    assert kinds == [
        ActionKind.APPROVE, ActionKind.UNDO, ActionKind.APPROVE, ActionKind.UNDO,
    ]  # fmt: skip


async def test_a_rejected_document_says_why(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice)
    work = Work(alice, document)
    await work.do("reject", 400, note="")
    await work.do("reject", note="An advertisement.")
    await relayed(gateway, alice, document)
    after = await alice.call("GET", document["links"]["self"], 200)
    assert (after["state"], after["error"]["detail"]) == ("rejected", "An advertisement.")
    await work.do("undo")
    after = await alice.call("GET", document["links"]["self"], 200)
    assert after["state"] != "rejected"


async def test_rows_come_and_go_and_come_back(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice)
    work = Work(alice, document)
    await work.get()
    before = work.seen["fields"]["line_items"]
    end = f"rows/line_items/{len(before)}"

    def row(verb: str, at: str) -> Any:
        return work.do(at, action=verb, revision=work.seen["revision"])

    await row("insert", end)
    await work.write(f"line_items/{len(before)}/line_total", value="3,50", source="typed")
    assert work.seen["fields"]["line_items"][-1]["line_total"]["value"] == "3.50"
    await row("remove", "rows/line_items/0")
    assert len(work.seen["fields"]["line_items"]) == len(before)
    await row("restore", "rows/line_items/0")
    assert work.seen["fields"]["line_items"][:-1] == before
    await work.do("rows/total_amount/0", 422, action="insert", revision=work.seen["revision"])
    await work.do("rows/line_items/7", 409, action="restore", revision=work.seen["revision"])
    await work.do("rows/line_items/0", 409, action="remove", revision="another")
    await row("insert", end)  # an empty one is not part of what is approved
    sign_off = {"revision": work.seen["revision"], "sign_off": "Looked at it."}
    await work.do("approve", **sign_off)
    assert all((await stored(gateway, alice, document)).current_fields["line_items"])


async def test_the_next_is_the_oldest_that_nobody_has(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    documents = [await invoice(gateway, alice, "total_amount") for _ in range(3)]
    await invoice(gateway, bob, "total_amount")
    second = await gateway.another(alice.organization)
    path = f"{API}/reviews/next"
    mine, hers = await asyncio.gather(alice.call("POST", path, 200), second.call("POST", path, 200))
    ids = [it["id"] for it in documents]
    assert {mine["document"], hers["document"]} == set(ids[:2])
    assert mine["lock"]["token"]
    work = Work(alice, {"id": mine["document"]}, mine["lock"]["token"])
    await work.do("postpone")
    third = await alice.call("POST", path, 200, params={"type": "invoice"})
    assert third["document"] == ids[2]
    work = Work(alice, {"id": ids[2]}, third["lock"]["token"])
    await work.do("approve", revision=third["revision"], sign_off="Fine.")
    await alice.call("POST", path, 204)  # one is put aside, one hers, one waits to be told
    aside = await alice.call("POST", path, 200, params={"postponed": "true"})
    assert aside["document"] == mine["document"]
    await alice.call("POST", path, 204, params={"type": "receipt"})
    await alice.call("POST", path, 400, params={"state": "failed"})


async def test_what_other_dialects_say_is_seen_here(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice, "total_amount")
    work = Work(alice, document)
    await work.get()
    await alice.call(
        "POST", document["links"]["review"], 200, json={"fields": {"total_amount": "7.00"}}
    )
    stale = await work.write("total_amount", 409, value="8.00", source="typed")
    assert stale["code"] == "CONFLICT"
    assert (await work.get())["fields"]["total_amount"]["value"] == "7.00"
    await work.do("undo")
    await work.write("total_amount", value="8.00", source="typed")
    Box.model_validate(BOX)
