"""Invoices made by code: eight languages, many layouts, each with its true fields.

Every choice of a layout is drawn by itself, so layouts are combinations nobody tuned for. A
document is its cells (texts at places): as a page of words, or as a drawn page for recognition.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stdnum import iban

from benchmarks.dataset import Document
from benchmarks.invoice_texts import Language, texts
from shared.models.page import Line, Page, Word

SEED = 17
WIDTH, HEIGHT = 595.0, 842.0
_CENT = Decimal("0.01")
_LETTER = 0.52  # of the size: a letter's usual width
_At = tuple[float, float]
BAN_LENGTHS = {"GB": 18, "DE": 18, "FR": 23, "ES": 20, "IT": 23, "PT": 21, "NL": 14, "PL": 24}


@dataclass(frozen=True)
class Cell:
    """A text, its left edge and baseline in points, and its size."""

    x: float
    y: float
    text: str
    size: float = 9.0

    @property
    def x1(self) -> float:
        """Its right edge, about."""
        return self.x + len(self.text) * self.size * _LETTER


@dataclass
class Facts:
    """What an invoice says: ``fields`` as answers have them, printed by ``language``.

    ``odd`` is the share of labels that say nothing that anybody could know, or are missing,
    ``odd_heads`` that of the heads of columns, ``bare`` that of tables with texts and prices only.
    """

    language: Language
    chance: random.Random
    odd: float = 0.0
    odd_heads: float = 0.0
    bare: float = 0.0
    fields: dict[str, Any] = field(default_factory=dict)
    issued: date = date(2024, 1, 1)

    def pick(self, choices: tuple[str, ...]) -> str:
        """One of ``choices``."""
        return self.chance.choice(choices)

    def label(self, choices: tuple[str, ...]) -> str:
        """A label: one of ``choices``, or an odd one."""
        found = self.pick(choices)
        return self.pick(texts().odd) if self.chance.random() < self.odd else found

    def heads(self) -> list[str]:
        """Heads for the columns of lines, some odd: drawn apart, so that all else stays."""
        found = [self.pick(names) for names in self.language.columns]
        apart = random.Random(f"{SEED}-{found}")  # noqa: S311 (no secret)
        odd = [apart.choice(texts().odd) for _ in found]
        return [
            (strange if apart.random() < self.odd_heads else head)
            for head, strange in zip(found, odd, strict=True)
        ]

    def amount(self, value: Decimal) -> str:
        """As the language prints it."""
        text = f"{value:,.2f}"
        return text if self.language.decimal == "." else text.translate(str.maketrans(",.", ".,"))


def made_invoices(
    count: int, odd: float = 0.0, odd_heads: float = 0.0, bare: float = 0.0
) -> Iterator[tuple[Document, list[Cell]]]:
    """``count`` invoices with the cells of their one page; ``set`` names the layout."""
    for number in range(count):
        chance = random.Random(f"{SEED}-{number}")  # noqa: S311 (no secret)
        languages = texts().languages
        facts = Facts(languages[number % len(languages)], chance, odd, odd_heads, bare)
        layout, cells = _laid_out(facts)
        name = f"{facts.language.code}-{number}"
        yield Document(name, layout, "invoice", facts.fields, None, {}), cells


def page_of(cells: list[Cell]) -> list[Page]:
    """The cells as a page of words, as a text layer gives them."""
    words: list[Word] = []
    lines: list[Line] = []
    for cell in cells:
        step, at, first = cell.size * _LETTER, 0, len(words)
        top, bottom = cell.y - cell.size * 0.8, cell.y + cell.size * 0.2
        for part in cell.text.split(" "):
            if part:
                left, right = cell.x + at * step, cell.x + (at + len(part)) * step
                word = Word(text=part, x0=left, y0=top, x1=right, y1=bottom, line=len(lines))
                words.append(word)
            at += len(part) + 1
        indexes = list(range(first, len(words)))
        line = Line(text=cell.text, x0=cell.x, y0=top, x1=cell.x1, y1=bottom, words=indexes)
        lines.append(line)
    return [Page(number=0, width=WIDTH, height=HEIGHT, words=words, lines=lines)]


def _laid_out(facts: Facts) -> tuple[str, list[Cell]]:
    chance, said = facts.chance, facts.language
    seller = f"{facts.pick(texts().names)} {facts.pick(said.legal)}"
    buyer = facts.pick(texts().people) if chance.random() < 0.25 else (
        f"{facts.pick(tuple(n for n in texts().names if n not in seller))} {facts.pick(said.legal)}"
    )  # fmt: skip
    facts.fields |= {"supplier_name": seller, "customer_name": buyer, "currency": said.currency}
    head = chance.choice(["left", "right", "centre"])
    meta = chance.choice(["colon", "columns", "above", "plain"])
    sums = chance.choice(["right", "colon", "row"])
    customer_right = head == "left" and chance.random() < 0.3
    cells = _head(facts, seller, head, sender=chance.random() < 0.4)
    cells += _customer(facts, buyer, 330.0 if customer_right else 50.0)
    cells.append(Cell(50, 262, facts.pick(said.title), chance.choice([12.0, 16.0, 20.0])))
    at_right = not customer_right and meta != "above" and chance.random() < 0.6
    cells += _meta(facts, meta, 340.0 if at_right else 50.0, 150.0 if at_right else 285.0)
    y, lines = _table(facts, 360.0)
    cells += lines
    cells += _sums(facts, sums, y + 20)
    cells += _foot(facts, seller)
    return f"{head}-{meta}-{sums}", cells


def _head(facts: Facts, seller: str, place: str, *, sender: bool) -> list[Cell]:
    chance, said = facts.chance, facts.language
    size = chance.choice([9.0, 12.0, 18.0])
    x = {"left": 50.0, "right": 360.0, "centre": 220.0}[place]
    street = f"{facts.pick(said.streets)} {chance.randint(1, 99)}"
    town = facts.pick(said.towns)
    domain = "".join(char for char in seller.split(maxsplit=1)[0].lower() if char.isascii())
    lines = [street, town]
    if chance.random() < 0.6:
        parts = (chance.randint(30, 49), chance.randint(100, 999), chance.randint(10000, 99999))
        lines.append("Tel. +{} {} {}".format(*parts))
    if chance.random() < 0.6:
        lines.append(f"info@{domain}.example")
    cells = [Cell(x, 60, seller, size)] if chance.random() < 0.9 or not sender else []
    cells += [Cell(x, 76 + 12 * at, text) for at, text in enumerate(lines)]
    if sender:
        mark = chance.choice([" · ", ", ", " - ", " | "])
        cells.append(Cell(50, 138, mark.join([seller, street, town]), 6.5))
    return cells


def _customer(facts: Facts, buyer: str, x: float) -> list[Cell]:
    chance, said = facts.chance, facts.language
    label = facts.label(said.customer)
    lines = [f"{label}{chance.choice(['', ':'])}"] if label else []
    lines.append(buyer)
    if chance.random() < 0.2:
        lines.append(facts.pick(texts().people))
    lines += [f"{facts.pick(said.streets)} {chance.randint(1, 99)}", facts.pick(said.towns)]
    cells = [Cell(x, 155 + 13 * at, text) for at, text in enumerate(lines)]
    if label and chance.random() < 0.25:
        label = said.delivery[0]
        other = facts.pick(tuple(name for name in texts().names if name not in buyer))
        delivery = [label, f"{other} {facts.pick(said.legal)}", facts.pick(said.towns)]
        cells += [Cell(x + 140, 155 + 13 * at, text) for at, text in enumerate(delivery)]
    return cells


def _meta(facts: Facts, way: str, x: float, y: float) -> list[Cell]:
    """Numbers and dates, as lines of label and value or as labels over values."""
    chance, said = facts.chance, facts.language
    facts.issued = date(2022, 1, 1) + timedelta(days=chance.randint(0, 1500))
    form = facts.pick(said.day)
    number = chance.choice(
        [f"{facts.issued.year}-{chance.randint(100, 9999)}", f"RE{chance.randint(10000, 99999)}",
         f"{chance.randint(1000, 999999)}", f"INV/{facts.issued.year}/{chance.randint(1, 999):03}"]
    )  # fmt: skip
    rows = [(facts.label(said.number), number)]
    rows.append((facts.label(said.date), printed_day(facts.issued, form, said.months)))
    facts.fields |= {"invoice_number": number, "invoice_date": facts.issued.isoformat()}
    if chance.random() < 0.65:
        due = facts.issued + timedelta(days=chance.choice([7, 14, 30]))
        rows.append((facts.label(said.due), printed_day(due, form, said.months)))
        facts.fields["due_date"] = due.isoformat()
    if chance.random() < 0.5:
        customer = (facts.pick(said.customer_number), str(chance.randint(10000, 99999)))
        rows.insert(chance.randint(0, len(rows)), customer)
    if way != "above" and chance.random() < 0.35:
        ordered = facts.issued - timedelta(days=chance.randint(1, 40))
        order = [(said.order[0], str(chance.randint(100000, 999999)))]
        order.append((said.order[1], printed_day(ordered, form, said.months)))
        at = chance.choice([0, len(rows)])
        rows[at:at] = order[: chance.randint(1, 2)]
    if way == "above":
        return _placed(rows, lambda at: ((50 + 130 * at, y), (50 + 130 * at, y + 13)))
    if way == "columns":
        return _placed(rows, lambda at: ((x, y + 14 * at), (x + 120, y + 14 * at)))
    colon = ":" if way == "colon" else ""
    return [
        Cell(x, y + 14 * at, f"{label}{colon} {value}") for at, (label, value) in enumerate(rows)
    ]


def printed_day(day: date, form: str, months: tuple[str, ...]) -> str:
    """``day`` in the form ``form``, with the language's names of months."""
    return day.strftime(form.replace("%B", months[day.month - 1]))


