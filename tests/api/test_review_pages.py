"""The review screen without scripts: what a browser gets, may do, and may never see."""

import re
from functools import partial

import pytest

from services.ingest.console.review.document_acts import pieces_of
from services.ingest.console.words import field_label
from shared.blobs.keys import page_key
from shared.errors import Permanent
from shared.models.document import DocumentState
from shared.models.extraction import Extraction, Field, Fields
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from tests.api.console_client import Browser
from tests.api.harness import Caller, Gateway
from tests.api.test_review_work import Work, invoice, relayed, stored


def revision_in(text: str) -> str:
    found = re.search(r'data-revision="([0-9a-f]+)"', text)
    assert found, text[:400]
    return found[1]


async def test_a_document_is_reviewed_without_scripts(gateway: Gateway, alice: Caller) -> None:
    first = await invoice(gateway, alice, "total_amount")
    second = await invoice(gateway, alice, "total_amount", total_amount="118.00")
    browser = await Browser(gateway).sign_in(alice.key)
    begun = await browser.get("/review/next?type=invoice")
    own = f"/review/{first['id']}"
    assert begun.headers["Location"] == f"/console{own}?type=invoice"
    page = await browser.page(own)
    saved = await browser.post(
        f"{own}/fields/total_amount",
        {"value": "119,00", "revision": revision_in(page.text)},
    )
    assert saved.status == 303
    page = await browser.page(own)
    assert "All is right" not in page.text  # there is still a doubtful line
    refused = await browser.post(f"{own}/approve", {"revision": revision_in(page.text)})
    assert refused.status == 303  # no flag: what is not needed may be doubtful
    assert refused.headers["Location"].startswith("/console/review/next?after=")
    onwards = await browser.get(refused.headers["Location"].removeprefix("/console"))
    assert onwards.headers["Location"].startswith(f"/console/review/{second['id']}?approved=")
    page = await browser.page(f"/review/{second['id']}?approved={first['id']}")
    assert "Approved: 0.pdf" in page.text
    flagged = await browser.post(
        f"/review/{second['id']}/approve", {"revision": revision_in(page.text)}
    )
    assert flagged.status == 409
    back = await browser.post(f"{own}/undo", {})
    assert back.status == 303, back.text[-900:]
    assert back.headers["Location"] == f"/console{own}"
    assert (await stored(gateway, alice, first)).reviewed is None
    rejected = await browser.post(f"/review/{second['id']}/reject", {"reason": "No."})
    assert rejected.status == 303
    await browser.post(f"{own}/postpone", {})
    end = await browser.get("/review/next")
    assert (end.status, "Nothing left for you" in end.text) == (200, True)


async def test_where_nothing_was_found_nothing_is_called_right(
    gateway: Gateway, alice: Caller
) -> None:
    browser = await Browser(gateway).sign_in(alice.key)
    for fields, told in (({"extra": "x"}, "All is right"), ({}, "Nothing was found")):
        (made,) = await alice.upload()
        document = await gateway.finish(alice, made["id"], **fields)
        extractions = gateway.store.of(alice.tenant, EXTRACTIONS)
        with_rows: Fields = {"items": []}
        for name, value in fields.items():
            with_rows[name] = Field(value=value, raw=value, confidence=0.9)
        step = partial(Extraction.copy_with, fields=with_rows)
        await extractions.change(document.extraction or "", step)
        documents = gateway.store.of(alice.tenant, DOCUMENTS)
        await documents.change(made["id"], lambda it: it.copy_with(type=None))
        assert told in (await browser.page(f"/review/{made['id']}")).text


