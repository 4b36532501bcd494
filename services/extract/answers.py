"""All that the engine can say of a document, by concept, computed when asked for."""

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property, partial

from services.extract.calibrate import legibility
from services.extract.candidates.candidate import Candidate
from services.extract.candidates.contacts import find_emails, find_phones, find_urls
from services.extract.finders import Found
from services.extract.finders.dates import DateFinder
from services.extract.finders.identifiers import find_iban, find_number, find_vat_id
from services.extract.finders.money import MoneyFinder
from services.extract.finders.parties import PartyFinder
from services.extract.finders.receipt import (
    find_address,
    find_company,
    find_date,
    find_total,
)
from services.extract.lexicon.currencies import currencies
from services.extract.reading import Reading
from services.extract.sheet import Token
from services.extract.tables import LineItem, find_line_items

_MONEY = ("total_amount", "net_amount", "tax_amount", "amount_due")


class Answers:
    """The concepts of one document. ``is_receipt`` chooses between the two total finders."""

    def __init__(self, reading: Reading, *, is_receipt: bool) -> None:
        self.reading = reading
        self._is_receipt = is_receipt
        self._known: dict[str, Callable[[], Found | None]] = {
            "company": lambda: find_company(reading),
            "address": lambda: find_address(reading),
            "date": self._date,
            "total": self._total,
            "currency": self._currency,
            "invoice_number": lambda: find_number(reading),
            "reference": lambda: find_number(reading, "reference") or find_number(reading),
            "invoice_date": self._issue_date,
            "due_date": self._due_date,
            "supplier_name": self._supplier,
            "customer_name": self._customer,
            "vat_id": lambda: find_vat_id(reading),
            "iban": lambda: find_iban(reading),
            "email": lambda: _first(find_emails(reading.sheet)),
            "phone": lambda: _first(find_phones(reading.sheet, reading.currency)),
            "url": lambda: _first(find_urls(reading.sheet)),
        }
        for concept in _MONEY:
            self._known[concept] = partial(self._sum, concept)

    @property
    def concepts(self) -> frozenset[str]:
        """The concepts that can be asked for."""
        return frozenset(self._known)

    def find(self, concept: str) -> Found | None:
        """The value for ``concept``, ``None`` where the document bears none out."""
        finder = self._known.get(concept)
        return None if finder is None or not self.reading.sheet.tokens else finder()

    @property
    def sums_close(self) -> bool:
        """Whether the net and tax found make the total."""
        return self._money.closes

    @cached_property
    def line_items(self) -> list[LineItem]:
        """The lines of the table whose prices make the net sum or the total."""
        found = [self._money.find(concept) for concept in _MONEY[:2]]
        return find_line_items(self.reading, [abs(Decimal(each.value)) for each in found if each])

    @cached_property
    def _money(self) -> MoneyFinder:
        total = find_total(self.reading) if self._is_receipt else None
        return MoneyFinder(self.reading, None if total is None else abs(Decimal(total.value)))

    @cached_property
    def _dates(self) -> DateFinder:
        return DateFinder(self.reading)

    @cached_property
    def _parties(self) -> PartyFinder:
        return PartyFinder(self.reading)

    def _issue_date(self) -> Found | None:
        return self._dates.issue()

    def _due_date(self) -> Found | None:
        return self._dates.due()

    def _supplier(self) -> Found | None:
        return self._parties.supplier()

    def _customer(self) -> Found | None:
        return self._parties.customer()

    def _sum(self, concept: str) -> Found | None:
        return self._money.find(concept)

    def _total(self) -> Found | None:
        return find_total(self.reading) if self._is_receipt else self._money.find("total_amount")

    def _date(self) -> Found | None:
        return find_date(self.reading) if self._is_receipt else self._dates.issue()

    def _currency(self) -> Found | None:
        votes = self.reading.currency_votes
        if not votes:
            return None
        code, count = votes.most_common(1)[0]
        share = count / sum(votes.values())
        places = [
            candidate
            for candidate in self.reading.numbers
            if f"currency:{code}" in candidate.traits
        ]
        tokens = places[0].tokens if places else self._tokens_naming(code)
        raw = " ".join(token.text for token in tokens)
        return Found(code, raw or code, 0.6 + 0.38 * share, tokens)

    def _tokens_naming(self, code: str) -> list[Token]:
        known = currencies()
        return [t for t in self.reading.sheet.tokens if known.find(t.text) == code][:1]


def _first(candidates: list[Candidate]) -> Found | None:
    if not candidates:
        return None
    best = candidates[0]
    return Found(best.value, best.raw, 0.9 * legibility(best.tokens), best.tokens)