def _table(facts: Facts, y: float) -> tuple[float, list[Cell]]:
    chance, said = facts.chance, facts.language
    labels = facts.heads()
    order = chance.choice([(0, 1, 2, 3), (1, 0, 2, 3), (0, 2, 1, 3)])
    places = {(0, 1, 2, 3): (75, 320, 390, 480), (1, 0, 2, 3): (75, 130, 390, 480),
              (0, 2, 1, 3): (75, 320, 410, 480)}[order]  # fmt: skip
    x_of = dict(zip(order, places, strict=True))
    numbered = chance.random() < 0.4
    is_bare = random.Random(f"{SEED}-{facts.fields}").random() < facts.bare  # noqa: S311
    shown = (0, 3) if is_bare else order
    cells = [Cell(x_of[at], y, label, 8.5) for at, label in enumerate(labels) if at in shown]
    if numbered:
        cells.append(Cell(50, y, chance.choice(["Pos.", "#", "Pos"]), 8.5))
    items: list[dict[str, str]] = []
    goods = chance.sample(said.goods, chance.randint(1, 6))
    for number, name in enumerate(goods, start=1):
        y += chance.choice([15.0, 18.0])
        count = chance.choice([1, 1, 2, 3, 5, 10, 12])
        price = (Decimal(chance.randint(150, 90000)) / 100).quantize(_CENT)
        texts = [name, str(count), facts.amount(price), facts.amount(price * count)]
        cells += [Cell(x_of[at], y, text) for at, text in enumerate(texts) if at in shown]
        if numbered:
            cells.append(Cell(50, y, str(number)))
        item = {"description": name, "quantity": str(count), "unit_price": f"{price:.2f}",
                "line_total": f"{price * count:.2f}"}  # fmt: skip
        items.append({it: item[it] for it in ("description", "line_total")} if is_bare else item)
    facts.fields["line_items"] = items
    return y, cells


