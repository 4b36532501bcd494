"""Documents of the built-in types made by code: seven languages, drawn layouts, true fields.

Invoices and receipts have makers of their own (``made_invoices``, ``drawn_receipts``).
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from stdnum import iban

from benchmarks.dataset import Document
from benchmarks.invoice_texts import Language, texts
from benchmarks.made_invoices import BAN_LENGTHS, Cell
from benchmarks.type_pages import Content, Layout, Pair, amount, laid_out

SEED = 29
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl")
_FIRST_UNTOUCHED = 501  # odd; of 1 to 23 and 301 to 323 errors were looked at
_FILE = Path(__file__).with_name("type_texts.json")


@dataclass
class Facts:
    """One document: whose words it has, what is drawn for it, and its true fields."""

    kind: str
    language: Language
    layout: Layout
    chance: random.Random
    fields: dict[str, object] = field(default_factory=dict)

    def said(self, name: str) -> str:
        """The label ``name`` in the words of this layout."""
        choices = _labels()[self.kind][name][self.language.code]
        return choices[self.layout.is_untouched % len(choices)]

    def all_said(self, name: str) -> list[str]:
        """All texts of ``name``."""
        return _labels()[self.kind][name][self.language.code]

    def company(self) -> str:
        """A company's name with its form."""
        return f"{self.chance.choice(texts().names)} {self.chance.choice(self.language.legal)}"

    def person(self) -> str:
        """A person's name."""
        return self.chance.choice(texts().people)

    def address(self) -> list[str]:
        """Street and town."""
        street = self.chance.choice(self.language.streets)
        return [f"{street} {self.chance.randint(1, 99)}", self.chance.choice(self.language.towns)]

    def day(self, first: date = date(2022, 1, 1), span: int = 1500) -> date:
        """A day."""
        return first + timedelta(days=self.chance.randint(0, span))

    def printed(self, day: date) -> str:
        """As this layout prints days."""
        form = self.language.day[self.layout.way % len(self.language.day)]
        return day.strftime(form.replace("%B", self.language.months[day.month - 1]))

    def short(self, day: date) -> str:
        """In digits, as in tables."""
        return day.strftime(self.language.day[0])

    def money(self, low: int, high: int) -> Decimal:
        """A sum between two numbers of cents."""
        return Decimal(self.chance.randint(low, high)) / 100

    def put(self, value: Decimal, sign: str = "") -> str:
        """A sum as printed, with the layout's way of naming the currency."""
        text = f"{sign}{amount(value, self.language)}"
        return f"{text} {self.language.currency}" if self.layout.way % 3 == 0 else text

    def number(self, forms: str) -> str:
        """A number in one of ``forms``: # is a digit, @ a letter."""
        form = self.chance.choice(forms.split("|"))
        letters = "ABCDEFGHKLMNPRSTUVWXYZ"
        made = {
            "#": lambda: str(self.chance.randint(0, 9)),
            "@": lambda: self.chance.choice(letters),
        }
        return "".join(made[char]() if char in made else char for char in form)

    def account(self) -> tuple[str, str]:
        """An account in IBAN form, plain and as printed."""
        country = self.language.country
        body = "".join(str(self.chance.randint(0, 9)) for _ in range(BAN_LENGTHS[country]))
        body = f"ABNA{body[4:]}" if country in {"GB", "NL"} else body
        body = f"X{body[1:]}" if country == "IT" else body
        plain = f"{country}{iban.calc_check_digits(f'{country}00{body}')}{body}"
        return plain, " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))

    def keep(self, **values: object) -> None:
        """True values; days become ISO dates, sums decimal strings."""
        for name, value in values.items():
            if isinstance(value, date):
                self.fields[name] = value.isoformat()
            else:
                self.fields[name] = f"{value:.2f}" if isinstance(value, Decimal) else value

    def period(self, start: date, end: date) -> str:
        """Two days as printed."""
        self.keep(period_start=start, period_end=end)
        return f"{self.printed(start)} {self.said('to')} {self.printed(end)}"

    def metas(self, pairs: list[tuple[str, str]]) -> list[Pair]:
        """Labels by name with their values, in an order that the layout has."""
        order = random.Random(f"order-{self.kind}-{self.layout.number}")  # noqa: S311 (no secret)
        shuffled = list(pairs)
        if self.layout.way % 2:
            order.shuffle(shuffled)
        return [(self.said(name), value) for name, value in shuffled]


Maker = Callable[[Facts], Content]


def made_documents(
    kind: str, maker: Maker, layouts: int, *, untouched: bool
) -> Iterator[tuple[Document, list[Cell]]]:
    """A document of each language in each of ``layouts`` layouts; ``set`` names the layout."""
    for place in range(layouts):
        layout = Layout(kind, 2 * place + untouched * _FIRST_UNTOUCHED)
        for code in LANGUAGES:
            chance = random.Random(f"{SEED}-{kind}-{layout.number}-{code}")  # noqa: S311
            facts = Facts(kind, _language(code), layout, chance)
            content = maker(facts)
            name = f"{code}-{layout.number}"
            yield (
                Document(name, f"{kind}-{layout.number}", kind, facts.fields, None, {}),
                laid_out(content, layout),
            )


@cache
def _language(code: str) -> Language:
    return next(it for it in texts().languages if it.code == code)


@cache
def _labels() -> dict[str, dict[str, dict[str, list[str]]]]:
    found: dict[str, dict[str, dict[str, list[str]]]] = json.loads(_FILE.read_bytes())
    return found
