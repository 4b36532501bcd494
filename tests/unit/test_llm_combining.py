"""How the fields of a model are combined with those of the layout, and with exact data."""

from extract_samples import page, receipt
from llm_answers import DESK, LAMP, LINES, answered, field, reasons, rows

from services.extract.combining import Opinion, combine
from services.extract.contract import (
    ExtractRequest,
)
from services.extract.engine import extract
from services.extract.schemas import built_in
from shared.models.embedded import Embedded, EmbeddedFile
from shared.models.extraction import ExtractionMode, Field, FieldSource, Row
from shared.models.page import Box
from shared.models.schema import FieldSpec, FieldType, Schema
from tests.samples.invoices import Invoice, cii_xml


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
    shop = "MORNING STAR TRADING SDN BHD"
    for pages, mode, company in (
        (unsure, ExtractionMode.LLM, "TAMAN INDAH"),
        (sure, ExtractionMode.LLM, shop),
        (unsure, ExtractionMode.VLM, shop),
    ):
        found = answered(pages, {"company": "TAMAN INDAH"}, requested_type="receipt", mode=mode)
        assert field(found, "company").value == company
        assert reasons(found, "engines_disagree") == ["company"]


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
