"""The company's own SDK, unmodified, against a whole embedded Docstage."""

import asyncio
import uuid
from collections.abc import Iterator

import docdigitizer
import pytest

from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf

INVOICE = Invoice()


@pytest.fixture
def sdk(up: Up) -> Iterator[docdigitizer.DocDigitizer]:
    with docdigitizer.DocDigitizer(up.key, base_url=f"{up.url}/v3/docingester") as sdk:
        yield sdk


@pytest.fixture
def refusing(up: Up) -> Iterator[docdigitizer.DocDigitizer]:
    """The SDK, told not to try again."""
    url = f"{up.url}/v3/docingester"
    with docdigitizer.DocDigitizer(up.key, base_url=url, max_retries=0) as sdk:
        yield sdk


def test_the_service_is_alive(sdk: docdigitizer.DocDigitizer) -> None:
    assert sdk.health_check() == "I am alive"


def test_a_pdf_goes_in_and_its_fields_come_out(sdk: docdigitizer.DocDigitizer) -> None:
    result = sdk.process(
        invoice_pdf(INVOICE, with_xml=True),
        request_token="ABC1234",
        pipeline="SingleDocPipelineWithOCR",
    )
    assert result.is_completed
    assert not result.is_error
    assert (result.trace_id, result.pipeline) == ("ABC1234", "SingleDocPipelineWithOCR")
    assert result.num_pages == 1
    assert result.timers is not None
    assert result.timers["total"] > 0
    (extraction,) = result.extractions
    assert extraction.document_type == "Invoice"
    assert 0.5 < extraction.confidence <= 1
    assert extraction.pages == [1]
    assert extraction.page_range == docdigitizer.PageRange(1, 1)
    assert extraction.schema == "invoice.json"
    assert extraction.country_code == INVOICE.vat_id[:2]
    assert extraction.data["invoice_number"] == INVOICE.number
    assert extraction.data["total_amount"] == INVOICE.total
    rows = [(row["description"], row["line_total"]) for row in extraction.data["line_items"]]
    assert rows == [(line.description, line.line_total) for line in INVOICE.lines]


async def test_the_asynchronous_client_and_a_repeated_id_make_one_document(
    up: Up, api: Api
) -> None:
    identity, content = str(uuid.uuid4()), invoice_pdf(INVOICE)
    url = f"{up.url}/v3/docingester"
    async with docdigitizer.AsyncDocDigitizer(up.key, base_url=url) as sdk:
        results = await asyncio.gather(*(sdk.process(content, id=identity) for _ in range(3)))
    assert [it.extractions[0].data["total_amount"] for it in results] == [INVOICE.total] * 3
    assert len({it.trace_id for it in results}) == 3
    listed = await api.get("/api/v1/documents", reference=identity)
    assert len(listed["documents"]) == 1


def test_a_wrong_key_is_an_authentication_error(up: Up) -> None:
    url = f"{up.url}/v3/docingester"
    with docdigitizer.DocDigitizer("x" * 40, base_url=url) as sdk:
        with pytest.raises(docdigitizer.AuthenticationError) as caught:
            sdk.process(invoice_pdf(INVOICE))
        assert sdk.health_check() == "I am alive"
    assert caught.value.status_code == 401
    assert len(caught.value.trace_id or "") == 7


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"no PDF at all", {}),
        (b"", {}),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 64, {}),
        (b"%PDF-1.7\nnothing follows", {}),
        (b"%PDF-1.7\n", {"id": "no UUID"}),
        (b"%PDF-1.7\n", {"context_id": "no UUID"}),
        (b"%PDF-1.7\n", {"request_token": "longer than seven"}),
    ],
)
def test_what_cannot_be_processed_is_a_validation_error(
    refusing: docdigitizer.DocDigitizer, content: bytes, options: dict[str, str]
) -> None:
    with pytest.raises(docdigitizer.ValidationError) as caught:
        refusing.process(content, **options)
    assert caught.value.messages
    assert len(caught.value.trace_id or "") == 7
