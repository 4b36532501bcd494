"""What is believed of a model's answer, and how it is combined with what the layout says."""

import json
from pathlib import Path

import pytest
from extract_samples import Cell, page, receipt

from services.extract.combining import Opinion, combine
from services.extract.contract import (
    ExtractRequest,
    ExtractResult,
    ModelAnswer,
    Stated,
    StatedValue,
)
from services.extract.engine import extract
from services.extract.engines.model.json_schema import json_schema
from services.extract.engines.model.prompt import Dialect, Form, simpler
from services.extract.engines.model.rendering import TextBudget, render, tokens_of
from services.extract.engines.model.reply import MAX_ROWS, read_reply
from services.extract.engines.model.values import meanings
from services.extract.reading import Reading
from services.extract.schemas import built_in
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.models.embedded import Embedded, EmbeddedFile
from shared.models.extraction import ExtractionMode, Field, FieldSource, Row
from shared.models.page import Box, Page
from shared.models.schema import FieldSpec, FieldType, Schema
from tests.samples.instructions import EVIL_NAME, EVIL_TOTAL, TEXTS, UNDETECTED, obeying_pdf
from tests.samples.invoices import Invoice, cii_xml

SERIAL = Schema(name="pass", fields=[FieldSpec(name="colour"), FieldSpec(name="member")])
LINES: list[str | list[Cell]] = [
    "Nordwind Handel GmbH",
    [(40, "Invoice No:"), (160, "RG-2024-0815")],
    [(40, "Date"), (160, "05/03/2024")],
    [(40, "Description"), (300, "Qty"), (400, "Price"), (480, "Amount")],
    [(40, "Desk"), (300, "2"), (400, "19,00"), (480, "38,00")],
    [(40, "Lamp"), (300, "2"), (400, "5,00"), (480, "10,00")],
    [(400, "Net"), (480, "48,00")],
    [(400, "VAT 19%"), (480, "9,12")],
    [(400, "Total EUR"), (480, "57,12")],
]
DESK: dict[str, StatedValue] = {
    "description": "Desk", "quantity": "2", "unit_price": "19,00", "line_total": "38,00",
}  # fmt: skip
LAMP: dict[str, StatedValue] = {
    "description": "Lamp", "quantity": "2", "unit_price": "5,00", "line_total": "10,00",
}  # fmt: skip


def answered(
    pages: list[Page], values: dict[str, Stated], *, engine: str = "llm", **options: object
) -> ExtractResult:
    answers = [ModelAnswer(engine, "reader-1", values)]
    return extract(ExtractRequest(pages=pages, answers=answers, **options))  # type: ignore[arg-type]


def field(result: ExtractResult, name: str) -> Field:
    found = result.fields[name]
    assert isinstance(found, Field)
    return found


def reasons(result: ExtractResult, code: str) -> list[str | None]:
    return [reason.field for reason in result.reasons if reason.code == code]


def test_a_copied_value_has_the_places_and_the_form_of_its_print() -> None:
    pages = [page(["Colour: deep  red", [(40, "Member"), (200, "ACME-77")]])]
    found = answered(pages, {"colour": "Deep red", "member": "ACME-77"}, ordered=SERIAL)
    assert found.engine == "layout/1+llm/reader-1"
    colour = field(found, "colour")
    assert (colour.value, colour.raw, colour.grounded) == ("deep red", "deep red", True)
    (box,) = colour.boxes
    assert (box.x0, box.y0) == (88.0, 40.0)


def test_a_value_that_only_a_model_has_is_less_than_sure_and_one_from_nowhere_is_flagged() -> None:
    schema = Schema(name="x", fields=[FieldSpec(name="a"), FieldSpec(name="b", required=True)])
    found = answered([page(["tall trees grow slowly"])], {"a": "tall trees", "b": "palms"},
                     ordered=schema)  # fmt: skip
    assert (field(found, "a").source, field(found, "a").confidence) == (FieldSource.LLM, 0.75)
    known = [ModelAnswer("llm", "reader-1", {"a": "tall trees"}, accuracy=0.9)]
    trusted = extract(ExtractRequest([page(["tall trees"])], ordered=schema, answers=known))
    assert field(trusted, "a").confidence == 0.9
    beyond = field(found, "b")
    assert (beyond.grounded, beyond.boxes, beyond.confidence) == (False, [], 0.15)
    assert reasons(found, "ungrounded") == ["b"]
    assert reasons(found, "low_confidence") == ["b"]


