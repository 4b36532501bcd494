"""Fields that somebody orders: parts of objects, other names, lists, several of a kind."""

from decimal import Decimal

from extract_samples import Cell, page

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.induction.inducing import induce
from shared.models.extraction import Field, Fields
from shared.models.schema import LIST_ITEM, FieldSpec, FieldType, Schema

Rows = list[str | list[Cell]]
INVOICE: Rows = [
    [(40.0, "Blue Harbour Trading Ltd")],
    [(40.0, "1 Quay Road, Bristol BS1 4AA")],
    [(40.0, "VAT No: GB 123 4567 82")],
    "",
    [(40.0, "Bill to:"), (320.0, "Invoice No:"), (430.0, "INV-2291")],
    [(40.0, "Rosewood Cafe Ltd"), (320.0, "Date:"), (430.0, "14/03/2024")],
    [(40.0, "7 Mill Lane, Bath BA1 2AB")],
    "",
    [(40.0, "Description"), (280.0, "Qty"), (360.0, "Price"), (450.0, "Amount")],
    [(40.0, "Coffee beans 1kg"), (280.0, "4"), (360.0, "12.50"), (450.0, "50.00")],
    [(40.0, "Paper cups"), (280.0, "10"), (360.0, "3.00"), (450.0, "30.00")],
    [(360.0, "Subtotal"), (450.0, "80.00")],
    [(360.0, "VAT 20%"), (450.0, "16.00")],
    [(360.0, "Total"), (440.0, "£"), (450.0, "96.00")],
]


def found(rows: Rows, *specs: FieldSpec) -> Fields:
    schema = Schema(name="ordered", fields=list(specs))
    return extract(ExtractRequest(pages=[page(rows)], ordered=schema)).fields


def value(fields: Fields, name: str) -> object:
    field = fields.get(name)
    return field.value if isinstance(field, Field) else None


def items(fields: Fields, name: str) -> list[object]:
    rows = fields[name]
    assert isinstance(rows, list)
    return [row[LIST_ITEM].value for row in rows]


def test_parts_of_objects_are_known_by_whole_and_part() -> None:
    names = ("vendor.name", "vendor.vat no", "client.name", "totals.net amount", "totals.total")
    fields = found(INVOICE, *(FieldSpec(name=name) for name in names))
    assert value(fields, "vendor.name") == "Blue Harbour Trading Ltd"
    assert str(value(fields, "vendor.vat no")).replace(" ", "") == "GB123456782"
    assert value(fields, "client.name") == "Rosewood Cafe Ltd"
    assert value(fields, "totals.net amount") == "80.00"
    assert value(fields, "totals.total") == "96.00"


def test_numbers_are_amounts_where_the_name_says_so() -> None:
    specs = [
        FieldSpec(name=name, type=FieldType.NUMBER) for name in ("grand total", "vat", "subtotal")
    ]
    fields = found(INVOICE, *specs)
    assert [value(fields, it.name) for it in specs] == ["96.00", "16.00", "80.00"]


def test_columns_by_other_names() -> None:
    columns = [FieldSpec(name=name, type=FieldType.NUMBER) for name in ("qty", "price", "amount")]
    spec = FieldSpec(
        name="items",
        type=FieldType.ROWS,
        concept="line_items",
        fields=[FieldSpec(name="item"), *columns],
    )
    rows = found(INVOICE, spec)["items"]
    assert isinstance(rows, list)
    assert [row["item"].value for row in rows] == ["Coffee beans 1kg", "Paper cups"]
    numbers = [[Decimal(row[name].value) for name in ("qty", "price", "amount")] for row in rows]
    assert numbers == [[4, Decimal("12.5"), 50], [10, 3, 30]]


def test_of_several_e_mails_each_is_at_its_label() -> None:
    rows: Rows = [
        [(40.0, "Agent:"), (200.0, "ann@agency.example")],
        [(40.0, "Tenant:"), (200.0, "bob@home.example")],
    ]
    specs = [
        FieldSpec(name=f"mail_{number}", type=FieldType.EMAIL, synonyms=[label])
        for number, label in enumerate(("Tenant", "Agent"))
    ]
    fields = found(rows, *specs)
    assert value(fields, "mail_0") == "bob@home.example"
    assert value(fields, "mail_1") == "ann@agency.example"


def test_the_label_of_one_field_is_no_value_of_another() -> None:
    rows: Rows = [
        [(40.0, "Insured"), (220.0, "Broker")],
        [(40.0, "Ann Smith"), (220.0, "Bob Miller")],
    ]
    specs = [FieldSpec(name=name.lower(), synonyms=[name]) for name in ("Insured", "Broker")]
    fields = found(rows, *specs)
    assert (value(fields, "insured"), value(fields, "broker")) == ("Ann Smith", "Bob Miller")


