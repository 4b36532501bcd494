"""The Documind dialect: what is asked, and refused; schemas from descriptions; models."""

from typing import Any

import pytest

from tests.api.documind_client import SCHEMA, Client, client_of
from tests.api.harness import Caller, Gateway


@pytest.fixture
async def ada(gateway: Gateway, alice: Caller) -> Client:
    return client_of(gateway, alice)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"schema": {}}, "named_entities"),
    ({"schema": {"named_entities": {}}}, "named_entities"),
    ({"schema": {"named_entities": {"a": {"type": "text"}}}}, "schema.a.type"),
    ({"schema": {"named_entities": {"a": "string"}}}, "schema.a"),
    ({"schema": {"named_entities": {"a": {"type": "object"}}}}, "schema.a"),
    ({"schema": {"named_entities": {"a": {}}, "required": ["b"]}}, "'b'"),
    ({"schema": {"named_entities": {"a": {}}, "required": "a"}}, "required"),
    ({"schema": {"named_entities": {"": {}}}}, "name"),
    ({"schema": {"named_entities": {f"f{n}": {} for n in range(501)}}}, "500"),
    ({"schema": []}, "schema"),
    ({"schema": {"named_entities": {"a": {}}, "note": "x" * 100_000}}, "larger"),
    ({"schema": SCHEMA, "review_threshold": 101}, "review_threshold"),
    ({"schema": SCHEMA, "review_threshold": -1}, "review_threshold"),
    ({"schema": SCHEMA, "review_threshold": "high"}, "review_threshold"),
    ({"schema": SCHEMA, "prompt": 7}, "prompt"),
]


async def test_what_cannot_be_extracted_by_is_refused(ada: Client) -> None:
    (identity,) = await ada.upload()
    for body, word in BAD:
        assert word in await ada.refused("POST", f"/extract/{identity}", 400, json=body)


async def test_a_schema_nested_too_deep_is_refused(ada: Client) -> None:
    schema: dict[str, Any] = {"named_entities": {"a": {"type": "string"}}}
    for _ in range(6):
        schema = {"named_entities": {"a": {"type": "object", **schema}}}
    (identity,) = await ada.upload()
    detail = await ada.refused("POST", f"/extract/{identity}", 400, json={"schema": schema})
    assert "deep" in detail


async def test_unknown_models_and_modes_come_with_those_allowed(ada: Client) -> None:
    (identity,) = await ada.upload()
    known = {it["name"]: it for it in (await ada.call("GET", "/models"))["models"]}
    assert known["google-gemini-2.0-flash"]["credits_per_page"] == 2
    body = {"schema": SCHEMA, "model": "gpt-99"}
    answer = await ada.call("POST", f"/extract/{identity}", 400, json=body)
    assert answer["allowed_values"] == list(known)
    body = {"schema": SCHEMA, "extraction_mode": "best"}
    answer = await ada.call("POST", f"/extract/{identity}", 400, json=body)
    assert answer["allowed_values"] == ["basic", "advanced", "vlm"]


async def test_who_waits_too_long_is_told_and_the_order_stands(
    gateway: Gateway, alice: Caller, ada: Client
) -> None:
    """Nothing reads documents here, so the time is over before anything is found."""
    (identity,) = await ada.upload()
    detail = await ada.refused("POST", f"/extract/{identity}", 504, json={"schema": SCHEMA})
    assert "/data/extractions" in detail
    (item,) = (await ada.call("GET", f"/data/extractions?document_id={identity}"))["items"]
    assert item["status"] == "pending"
    await ada.refused("POST", f"/schema/{identity}", 504)
    await ada.refused("POST", f"/extract/{identity}", 504, json={})
    credits_told = await ada.call("GET", "/usage/credits")
    assert credits_told["used_today"] == 0


def describe(text: str, name: str = "policy") -> dict[str, Any]:
    return {"json": {"schema_name": name, "schema_description": text}}


PATH = "/schema/generate-dynamic-schema/"


async def test_a_description_becomes_a_schema(ada: Client) -> None:
    """The very body that the original's page shows; the answer is the schema itself."""
    text = "Extract policy number, coverage amount, policyholder name, and effective dates"
    schema = await ada.call("POST", PATH, **describe(text))
    assert list(schema["named_entities"]) == [
        "policy_number",
        "coverage_amount",
        "policyholder_name",
        "effective_dates",
    ]
    types = {name: it["type"] for name, it in schema["named_entities"].items()}
    assert types["coverage_amount"] == "number"
    assert types["policy_number"] == types["policyholder_name"] == "string"
    assert schema["required"] == []
    assert schema == await ada.call("POST", PATH.rstrip("/"), **describe(text))
    (identity,) = await ada.upload()
    await ada.refused("POST", f"/extract/{identity}", 504, json={"schema": schema})


DESCRIBED = [
    (
        "Please extract the invoice number and the total amount from this invoice.",
        {"invoice_number": "string", "total_amount": "number"},
    ),
    (
        "supplier name\ninvoice date\nline items",
        {"supplier_name": "string", "invoice_date": "string", "line_items": "array"},
    ),
    ("Name (of the patient), is insured", {"name": "string", "is_insured": "boolean"}),
    (
        "The supplier (name, address and VAT id), total amount in EUR, whether it is paid",
        {
            "supplier_name": "string",
            "supplier_address": "string",
            "supplier_vat_id": "string",
            "total_amount": "number",
            "is_paid": "boolean",
        },
    ),
    (
        "All line items with description, quantity and price, the due date. Contact e-mail",
        {"line_items": "array", "due_date": "string", "contact_e_mail": "string"},
    ),
    (
        "Transactions (date, text, amount), opening balance",
        {"transactions": "array", "opening_balance": "number"},
    ),
    (
        "Laborbefund: Patient, Geburtsdatum und alle Messwerte mit Einheit",
        {"patient": "string", "geburtsdatum": "string", "messwerte": "array"},
    ),
    (
        "Rechnungsnummer, Betrag und Datum",
        {"rechnungsnummer": "string", "betrag": "number", "datum": "string"},
    ),
]


async def test_words_tell_the_types(ada: Client) -> None:
    for text, expected in DESCRIBED:
        schema = await ada.call("POST", PATH, **describe(text))
        assert {name: it["type"] for name, it in schema["named_entities"].items()} == expected


async def test_columns_and_formats_are_told_by_words(ada: Client) -> None:
    text = "The lines with article, quantity and unit price, and the date of delivery and the phone"
    schema = await ada.call("POST", PATH, **describe(text))
    lines = schema["named_entities"].pop("lines")["items"]["named_entities"]
    assert {name: it["type"] for name, it in lines.items()} == {
        "article": "string",
        "quantity": "number",
        "unit_price": "number",
    }
    told = {name: it.get("format") for name, it in schema["named_entities"].items()}
    assert told == {"date_of_delivery": "date", "phone": "phone"}


async def test_a_description_of_nothing_is_refused(ada: Client) -> None:
    for text in ("", "   ", ",,;", "."):
        assert "schema_description" in await ada.refused("POST", PATH, 400, **describe(text))


async def test_a_description_is_needed(ada: Client) -> None:
    detail = await ada.refused("POST", PATH, 400, json={"schema_name": "x"})
    assert "schema_description" in detail