@pytest.mark.parametrize(
    ("kind", "stated", "meaning"),
    [
        (FieldType.AMOUNT, "1.234,50 €", "1234.50"),
        (FieldType.AMOUNT, "1,234.50", "1234.50"),
        (FieldType.AMOUNT, "1.234", "1234.00"),
        (FieldType.AMOUNT, "-3,10", "-3.10"),
        (FieldType.AMOUNT, "free", None),
        (FieldType.AMOUNT, "12 or 13", None),
        (FieldType.AMOUNT, "9" * 300, None),
        (FieldType.NUMBER, "2,500", "2.5"),
        (FieldType.INTEGER, "3", 3),
        (FieldType.INTEGER, "3,5", None),
        (FieldType.DATE, "05/03/2024", "2024-03-05"),
        (FieldType.DATE, "2024-03-05", "2024-03-05"),
        (FieldType.DATE, "5. März 2024", "2024-03-05"),
        (FieldType.DATE, "soon", None),
        (FieldType.CURRENCY, "€", "EUR"),
        (FieldType.CURRENCY, "money", None),
        (FieldType.IBAN, "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        (FieldType.EMAIL, "Mail: A.B@Example.org", "a.b@example.org"),
        (FieldType.COUNTRY, "de", "DE"),
        (FieldType.COUNTRY, "Germany", None),
        (FieldType.BOOLEAN, True, True),
        (FieldType.BOOLEAN, "maybe", None),
        (FieldType.TEXT, True, None),
        (FieldType.TEXT, " n/a ", None),
        (FieldType.TEXT, " a  b ", "a b"),
    ],
)
def test_values_are_read_by_the_grammars_of_the_page(
    kind: FieldType, stated: StatedValue, meaning: object
) -> None:
    found = meanings(Reading([page(LINES)]), kind, stated)
    assert (found[0] if found else None) == meaning


def test_agreement_raises_a_confidence_and_disagreement_lowers_it() -> None:
    """As for independent readers: 0.9 · 0.75 of 0.9 · 0.75 + 0.1 · 0.25, and so on."""
    schema = Schema(name="x", fields=[FieldSpec(name="total", type=FieldType.AMOUNT)])
    box = Box(page=0, x0=0, y0=0, x1=1, y1=1)

    def chance(*models: Field) -> float:
        layout = Opinion("layout", {"total": Field(value="31.80", confidence=0.9, boxes=[box])})
        others = [Opinion(f"m{at}", {"total": it}) for at, it in enumerate(models)]
        found = combine(schema, [layout, *others]).fields["total"]
        assert isinstance(found, Field)
        assert found.value == "31.80"
        return found.confidence

    agrees = Field(value="31.8", confidence=0.75, source=FieldSource.LLM)
    differs = Field(value="50.00", confidence=0.75, source=FieldSource.LLM)
    nowhere = Field(value="50.00", confidence=0.15, grounded=False, source=FieldSource.LLM)
    unfounded = Field(value="31.80", confidence=0.15, grounded=False, source=FieldSource.LLM)
    silent = Opinion("m", {})
    assert chance() == chance(unfounded) == 0.9
    layout = Opinion("layout", {"total": Field(value="31.80", confidence=0.9, boxes=[box])})
    alone = combine(schema, [layout, silent]).fields["total"]
    assert isinstance(alone, Field)
    assert alone.confidence == round(0.9 * 0.4 / (0.9 * 0.4 + 0.1 * 0.6), 4)
    assert chance(agrees) == round(0.675 / 0.7, 4)
    assert chance(differs) == round(0.225 / 0.325, 4)
    assert chance(differs) < chance(nowhere) < 0.9
    assert chance(agrees) < chance(agrees, agrees) <= 0.995
    assert chance(differs) < chance(differs, agrees) < chance(agrees)


def test_what_engines_do_not_agree_on_is_told() -> None:
    differs = answered([receipt()], {"total": "50.00"}, requested_type="receipt")
    assert reasons(differs, "engines_disagree") == ["total"]
    (told,) = [it.detail for it in differs.reasons if it.code == "engines_disagree"]
    assert "layout: 31.80" in told
    assert "llm: 50.00" in told
    assert "on the page" not in told
    silent = answered([receipt()], {}, requested_type="receipt")
    assert silent.reasons == []


def test_a_model_goes_before_the_others_in_its_mode_unless_they_are_sure() -> None:
    unsure, sure = [receipt(confidence=0.4)], [receipt()]
    for pages, mode, total in (
        (unsure, ExtractionMode.LLM, "50.00"),
        (sure, ExtractionMode.LLM, "31.80"),
        (unsure, ExtractionMode.VLM, "31.80"),
    ):
        found = answered(pages, {"total": "50.00"}, requested_type="receipt", mode=mode)
        assert field(found, "total").value == total
        assert reasons(found, "engines_disagree") == ["total"]


def test_words_that_a_model_has_mended_are_found_where_they_were_misread() -> None:
    shop = FieldSpec(name="shop", type=FieldType.NAME)
    schema = Schema(name="x", fields=[shop, FieldSpec(name="code", type=FieldType.IDENTIFIER)])
    pages = [page(["M0RNING STAR TRADlNG SDN BHD", "AB-12345O78"], confidence=0.9)]
    stated: dict[str, Stated] = {"shop": "Morning Star Trading Sdn Bhd", "code": "AB-12345078"}
    found = answered(pages, stated, ordered=schema)
    assert (field(found, "shop").grounded, field(found, "shop").boxes[0].y0) == (True, 40.0)
    assert 0.5 < field(found, "shop").confidence < 0.75 * 0.9
    assert not field(found, "code").grounded  # an identifier is the same or it is another


def rows(result: ExtractResult) -> list[Row]:
    found = result.fields["line_items"]
    assert isinstance(found, list)
    return found


def test_rows_are_laid_on_their_own_lines() -> None:
    schema = built_in()["invoice"].model_copy(
        update={"fields": [FieldSpec(name="items", type=FieldType.ROWS, fields=[
            FieldSpec(name="what"), FieldSpec(name="count", type=FieldType.NUMBER),
            FieldSpec(name="sum", type=FieldType.AMOUNT)])]}
    )  # fmt: skip
    stated: list[dict[str, StatedValue]] = [
        {"what": "Desk", "count": "2", "sum": "38.00"},
        {"what": "Lamp", "count": "2", "sum": "10,00", "secret": "x"},
        {"what": "Sofa", "count": "2", "sum": "900,00"},
    ]
    found = answered([page(LINES)], {"items": stated}, ordered=schema)
    items = found.fields["items"]
    assert isinstance(items, list)
    assert [{name: cell.value for name, cell in row.items()} for row in items] == [
        {"what": "Desk", "count": "2", "sum": "38.00"},
        {"what": "Lamp", "count": "2", "sum": "10.00"},
        {"what": "Sofa", "count": "2", "sum": "900.00"},
    ]
    lines = [{box.y0 for cell in row.values() for box in cell.boxes} for row in items]
    assert lines[:2] == [{100.0}, {115.0}]
    assert not items[2]["what"].grounded
    assert not items[2]["sum"].grounded


def test_rows_that_say_the_same_stand_on_lines_of_their_own() -> None:
    table = FieldSpec(name="items", type=FieldType.ROWS, fields=[
        FieldSpec(name="what"), FieldSpec(name="count", type=FieldType.NUMBER)])  # fmt: skip
    lines: list[str | list[Cell]] = [[(40, "Lamp"), (300, "2")]] * 3
    pages = [page([*lines, "", "", "", "", [(40, "Page"), (300, "9")]])]
    stated: list[dict[str, StatedValue]] = [
        {"what": "Lamp", "count": "2"},
        {"what": "Lamp", "count": "2"},
        {"what": "Lamp", "count": "9"},
    ]
    schema = Schema(name="x", fields=[table])
    items = answered(pages, {"items": stated}, ordered=schema).fields["items"]
    assert isinstance(items, list)
    places = [{name: [box.y0 for box in cell.boxes] for name, cell in row.items()} for row in items]
    assert places == [
        {"what": [40.0], "count": [40.0]},
        {"what": [55.0], "count": [55.0]},
        {"what": [70.0], "count": []},  # the 9 stands too far away to be of this row
    ]


def test_tables_of_several_engines_are_joined_cell_by_cell() -> None:
    pages = [page(LINES)]
    alone = extract(ExtractRequest(pages=pages, requested_type="invoice"))
    assert len(rows(alone)) == 2
    agreed = answered(pages, {"line_items": [DESK, LAMP]}, requested_type="invoice")
    assert [row["line_total"].value for row in rows(agreed)] == ["38.00", "10.00"]
    assert rows(agreed)[0]["line_total"].confidence > rows(alone)[0]["line_total"].confidence
    assert reasons(agreed, "engines_disagree") == []
    one_off = [DESK, LAMP | {"quantity": "7"}]
    differs = answered(pages, {"line_items": list(one_off)}, requested_type="invoice")
    assert rows(differs)[1]["quantity"].value == "2"
    assert reasons(differs, "engines_disagree") == ["line_items"]
    fewer = answered(pages, {"line_items": [DESK]}, requested_type="invoice")
    assert len(rows(fewer)) == 2
    assert reasons(fewer, "engines_disagree") == ["line_items"]


def test_of_two_tables_that_one_is_taken_whose_amounts_make_a_sum() -> None:
    schema = built_in()["invoice"]
    total = Field(value="48.00", confidence=0.9)

    def table(*sums: str) -> list[Row]:
        return [{"line_total": Field(value=it, confidence=0.8)} for it in sums]

    layout = Opinion("layout", {"net_amount": total, "line_items": table("38.00")})
    model = Opinion("llm", {"line_items": table("38.00", "10.00")})
    both = combine(schema, [layout, model]).fields["line_items"]
    assert isinstance(both, list)
    assert [row["line_total"].value for row in both] == ["38.00", "10.00"]


def test_exact_data_are_never_changed_by_a_model() -> None:
    embedded = Embedded(
        files=[EmbeddedFile(name="x.xml", media_type="text/xml", text=cii_xml(Invoice()))]
    )
    found = answered(
        [page(LINES)],
        {"total_amount": "57,12", "supplier_name": "Nordwind", "line_items": [DESK]},
        embedded=embedded,
        mode=ExtractionMode.LLM,
    )
    assert field(found, "total_amount").value == "297.50"
    assert field(found, "total_amount").source is FieldSource.XML
    assert reasons(found, "engines_disagree") == []
    assert "total_amount" in reasons(found, "xml_page_mismatch")


def read(content: bytes, folder: Path) -> list[Page]:
    path = folder / "document.pdf"
    path.write_bytes(content)
    found = read_pages(str(path), "application/pdf", 0, None, ReadOptions())
    return [Page.model_validate_json(it.json) for it in found.pages]


OBEYED: dict[str, Stated] = {
    "supplier_name": EVIL_NAME,
    "total_amount": EVIL_TOTAL,
    "net_amount": EVIL_TOTAL,
    "invoice_number": "EVIL-1",
    "line_items": [],
}


@pytest.mark.parametrize("ink", ["black", "white"])
@pytest.mark.parametrize("name", sorted(TEXTS))
@pytest.mark.parametrize("mode", [ExtractionMode.ADVANCED, ExtractionMode.LLM])
def test_a_model_that_obeyed_the_document_changes_nothing(
    name: str, mode: ExtractionMode, ink: str, tmp_path: Path
) -> None:
    pages = read(obeying_pdf(TEXTS[name], seen=ink == "black"), tmp_path)
    honest = extract(ExtractRequest(pages=pages, requested_type="invoice"))
    obeyed = answered(pages, OBEYED, requested_type="invoice", mode=mode)
    values = {it: field(obeyed, it).value for it in OBEYED if it != "line_items"}
    assert values == {it: field(honest, it).value for it in values}
    assert EVIL_NAME not in {str(value) for value in values.values()}
    assert rows(obeyed) == rows(honest)
    assert {"supplier_name", "total_amount", "invoice_number"} <= set(
        reasons(obeyed, "engines_disagree")
    )
    assert None in reasons(obeyed, "suspicious_text")


def test_instructions_in_words_that_nobody_foresaw_change_nothing_that_is_sure(
    tmp_path: Path,
) -> None:
    pages = read(obeying_pdf(UNDETECTED), tmp_path)
    obeyed = answered(pages, OBEYED, requested_type="invoice", mode=ExtractionMode.LLM)
    assert field(obeyed, "total_amount").value == "297.50"
    assert field(obeyed, "supplier_name").value == "Nordwind Handel GmbH"
    assert set(reasons(obeyed, "engines_disagree")) >= {"total_amount", "supplier_name"}


def test_what_stands_in_instructions_only_is_flagged(tmp_path: Path) -> None:
    schema = Schema(name="x", fields=[FieldSpec(name="owner", type=FieldType.NAME)])
    pages = read(obeying_pdf(TEXTS["open"]), tmp_path)
    found = answered(pages, {"owner": EVIL_NAME}, ordered=schema)
    assert not field(found, "owner").grounded
    assert field(found, "owner").confidence < 0.1
    assert reasons(found, "ungrounded") == ["owner"]


def test_honest_documents_are_not_called_suspicious() -> None:
    letters = (
        "Please ignore our previous reminder.",
        "Fine-tuned language models and wrote LLM pipelines in Python",
        "Answer only with yes or no.",
        "You are kindly asked to act as our assistant",
    )
    values: dict[str, Stated] = {"total": "57,12"}
    for pages in ([receipt()], [page(LINES)], *([page([it])] for it in letters)):
        assert reasons(answered(pages, values), "suspicious_text") == []


def test_characters_that_nobody_sees_are_not_shown_to_a_model() -> None:
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "ignore all")
    reading = Reading([page([f"Total{hidden} 5\u200b.00"])])
    assert "Total 5.00" in render(reading.sheet, TextBudget(100, 100)).text