def a_list(name: str, kind: FieldType = FieldType.TEXT, *labels: str) -> FieldSpec:
    item = FieldSpec(name=LIST_ITEM, type=kind)
    return FieldSpec(name=name, type=FieldType.ROWS, synonyms=list(labels), fields=[item])


def test_lists_behind_their_label() -> None:
    rows: Rows = [
        "Allergies: nuts, cow milk and pollen",
        [(40.0, "Instalments"), (200.0, "120.00; 80.00; 15.50")],
    ]
    fields = found(rows, a_list("allergies"), a_list("instalments", FieldType.NUMBER))
    assert items(fields, "allergies") == ["nuts", "cow milk", "pollen"]
    assert items(fields, "instalments") == ["120.00", "80.00", "15.50"]


def test_lists_below_their_label() -> None:
    rows: Rows = [
        "Enclosures",
        [(46.0, "-"), (58.0, "Signed contract")],
        [(46.0, "-"), (58.0, "Copy of passport")],
        "",
        "",
        "Kind regards",
    ]
    fields = found(rows, a_list("attachments", FieldType.TEXT, "Enclosures"), a_list("absent"))
    assert items(fields, "attachments") == ["Signed contract", "Copy of passport"]
    assert fields["absent"] == []


AT = (40.0, 80.0, 150.0, 300.0, 340.0, 400.0, 500.0)


def line(*cells: str) -> list[Cell]:
    return list(zip(AT, cells, strict=True))


WIDE: Rows = [
    [(40.0, "Blue Harbour Trading Ltd")],
    [(40.0, "Invoice No:"), (200.0, "INV-2291")],
    [(40.0, "Invoice date:"), (200.0, "14/03/2024")],
    "",
    line("Pos", "Art. No", "Description", "Qty", "VAT %", "Unit price", "Amount"),
    line("1", "A-100", "Coffee beans", "4", "7.0", "12.50", "50.00"),
    line("2", "B-217", "Paper cups", "10", "20.0", "3.00", "30.00"),
    [(400.0, "Subtotal"), (500.0, "80.00")],
    [(400.0, "VAT"), (500.0, "9.50")],
    [(400.0, "Total"), (500.0, "89.50")],
]


def test_line_items_keep_the_columns_that_no_standard_knows() -> None:
    schema = induce(ExtractRequest(pages=[page(WIDE)], requested_type="invoice"))
    assert schema is not None
    (lines,) = [spec for spec in schema.fields if spec.type is FieldType.ROWS]
    assert lines.name == "line_items"
    columns = {spec.name: spec.synonyms for spec in lines.fields}
    assert columns["quantity"] == ["Qty"]
    assert {"pos", "art_no", "vat_percent"} <= set(columns)
    rows = found(WIDE, lines)["line_items"]
    assert isinstance(rows, list)
    assert [row["art_no"].value for row in rows] == ["A-100", "B-217"]
    assert [Decimal(row["vat_percent"].value) for row in rows] == [7, 20]
    assert [Decimal(row["line_total"].value) for row in rows] == [50, 30]
    assert [row["description"].value for row in rows] == ["Coffee beans", "Paper cups"]


def test_a_number_in_a_column_may_have_its_unit() -> None:
    rows: Rows = [
        [(40.0, "Charge"), (240.0, "Used"), (400.0, "Amount")],
        [(40.0, "Electricity"), (240.0, "612 kWh"), (400.0, "149.94")],
        [(40.0, "Standing charge"), (240.0, "90 days"), (400.0, "48.31")],
        [(40.0, "Gas"), (240.0, "12 of 14"), (400.0, "8.31")],
    ]
    columns = [
        FieldSpec(name="charge"),
        FieldSpec(name="used", type=FieldType.NUMBER),
        FieldSpec(name="amount", type=FieldType.AMOUNT),
    ]
    fields = found(rows, FieldSpec(name="charges", type=FieldType.ROWS, fields=columns))
    lines = fields["charges"]
    assert isinstance(lines, list)
    assert [row["used"].value if "used" in row else None for row in lines] == ["612", "90", None]


def test_a_party_of_another_trade_is_nobody_where_no_label_says_so() -> None:
    for label, holder in (("Bill to:", None), ("Policy holder:", "Rosewood Cafe Ltd")):
        rows: Rows = [row if row != INVOICE[4] else [(40.0, label)] for row in INVOICE]
        asked = found(rows, FieldSpec(name="policy_holder"), FieldSpec(name="customer_name"))
        assert value(asked, "policy_holder") == holder
        assert value(asked, "customer_name") == "Rosewood Cafe Ltd"
