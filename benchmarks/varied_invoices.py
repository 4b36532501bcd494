"""Invoices made by code that are less kind than ``benchmarks.made_invoices``.

What real ones do and those do not: the supplier stands in a logo that no text layer has, on two
lines, without a legal form, under a trade name, or only in the foot; banks, groups and carriers
have names too; numbers of orders and of other invoices stand beside the own; sums go by two
rates, include the tax, or have none; sentences hold numbers, dates and sums. Fields that a page
does not state are absent from its answer: whatever is found for them is wrong.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from benchmarks.dataset import Document
from benchmarks.invoice_texts import texts
from benchmarks.made_invoices import Cell, Facts, printed_day
from benchmarks.varied_tables import sums_of, table_of
from benchmarks.varied_texts import varied_texts

SEED = 29
_MAY_BE_ABSENT = (
    "supplier_name", "customer_name", "invoice_number", "invoice_date", "due_date", "currency",
    "net_amount", "tax_amount", "vat_id",
)  # fmt: skip
_TITLE, _TABLE = 245.0, 375.0  # where they begin on most
_PARTIES_LOWER, _TITLE_HIGHER = 125.0, 208.0
_TITLE_FIRST = 0.3
_WITHOUT = 0.12
"""The share of labelled heads that lack the number or the date."""
_ISSUED_FROM = date(2021, 1, 1)


def varied_invoices(count: int, odd: float = 0.0) -> Iterator[tuple[Document, list[Cell]]]:
    """``count`` invoices with the cells of their page; ``set`` names the layout.

    ``odd`` is the share of labels that tell nothing.
    """
    for number in range(count):
        chance = random.Random(f"{SEED}-{number}")  # noqa: S311 (no secret)
        languages = texts().languages
        facts = Facts(languages[number % len(languages)], chance, odd)
        page = _Page(facts)
        layout, cells = page.laid_out()
        if random.Random(f"{SEED}-{number}-order").random() < _TITLE_FIRST:  # noqa: S311
            layout, cells = f"{layout}-title_first", [_title_first(cell) for cell in cells]
        facts.fields.setdefault("amount_due", facts.fields["total_amount"])
        facts.fields |= {it: None for it in _MAY_BE_ABSENT if it not in facts.fields}
        name = f"varied-{facts.language.code}-{number}"
        yield Document(name, f"varied-{layout}", page.kind, facts.fields, None, {}), cells


def _title_first(cell: Cell) -> Cell:
    """``cell`` where title, numbers and dates stand above both parties."""
    if cell.y >= _TABLE:
        return cell
    return replace(cell, y=cell.y + (_PARTIES_LOWER if cell.y < _TITLE else -_TITLE_HIGHER))


class _Page:
    """One invoice while it is made."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.chance, self.said = facts, facts.chance, facts.language
        self.more = varied_texts().languages[self.said.code]
        self.names = [*texts().names, *varied_texts().names]
        self.domain, self.kind = "", "invoice"
        self.foot: list[str] = []

    def laid_out(self) -> tuple[str, list[Cell]]:
        """The name of the layout, and its cells."""
        chance, facts = self.chance, self.facts
        facts.issued = _ISSUED_FROM + timedelta(days=chance.randint(0, 1800))
        identity = chance.choice(
            [
                "head",
                "head",
                "labelled",
                "form",
                "two_lines",
                "sender",
                "foot",
                "bare",
                "brand",
                "absent",
            ]
        )
        cells = self._form() if identity == "form" else self._supplier(identity) + self._customer()
        meta = chance.choice(["columns", "colon", "above", "title", "letter"])
        cells += self._meta(meta)
        y, lines = table_of(facts, self.more, 380.0)
        cells += lines
        sums = chance.choice(["plain", "plain", "rates", "included", "untaxed"])
        y, lines = sums_of(facts, self.more, sums, y + 22)
        cells += lines
        cells += self._foot(y + 24)
        return f"{identity}-{meta}-{sums}", cells

    def _company(self) -> str:
        name = self.chance.choice(self.names)
        trade = f" {self.facts.pick(varied_texts().trades)}" if self.chance.random() < 0.4 else ""
        return f"{name}{trade}"

    def _supplier(self, identity: str) -> list[Cell]:
        chance, said = self.chance, self.said
        stem, legal = self._company(), self.facts.pick(said.legal)
        whole = f"{stem} {legal}"
        self.domain = "".join(c for c in stem.lower() if c.isascii() and c.isalnum())[:18]
        street, town = self._address()
        x = chance.choice([50.0, 50.0, 230.0, 360.0])
        size = chance.choice([9.0, 10.0, 13.0, 18.0])
        lines = [Cell(x, 58, whole, size)]
        truth: str | None = whole
        sender = chance.random() < 0.35
        if identity == "two_lines":
            first, _, rest = whole.partition(" ")
            lines = [Cell(x, 46, first, size), Cell(x, 46 + 1.3 * size, rest, size)]
        elif identity == "bare":
            truth = f"{chance.choice(self.names)} {self.facts.pick(varied_texts().trades)}"
            lines, whole = [Cell(x, 58, truth, size)], truth
            self.foot.append(self.more.owner.format(name=self.facts.pick(texts().people)))
        elif identity == "brand":
            # Which of the two is asked for differs from one who labels to the other.
            truth = whole if chance.random() < 0.75 else stem
            lines = [Cell(x, 58, stem, size)]
            self.foot.append(whole)
        elif identity == "labelled":
            lines.insert(0, Cell(x, 46, self.facts.label(self.more.seller), 8.0))
        elif identity in {"sender", "foot", "absent"}:
            lines = []
            sender = identity == "sender"
            self.foot += [whole] if identity == "foot" else []
            truth = None if identity == "absent" else whole
        if truth is not None:
            self.facts.fields["supplier_name"] = truth
        if identity not in {"foot", "absent"} and chance.random() < 0.3:
            self.foot.append(whole)
        lines += self._around(x, street, town)
        if sender and identity != "absent":
            mark = chance.choice([" · ", ", ", " - ", " | ", " * "])
            lines.append(Cell(50, 138, mark.join([whole, street, town]), 6.5))
        return lines

    def _form(self) -> list[Cell]:
        """Both parties as blocks of labels and values."""
        chance, said = self.chance, self.said
        cells: list[Cell] = []
        wide = chance.choice([70.0, 130.0])
        for at, labels in enumerate((self.more.seller, said.customer)):
            name = f"{self._company()} {self.facts.pick(said.legal)}"
            if at and chance.random() < 0.4:
                name = self.facts.pick(texts().people)
            self.facts.fields[("supplier_name", "customer_name")[at]] = name
            person = self.facts.pick(texts().people)
            rows = [(self.more.name, name), (self.more.contact, person)][: chance.randint(1, 2)]
            rows += [(self.more.address, self._address()[0]), ("", self.facts.pick(said.towns))]
            x, y = (50.0, 60.0 + 80 * at) if wide > 100 else (50.0 + 270 * at, 90.0)
            cells.append(Cell(x, y, self.facts.label(labels), 10.0))
            for row, (label, value) in enumerate(rows, start=1):
                cells += [Cell(x, y + 13 * row, f"{label}:")] if label else []
                cells.append(Cell(x + wide, y + 13 * row, value))
        return [cell for cell in cells if cell.text]

    def _around(self, x: float, street: str, town: str) -> list[Cell]:
        """What stands below the supplier's name."""
        chance = self.chance
        lines = [street, town] if chance.random() < 0.8 else []
        if chance.random() < 0.2:
            lines.insert(0, self.more.slogan)
        if chance.random() < 0.15:
            lines.insert(0, self.more.group.format(name=chance.choice(self.names)))
        if chance.random() < 0.5:
            number = f"{chance.randint(30, 49)} {chance.randint(100, 999)}"
            lines.append(f"{self.more.phone} +{number} {chance.randint(10000, 99999)}")
        if chance.random() < 0.45:
            lines.append(
                chance.choice([f"info@{self.domain}.example", f"www.{self.domain}.example"])
            )
        return [Cell(x, 80 + 11 * at, text, 8.0) for at, text in enumerate(lines[:5])]

    def _address(self) -> tuple[str, str]:
        street = f"{self.facts.pick(self.said.streets)} {self.chance.randint(1, 99)}"
        return street, self.facts.pick(self.said.towns)

    def _customer(self) -> list[Cell]:
        chance, said, facts = self.chance, self.said, self.facts
        kind = chance.choice(["company", "company", "company", "person", "bare", "absent"])
        if kind == "absent":
            return []
        buyer = {
            "person": facts.pick(texts().people),
            "bare": self._company(),
        }.get(kind, f"{self._company()} {facts.pick(said.legal)}")
        facts.fields["customer_name"] = buyer
        label = facts.label(said.customer)
        lines = [f"{label}{chance.choice(['', ':'])}"] if label else []
        lines.append(buyer)
        if kind == "company" and chance.random() < 0.3:
            person = facts.pick(texts().people)
            lines.append(
                self.more.attention.format(name=person) if chance.random() < 0.6 else person
            )
        lines += list(self._address())
        if chance.random() < 0.25:
            digits = "".join(str(chance.randint(0, 9)) for _ in range(9))
            lines.append(f"{self.more.customer_vat} {said.country}{digits}")
        x = 50.0 if chance.random() < 0.7 else 340.0
        cells = [Cell(x, 155 + 13 * at, text) for at, text in enumerate(lines)]
        if x == 50 and chance.random() < 0.3:
            other = (
                buyer if chance.random() < 0.4 else f"{self._company()} {facts.pick(said.legal)}"
            )
            beside = [said.delivery[0], other, *self._address()]
            cells += [Cell(230, 155 + 13 * at, text) for at, text in enumerate(beside)]
        return cells

    def _meta(self, way: str) -> list[Cell]:
        """Title, numbers and dates, those of other papers among them."""
        chance, said, facts = self.chance, self.said, self.facts
        form, number = facts.pick(said.day), self._number()
        issued = printed_day(facts.issued, form, said.months)
        facts.fields |= {"invoice_number": number, "invoice_date": facts.issued.isoformat()}
        credit = chance.random() < 0.08
        title = facts.pick(self.more.credit if credit else said.title)
        rows = self._rivals(form)
        own: list[tuple[str, str]] = []
        if way == "title":
            title = self.more.in_title.format(title=title, number=number, date=issued)
        elif way == "letter":
            title = self.more.title_only.format(title=title, number=number)
        else:
            own = [(facts.label(said.number), number), (facts.label(said.date), issued)]
            if chance.random() < _WITHOUT:
                del own[(lost := chance.randint(0, 1))]
                del facts.fields[("invoice_number", "invoice_date")[lost]]
        if credit:
            self.kind = "credit_note"
            rows.append((self.more.linked, self._number()))
        if chance.random() < 0.5:
            due = facts.issued + timedelta(days=chance.choice([0, 7, 14, 30, 60]))
            own.append((facts.label(said.due), printed_day(due, form, said.months)))
            facts.fields["due_date"] = due.isoformat()
        rows = rows + own if chance.random() < 0.4 else own + rows
        cells = [Cell(50, 250, title, chance.choice([11.0, 14.0, 18.0]))]
        if way == "letter":
            town = facts.pick(said.towns).split()[-1]
            cells.append(Cell(380, 250, self.more.place.format(town=town, date=issued)))
        return cells + self._placed(rows, way)

    def _rivals(self, form: str) -> list[tuple[str, str]]:
        """Numbers and dates of other things, with their labels."""
        chance, said = self.chance, self.said
        rows: list[tuple[str, str]] = []
        if chance.random() < 0.5:
            rows.append((self.facts.pick(said.customer_number), str(chance.randint(1000, 99999))))
        others = [label for label in self.more.rivals if chance.random() < 0.25]
        rows += [(label, self._number()) for label in others]
        other = self.facts.issued - timedelta(days=chance.randint(0, 30))
        day = printed_day(other, form, said.months)
        if chance.random() < 0.3:
            rows += [(said.order[0], self._number()), (said.order[1], day)][: chance.randint(1, 2)]
        if chance.random() < 0.35:
            rows.append((self.more.delivered, day))
        if chance.random() < 0.2:
            rows.append((self.more.contact, self.facts.pick(texts().people)))
        chance.shuffle(rows)
        return rows[:6]

    def _number(self) -> str:
        draw, year = self.chance.randint, self.facts.issued.year
        return self.chance.choice(
            [f"{year}-{draw(100, 9999)}", f"RE{draw(10000, 99999)}", f"{draw(1000, 99999999)}",
             f"{draw(1, 999)}/{year}", f"INV/{year}/{draw(1, 999):03}", f"F-{draw(10, 999)}",
             f"{year}{draw(100000, 999999)}", f"A{draw(10, 99)}-{draw(100, 999)}"]
        )  # fmt: skip

    def _placed(self, rows: list[tuple[str, str]], way: str) -> list[Cell]:
        if way == "above":
            return [
                Cell(50 + 128 * (at % 4), 278 + 34 * (at // 4) + 13 * below, text, 8.5)
                for at, row in enumerate(rows)
                for below, text in enumerate(row)
            ]
        x = self.chance.choice([50.0, 320.0])
        if way == "colon":
            return [Cell(x, 268 + 13 * at, ": ".join(row)) for at, row in enumerate(rows)]
        return [
            Cell(x + 125 * right, 268 + 13 * at, text)
            for at, row in enumerate(rows)
            for right, text in enumerate(row)
        ]

    def _foot(self, y: float) -> list[Cell]:
        """Sentences, the bank, tax numbers."""
        chance, said, facts = self.chance, self.said, self.facts
        number = facts.fields.get("invoice_number")
        asked = self.more.plea.format(number=number, amount=facts.amount(Decimal("5.00")))
        told = [asked] if number and chance.random() < 0.4 else []
        told += [self.more.terms] if chance.random() < 0.4 else []
        supplier = facts.fields.get("supplier_name")
        if supplier and chance.random() < 0.15:
            told.append(self.more.refusal.format(name=supplier))
        cells = [Cell(50, min(y, 700) + 12 * at, text, 8.0) for at, text in enumerate(told)]
        foot = list(self.foot)
        if chance.random() < 0.75:
            digits = "".join(str(chance.randint(0, 9)) for _ in range(9))
            forms = {"FR": "FR{:.2}{}", "ES": "ESB{:.8}", "IT": "IT{}12", "NL": "NL{}B01",
                     "PL": "PL{}1"}  # fmt: skip
            vat = forms.get(said.country, said.country + "{}").format(digits, digits)
            foot.append(f"{facts.label(said.vat_id)}{chance.choice([':', ''])} {vat}")
            facts.fields["vat_id"] = vat
        if chance.random() < 0.4:
            foot.append(f"{self.more.tax_number} {chance.randint(10**8, 10**9)}")
        if chance.random() < 0.5:
            foot.append(self.more.bank)
        return cells + [
            Cell(50 + 190 * (at % 3), 770 + 11 * (at // 3), text, 7.0)
            for at, text in enumerate(foot)
        ]