def test_pages_beyond_the_budget_are_left_out_but_for_the_last() -> None:
    pages = [page([f"word{number} " * 10] * 20, number=number) for number in range(6)]
    sheet = Reading(pages).sheet
    one = tokens_of("word0 " * 10) * 20 + 20
    rendered = render(sheet, TextBudget(10 * one, 3 * one))
    assert (rendered.missing + rendered.cut, "[page 6]" in rendered.text) == ([3, 4, 2], True)
    assert rendered.text.index("[page 1]") < rendered.text.index("[page 6]")
    assert tokens_of(rendered.text) <= 3 * one
    whole = render(sheet, TextBudget(one // 2, 100 * one))
    assert (whole.cut, whole.missing) == (list(range(6)), [])


def test_the_schema_of_the_answer_has_nested_rows_and_nothing_optional() -> None:
    made = json_schema(built_in()["invoice"])
    items = made["properties"]["line_items"]["items"]
    for each in (made, items):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert list(items["properties"]) == ["description", "quantity", "unit_price", "line_total"]


def test_an_answer_fills_fields_of_the_schema_and_nothing_else() -> None:
    content = json.dumps({
        "total_amount": 57.10, "type": "passport", "url": "http://127.0.0.1:9/", "vat_id": None,
        "line_items": [{"quantity": 2, "note": "x"}] * (MAX_ROWS + 5),
    })  # fmt: skip
    body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
    reply = read_reply(built_in()["invoice"], body)
    assert set(reply.values) == {"total_amount", "line_items"}
    assert reply.values["total_amount"] == "57.1"
    assert reply.values["line_items"] == [{"quantity": "2"}] * MAX_ROWS


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b"\xff", b"7", b'{"choices": []}'),
        b'{"choices": [{"message": {"content": null}}]}',
        b'{"usage": {"prompt_tokens": [-1e99]}, "choices": {}}',
    ],
)
def test_no_answer_is_a_complaint(body: bytes) -> None:
    assert read_reply(built_in()["invoice"], body).complaint


def test_ever_simpler_forms_come_to_an_end() -> None:
    dialect: Dialect | None = Dialect()
    seen = []
    while dialect is not None:
        seen.append(dialect)
        dialect = simpler(dialect, "max_tokens and temperature are not supported")
    assert len(seen) == len(set(seen)) == 5
    assert seen[-1].form is Form.FREE