def _sums(facts: Facts, way: str, y: float) -> list[Cell]:
    chance, said = facts.chance, facts.language
    net = sum((Decimal(it["line_total"]) for it in facts.fields["line_items"]), Decimal(0))
    rows: list[tuple[str, Decimal]] = []
    if chance.random() < 0.2:
        freight = Decimal(chance.choice(["4.90", "12.50", "35.00"]))
        rows = [(facts.label(said.net), net), (said.delivery[1], freight)]
        net += freight
    tax = (net * said.rate / 100).quantize(_CENT)
    rows += [(facts.label(said.net), net), (facts.label(said.tax).format(rate=said.rate), tax),
            (facts.label(said.total), net + tax)]  # fmt: skip
    facts.fields |= {"net_amount": f"{net:.2f}", "tax_amount": f"{tax:.2f}",
                     "total_amount": f"{net + tax:.2f}"}  # fmt: skip
    if chance.random() < 0.2:
        paid = ((net + tax) * chance.randint(1, 8) / 10).quantize(_CENT)
        rows += [(facts.label(said.paid), -paid), (facts.label(said.left), net + tax - paid)]
        facts.fields["amount_due"] = f"{net + tax - paid:.2f}"
    sign = {"GBP": "£", "EUR": "€", "PLN": "zł"}[said.currency]
    put: Callable[[Decimal], str] = chance.choice([
        lambda it: f"{facts.amount(it)} {sign}", lambda it: f"{said.currency} {facts.amount(it)}",
        lambda it: f"{facts.amount(it)} {said.currency}", lambda it: f"{sign}{facts.amount(it)}",
    ])  # fmt: skip
    printed = [(label, put(value)) for label, value in rows]
    if way == "row" and len(rows) == 3:
        return _placed(printed, lambda at: ((200 + 130 * at, y), (200 + 130 * at, y + 14)))
    if way == "colon":
        printed = [(f"{label}:", value) for label, value in printed]
    return _placed(printed, lambda at: ((330, y + 15 * at), (480, y + 15 * at)))


