"""Tables of lines and blocks of sums for ``benchmarks.varied_invoices``."""

from collections.abc import Callable
from decimal import Decimal

from benchmarks.invoice_texts import Phrases
from benchmarks.made_invoices import Cell, Facts
from benchmarks.varied_texts import Wording

_CENT = Decimal("0.01")
_RIGHT = 545.0
_LETTER = 0.52
_SIZE = 8.5
_SIGNS = {"GBP": "£", "EUR": "€", "PLN": "zł"}
Column = tuple[str, float]


def table_of(facts: Facts, more: Wording, y: float) -> tuple[float, list[Cell]]:
    """Where the table that begins at ``y`` ends, and its cells; its lines become the answer's."""
    chance, said = facts.chance, facts.language
    heads = facts.heads()
    named = dict(zip(("description", "quantity", "unit_price", "line_total"), heads, strict=True))
    named |= {"article": more.article, "rate": more.rate, "discount": more.discount}
    columns = _columns(facts)
    cells = [_cell(column, y, named[column[0]]) for column in columns]
    wraps, units = chance.random() < 0.3, chance.random() < 0.3
    items: list[dict[str, str]] = []
    for name in chance.sample(said.goods, chance.randint(1, 7)):
        y += chance.choice([14.0, 17.0])
        printed, item = _line(facts, name, more.unit if units else ("",))
        cells += [_cell(column, y, printed[column[0]]) for column in columns]
        if wraps and chance.random() < 0.6:
            y += 11.0
            left = next(x for name, x in columns if name == "description")
            day = facts.issued.strftime(said.day[0].replace("%B", "%m"))
            # A remark below: no part of the name, as what did not fit its column would be.
            cells.append(Cell(left, y, more.note.format(date=day), 7.5))
        stated = {name for name, _ in columns}
        items.append({key: value for key, value in item.items() if key in stated})
    facts.fields["line_items"] = items
    return y, cells


def _line(facts: Facts, name: str, units: Phrases) -> tuple[dict[str, str], dict[str, str]]:
    """What is printed of one line, by column, and what it says."""
    chance = facts.chance
    count = Decimal(chance.choice(["1", "1", "2", "3", "5", "8", "12", "0.5", "2.5"]))
    price = Decimal(chance.randint(90, 60000)) / 100
    total = (count * price).quantize(_CENT)
    printed = {
        "article": str(chance.randint(1000, 99999)),
        "description": name,
        "quantity": f"{_count(facts, count)} {facts.pick(units)}".strip(),
        "unit_price": facts.amount(price),
        "rate": f"{facts.language.rate}%",
        "discount": "0%",
        "line_total": facts.amount(total),
    }
    item = {"description": name, "quantity": str(count), "unit_price": f"{price:.2f}",
            "line_total": f"{total:.2f}"}  # fmt: skip
    return printed, item


def sums_of(facts: Facts, more: Wording, way: str, y: float) -> tuple[float, list[Cell]]:
    """Where the sums that begin at ``y`` end, and their cells.

    ``way`` is ``plain``, ``rates`` (two of them), ``included`` or ``untaxed``.
    """
    chance, said = facts.chance, facts.language
    lines = sum((Decimal(it["line_total"]) for it in facts.fields["line_items"]), Decimal(0))
    rows: list[tuple[str, Decimal]] = []
    net = lines
    if way in {"plain", "rates"} and chance.random() < 0.3:
        other = Decimal(chance.choice(["4.90", "12.50", "-10.00", "-5.25"]))
        rows = [(facts.label(said.net), lines)]
        rows.append((said.delivery[1] if other > 0 else more.discount, other))
        net = max(lines + other, Decimal("1.00"))
        rows = rows if net == lines + other else []
        net = net if rows else lines
    total = _taxed(facts, way, net, rows)
    tail: list[str] = [more.no_tax] if way == "untaxed" else []
    if chance.random() < 0.15:
        paid = (total * chance.randint(1, 9) / 10).quantize(_CENT)
        sign = chance.choice([1, -1])
        rows += [(facts.label(said.paid), sign * paid), (facts.label(said.left), total - paid)]
        facts.fields["amount_due"] = f"{total - paid:.2f}"
    cells = _block(facts, rows, y)
    y += 14 * len(rows)
    cells += [Cell(50, y + 12 * at, text, 8.0) for at, text in enumerate(tail)]
    return y + 12 * len(tail), cells


