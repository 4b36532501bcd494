"""DocDigitizer's version 1, from the upload to the review, with the whole pipeline behind it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.receipts import Receipt, receipt_jpeg

ANNOTATE = "/docdigitizer/api/v1/documents/annotate"
KEY = "document:financial-document:"
DONE = {"SUCCESS", "FAILURE"}


@pytest.fixture
async def session(up: Up) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"API_KEY {up.key}"}
    async with aiohttp.ClientSession(up.url, headers=headers) as session:
        yield session


async def annotated(session: aiohttp.ClientSession, content: bytes, name: str) -> dict[str, Any]:
    """Send a file as the public clients do, ask for its task until it is done."""
    form = aiohttp.FormData()
    form.add_field("files", content, filename=name)
    async with session.post(ANNOTATE, data=form) as answer:
        assert answer.status == 202, await answer.text()
        path = (await answer.json())["task"]["links"]["self"]
    async with asyncio.timeout(120):
        while True:
            async with session.get(path) as answer:
                body: dict[str, Any] = await answer.json()
            if body["task"]["status"] in DONE:
                break
            await asyncio.sleep(0.1)
    document: dict[str, Any] = body["document"]
    return document


async def test_an_invoice_is_annotated_and_reviewed(
    session: aiohttp.ClientSession, api: Api
) -> None:
    invoice = Invoice()
    document = await annotated(session, invoice_pdf(invoice), "invoice.pdf")
    data = document["annotations"]["data"]
    expected = {
        "document_type": "invoice",
        "document_identifier": invoice.number,
        "issue_date": invoice.date,
        "due_date": invoice.due,
        "amount_total": invoice.total,
        "amount_base_total": invoice.net,
        "amount_tax_total": invoice.tax,
        "currency": "EUR",
    }
    assert {name: data[f"{KEY}{name}"] for name in expected} == expected
    assert document["pages"] == 1
    wish = {"data": {"amount_total": "1.00"}}
    async with session.post(document["links"]["reviews"], json=wish) as answer:
        assert answer.status == 201
        review = await answer.json()
    assert review["review"]["data"][f"{KEY}amount_total"] == "1.00"
    native = await api.document(document["id"])
    assert native["state"] == "ready"
    assert native["fields"]["total_amount"]["value"] == "1.00"


async def test_a_photo_of_a_receipt_is_a_financial_document(session: aiohttp.ClientSession) -> None:
    receipt = Receipt()
    document = await annotated(session, receipt_jpeg(receipt), "receipt.JPG")
    assert document["class"] == "financial-document"
    data = document["annotations"]["data"]
    assert data[f"{KEY}document_type"] == "receipt"
    assert data[f"{KEY}amount_total"] == receipt.total
    assert data[f"{KEY}issue_date"] == receipt.iso_date