def _placed(rows: list[tuple[str, str]], places: Callable[[int], tuple[_At, _At]]) -> list[Cell]:
    """Labels and values, row by row at the two places that ``places`` gives for a row."""
    cells = []
    for at, row in enumerate(rows):
        cells += [Cell(*place, text) for place, text in zip(places(at), row, strict=True)]
    return cells


def _foot(facts: Facts, seller: str) -> list[Cell]:
    chance, said = facts.chance, facts.language
    digits = "".join(str(chance.randint(0, 9)) for _ in range(9))
    forms = {
        "FR": "FR{:.2}{}", "ES": "ESB{:.8}", "IT": "IT{}12", "NL": "NL{}B01", "PL": "PL{}1",
    }  # fmt: skip
    vat = forms.get(said.country, said.country + "{}").format(digits, digits)
    body = "".join(str(chance.randint(0, 9)) for _ in range(BAN_LENGTHS[said.country]))
    body = f"ABNA{body[4:]}" if said.country in {"GB", "NL"} else body
    body = f"X{body[1:]}" if said.country == "IT" else body
    account = f"{said.country}{iban.calc_check_digits(f'{said.country}00{body}')}{body}"
    spaced = " ".join(account[at : at + 4] for at in range(0, len(account), 4))
    parts = []
    if chance.random() < 0.85:
        parts.append(f"{facts.label(said.vat_id)}{chance.choice([':', ''])} {vat}")
        facts.fields["vat_id"] = vat
    if chance.random() < 0.7:
        parts.append(
            f"IBAN{chance.choice([':', ''])} {spaced if chance.random() < 0.7 else account}"
        )
        facts.fields["iban"] = account
    cells = [Cell(50, 690, facts.pick(said.terms))]
    if chance.random() < 0.12:
        aside = Decimal(chance.choice(["25000.00", "50000.00", "100000.00", "12500.50"]))
        cells.append(
            Cell(50, 702, f"{facts.pick(said.aside)} {facts.amount(aside)} {said.currency}", 7)
        )
    if chance.random() < 0.3:
        return cells + [Cell(50 + 250 * at, 790, text, 7) for at, text in enumerate(parts)]
    lead = [seller] if chance.random() < 0.5 else []
    return cells + [Cell(50, 770 + 11 * at, text, 7.5) for at, text in enumerate(lead + parts)]