async def test_how_long_people_take_is_told(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    browser = await Browser(gateway).sign_in(alice.key)
    assert 'id="pace"' not in (await browser.page("/review")).text
    for seconds in (4, 9, 30):
        document = await invoice(gateway, alice)
        work = Work(alice, document)
        await work.get()
        wish = {"revision": work.seen["revision"], "milliseconds": 1000 * seconds}
        await work.do("approve", sign_off="Fine.", **wish)
        await relayed(gateway, alice, document)
    for path in ("/review", "/review/next", "/operations"):
        text = " ".join((await browser.page(path)).text.split())
        assert "takes a person 9.0 seconds: the median of the newest 3 reviews" in text, path
    other = await Browser(gateway).sign_in(bob.key)
    assert 'id="pace"' not in (await other.page("/review")).text


async def test_pictures_are_kept_by_the_browser_and_shown_to_nobody_else(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    document = await invoice(gateway, alice)
    own = f"/review/{document['id']}"
    hers = await Browser(gateway).sign_in(alice.key)
    request = hers.client.get(f"/console{own}/1/pages/0.webp", headers={"Accept": "image/*"})
    async with request as answer:
        assert (answer.status, answer.content_type) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        known = {"If-None-Match": answer.headers["ETag"], "Accept": "image/*"}
    listed = f"/documents/{document['id']}/1/pages/0.webp"
    async with hers.client.get(f"/console{listed}", headers=known) as answer:
        assert answer.status == 304, "in the list of documents it is the same one"
    assert (await hers.get(f"{own}/2/pages/0.webp")).status == 404  # no such revision
    assert (await hers.get(f"{own}/pages/7/words")).status == 404
    his = await Browser(gateway).sign_in(bob.key)
    for path in (own, listed, f"{own}/1/pages/0.webp", f"{own}/pages/0/words", f"{own}/ready"):
        refused = await his.get(path)
        assert refused.status == 404, path
        assert "0.pdf" not in refused.text
    for act in (
        "lock",
        "leave",
        "approve",
        "reject",
        "postpone",
        "undo",
        "retype",
        "split",
        "turn",
        "read-again",
    ):
        wish = {"reason": "r", "type": "receipt", "before": "2", "page": "0", "turn": "90"}
        assert (await his.post(f"{own}/{act}", wish)).status == 404, act
    assert (await his.post(f"{own}/fields/total_amount", {"value": "1"})).status == 404
    assert (await his.post(f"{own}/rows/line_items/0", {"action": "remove"})).status == 404


async def test_another_type_and_a_turned_page(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice)
    browser = await Browser(gateway).sign_in(alice.key)
    own = f"/review/{document['id']}"
    await browser.page(own)
    assert (await browser.post(f"{own}/turn", {"page": "1", "turn": "270"})).status == 204
    assert 'data-page="1" data-turn="270"' in (await browser.page(own)).text
    for wish in ({"page": "9", "turn": "90"}, {"page": "0", "turn": "45"}):
        assert (await browser.post(f"{own}/turn", wish)).status == 422, wish
    assert (await browser.post(f"{own}/turn", {})).status == 400
    assert (await browser.post(f"{own}/retype", {"type": "nothing"})).status == 422
    assert (await browser.post(f"{own}/retype", {"type": "receipt"})).status == 303
    record = await gateway.store.of(alice.tenant, DOCUMENTS).get(document["id"])
    assert record is not None
    assert (record.requested_type, record.revision) == ("receipt", 2)
    assert record.state is DocumentState.EXTRACTING  # its pages are there already
    assert await gateway.blobs.info(page_key(record.organization, record.id, 2, 1))
    assert record.page_turns == {"1": 270}
    assert "goes on by itself" in (await browser.page(own)).text


def test_pieces_begin_at_the_pages_that_are_named() -> None:
    assert pieces_of([3, 5], 6) == [[0, 1], [2, 3], [4, 5]]
    assert pieces_of([2], 2) == [[0], [1]]
    for starts in ([], [1], [7], [0]):
        with pytest.raises(Permanent):
            pieces_of(starts, 6)


def test_names_are_told_as_people_say_them() -> None:
    names = ("total_amount", "vat_id", "iban", "line_items/0/unit_price", "supplier.name", "value")
    assert [field_label(it) for it in names] == [
        "Total amount", "VAT ID", "IBAN", "Line items 1, unit price", "Supplier, name", "Value",
    ]  # fmt: skip
