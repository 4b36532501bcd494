"""What the child process is handed: pages as stored, and what it must leave behind: nothing."""

import os
import random
import statistics
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from extract_samples import page
from pydantic import ValidationError

from services.extract.child import extract_stored
from services.extract.contract import ExtractRequest, ExtractResult, StoredDocument
from services.extract.engine import extract
from services.extract.lazy import lazy
from services.extract.median import median
from services.extract.printed import read_page
from shared.models.page import Page
from shared.models.schema import FieldSpec, FieldType, Schema

INVOICE = page(
    [
        "Nordwind Handel GmbH",
        "Hafenstr. 12",
        "20457 Hamburg",
        [(40, "Invoice No:"), (160, "RG-2024-0815")],
        [(40, "Date:14.03.2024")],
        [(40, "Description"), (300, "Qty"), (400, "Price"), (480, "Amount")],
        [(40, "Desk"), (300, "2"), (400, "19.00"), (480, "38.00")],
        [(400, "Net"), (480, "38.00")],
        [(400, "VAT 19%"), (480, "7.22")],
        [(400, "Total EUR"), (480, "45.22")],
    ]
)


def _stored(of: Page, requested: str = "invoice", *schemas: Schema) -> ExtractResult:
    types = [each.model_dump_json().encode() for each in schemas]
    document = StoredDocument([of.model_dump_json().encode()], None, requested, types)
    return extract_stored(document, 0.8, "advanced")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_stored_pages_say_what_the_pages_said(rotation: int) -> None:
    turned = INVOICE.copy_with(rotation=rotation)
    found = _stored(turned)
    assert "hafenstr 12" in found.text
    assert replace(found, text="") == extract(
        ExtractRequest(pages=[turned], requested_type="invoice")
    )
    assert found.fields


def test_stored_page_gives_the_fields_of_the_invoice() -> None:
    fields = _stored(INVOICE).fields
    assert fields["invoice_number"].value == "RG-2024-0815"
    assert fields["invoice_date"].value == "2024-03-14"
    assert fields["total_amount"].value == "45.22"


def test_types_changed_between_two_documents_count_at_once() -> None:
    def schema(label: str) -> Schema:
        spec = FieldSpec(name="price", type=FieldType.AMOUNT, synonyms=[label])
        return Schema(name="quote", title="Quote", fields=[spec])

    quote = page(["Quote", "Wholesale 10.00", "Retail 12.50"])
    values = [
        _stored(quote, "quote", schema(label)).fields["price"].value
        for label in ("Wholesale", "Retail")
    ]
    assert values == ["10.00", "12.50"]


def test_nothing_is_left_for_the_garbage_collector() -> None:
    """In a process of its own, where no other test's threads leave anything."""
    probe = (
        "import gc; from test_extract_child import INVOICE, _stored;"
        "_stored(INVOICE); gc.collect(); gc.disable(); _stored(INVOICE); print(gc.collect())"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    env = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-c", probe]
    said = subprocess.run(command, env=env, capture_output=True, check=True)  # noqa: S603 - ours
    assert said.stdout == b"0\n"


@pytest.mark.parametrize("stored", [b"", b"[]", b"{}", b'{"number": 0, "width": 1}', b"\xff"])
def test_what_is_no_page_is_refused(stored: bytes) -> None:
    with pytest.raises(ValidationError):
        read_page(stored)


def test_median_is_that_of_the_standard_library() -> None:
    source = random.Random(7)
    for count in range(1, 40):
        values = [source.uniform(-50, 50) for _ in range(count)]
        assert median(values) == statistics.median(values)


def test_lazy_attribute_is_computed_once_and_not_kept_when_it_fails() -> None:
    class Sample:
        calls = 0

        @lazy
        def value(self) -> int:
            self.calls += 1
            if self.calls == 1:
                raise LookupError
            return self.calls

    sample = Sample()
    with pytest.raises(LookupError):
        _ = sample.value
    assert (sample.value, sample.value, sample.calls) == (2, 2, 2)
    assert Sample().calls == 0
