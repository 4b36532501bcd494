"""Affinda's own Python client, unmodified, against a whole embedded Docstage."""

import importlib.util
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from affinda import AffindaAPI, TokenCredential, models
from azure.core.exceptions import ResourceNotFoundError

from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.receipts import Receipt, receipt_jpeg

INVOICE, RECEIPT = Invoice(), Receipt()
RESUME = b"""Jane Roe
jane.roe@example.com | +1 212 555 0143

WORK EXPERIENCE
Software Engineer, Acme Corporation
January 2019 - March 2022
Wrote programs that count things.

EDUCATION
Bachelor of Science in Physics, University of Leeds
2014 - 2018

SKILLS
Python, SQL, Linux
"""
BILL = b"INVOICE\nInvoice number: 4711\nInvoice date: 03/04/2026\nTotal: 12.00\n"


@pytest.fixture
def client(up: Up) -> Iterator[AffindaAPI]:
    with AffindaAPI(TokenCredential(token=up.key), base_url=up.url) as client:
        yield client


def send(client: AffindaAPI, content: bytes, **said: Any) -> Any:
    return client.create_document(file=io.BytesIO(content), **said)


def module_of(path: Path, code: str) -> ModuleType:
    """Python code as the client's own command leaves it."""
    path.write_text(code)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def test_a_file_goes_in_and_a_model_comes_out(client: AffindaAPI, tmp_path: Path) -> None:
    code = client.pydantic_models_from_document_type("dt_invoice").code
    model = module_of(tmp_path / "invoice.py", code).Invoice
    made = send(client, invoice_pdf(INVOICE), data_model=model)
    assert made.meta.document_type == "dt_invoice"
    assert made.parsed.invoice_number == INVOICE.number
    assert made.parsed.total_amount == float(INVOICE.total)
    rows = [(it.description, it.line_total) for it in made.parsed.line_items]
    assert rows == [(it.description, float(it.line_total)) for it in INVOICE.lines]
    full = client.get_document(made.meta.identifier)
    number = full.data["invoiceNumber"]
    assert number["raw"] == INVOICE.number
    assert number["rectangle"]["pageIndex"] == 0
    assert INVOICE.number in full.data["rawText"]


def test_a_resume_has_the_shape_of_old(client: AffindaAPI) -> None:
    made = send(client, RESUME, document_type="dt_resume")
    assert isinstance(made, models.Resume)
    assert made.data.name.raw
    (job,) = made.data.work_experience
    assert (job.organization, job.dates.is_current) == ("Acme Corporation", False)
    assert made.data.emails == ["jane.roe@example.com"]
    assert made.data.raw_text
    compact = client.get_document(made.meta.identifier, compact=True)
    assert compact.data["name"] == made.data.name.raw


def test_a_region_changes_how_a_date_is_read(client: AffindaAPI) -> None:
    dates = {}
    for country in ("US", "AU"):
        bias = f'{{"country": "{country}"}}'
        made = send(client, BILL, document_type="dt_invoice", compact=True, region_bias=bias)
        dates[country] = made.data["invoiceDate"]
        assert made.meta.region_bias.country == country
    assert dates == {"US": "2026-03-04", "AU": "2026-04-03"}


def test_whether_pictures_are_read_can_be_said(client: AffindaAPI) -> None:
    picture = receipt_jpeg(RECEIPT)
    unread = send(client, picture, use_ocr=False)
    assert (unread.data["rawText"], unread.meta.is_ocrd) == ("", False)
    read = send(client, picture)
    assert read.meta.is_ocrd
    assert read.data["rawText"]
    again = send(client, invoice_pdf(INVOICE), use_ocr=True, delete_after_parse=True)
    assert again.meta.is_ocrd
    assert again.meta.ocr_confidence > 0.5
    assert again.data["rawText"]
    with pytest.raises(ResourceNotFoundError):
        client.get_document(again.meta.identifier)