def _taxed(facts: Facts, way: str, net: Decimal, rows: list[tuple[str, Decimal]]) -> Decimal:
    """Adds net, tax and total as ``way`` prints them; the total."""
    said, fields = facts.language, facts.fields
    if way == "untaxed":
        rows.append((facts.label(said.total), net))
        fields["total_amount"] = f"{net:.2f}"
        return net
    if way == "included":
        tax = (net - net * 100 / (100 + said.rate)).quantize(_CENT)
        rows.append((facts.label(said.total), net))
        rows.append((facts.label(said.tax).format(rate=said.rate), tax))
        fields |= {"total_amount": f"{net:.2f}", "tax_amount": f"{tax:.2f}"}
        return net
    rows.append((facts.label(said.net), net))
    rates = [(said.rate, net)]
    if way == "rates":
        part = (net * facts.chance.randint(2, 8) / 10).quantize(_CENT)
        rates = [(said.rate, net - part), (said.rate // 2 - 2, part)]
    taxes = [(base * rate / 100).quantize(_CENT) for rate, base in rates]
    for (rate, _), tax in zip(rates, taxes, strict=True):
        # Only a label that names its rate tells two of them apart.
        named = said.tax[0].format(rate=rate) if len(rates) > 1 else None
        rows.append((named or facts.label(said.tax).format(rate=rate), tax))
    total = net + sum(taxes, Decimal(0))
    rows.append((facts.label(said.total), total))
    fields |= {"net_amount": f"{net:.2f}", "total_amount": f"{total:.2f}"}
    fields["tax_amount"] = f"{total - net:.2f}"  # of both rates
    return total


def _block(facts: Facts, rows: list[tuple[str, Decimal]], y: float) -> list[Cell]:
    said, chance = facts.language, facts.chance
    sign = _SIGNS[said.currency]
    plain: Callable[[Decimal], str] = facts.amount
    put: Callable[[Decimal], str] = chance.choice([
        lambda it: f"{facts.amount(it)} {sign}", lambda it: f"{said.currency} {facts.amount(it)}",
        plain, lambda it: f"{sign}{facts.amount(it)}",
    ])  # fmt: skip
    if put is not plain:
        facts.fields["currency"] = said.currency
    colon = chance.choice(["", ":"])
    x = chance.choice([300.0, 340.0, 50.0])
    edge = _RIGHT if x > 100 else 260.0
    cells: list[Cell] = []
    for at, (label, value) in enumerate(rows):
        text = put(value)
        cells.append(Cell(x, y + 14 * at, f"{label}{colon}" if label else "", _SIZE))
        cells.append(Cell(edge - len(text) * _SIZE * _LETTER, y + 14 * at, text, _SIZE))
    return [cell for cell in cells if cell.text]


def _columns(facts: Facts) -> list[Column]:
    """The columns of a table with their left, or for numbers their right edges."""
    chance = facts.chance
    names = ["description", "quantity", "unit_price", "line_total"]
    if chance.random() < 0.1:
        names.remove("unit_price")
    if chance.random() < 0.35:
        names.insert(0, "article")
    if chance.random() < 0.25:
        names.remove("quantity")
        names.insert(0, "quantity")
    for extra in ("rate", "discount"):
        if chance.random() < 0.25:
            names.insert(len(names) - 1, extra)
    wide = 495.0 - 62.0 * (len(names) - 1)
    columns, x = [], 50.0
    for name in names:
        width = wide if name == "description" else 62.0
        is_text = name in {"description", "article"} or (name == "quantity" and x == 50)
        columns.append((name, x if is_text else -(x + width)))
        x += width
    return columns


def _cell(column: Column, y: float, text: str) -> Cell:
    """A cell of a column; those with a right edge end there."""
    x = column[1]
    return Cell(x if x >= 0 else -x - len(text) * _SIZE * _LETTER, y, text, _SIZE)


def _count(facts: Facts, count: Decimal) -> str:
    text = str(count)
    return text if facts.language.decimal == "." else text.replace(".", ",")
