"""Papers of one unusual layout: labels that no lexicon knows, and a value without any label."""

import random
from dataclasses import dataclass
from datetime import date

import pymupdf

from tests.samples.invoices import put

AGENCY = "Municipal Survey Board"
TYPE = {
    "name": "well_ticket",
    "fields": [
        {"name": "case_code", "type": "identifier", "required": True},
        {"name": "site", "type": "address", "required": True},
        {"name": "inspector", "type": "name", "required": True},
        {"name": "seen_on", "type": "date", "required": True},
        {"name": "fee", "type": "amount", "required": True},
        {"name": "agency", "type": "name", "required": True},
    ],
}
_NAMES = ("Ana Gray", "Bo Lindt", "Carla Roth", "Dieter Voss", "Emma Quill", "Finn Mayer")
_STREETS, _TOWNS = ("Oak Road", "Elm Street", "Pine Lane"), ("Ulm", "Bonn", "Kiel")


@dataclass(frozen=True)
class Ticket:
    """What one says; ``others`` are a date and sums that are something else."""

    fields: dict[str, str]
    others: tuple[date, tuple[str, ...]]


def tickets(count: int, seed: int = 5) -> list[Ticket]:
    """So many, none like another."""
    chance = random.Random(seed)
    return [_ticket(chance) for _ in range(count)]


def _ticket(chance: random.Random) -> Ticket:
    town = f"{chance.randint(10_000, 99_999)} {chance.choice(_TOWNS)}"
    seen, other = (date(2025, chance.randint(1, 12), chance.randint(13, 28)) for _ in range(2))
    sums = tuple(f"{chance.uniform(1, 99):.2f}" for _ in range(chance.randint(1, 6)))
    fields = {
        "case_code": f"K{chance.randint(100, 999)}-{chance.randint(10, 99)}",
        "site": f"{chance.choice(_STREETS)} {chance.randint(1, 99)} {town}",
        "inspector": chance.choice(_NAMES),
        "seen_on": seen.isoformat(),
        "fee": f"{chance.uniform(20, 900):.2f}",
        "agency": AGENCY,
    }
    return Ticket(fields, (other, sums))


def ticket_pdf(ticket: Ticket) -> bytes:
    """One page with a text layer; the rows above the fee differ in number."""
    document = pymupdf.open()
    page = document.new_page()
    fields, (other, sums) = ticket.fields, ticket.others
    street, town = fields["site"].rsplit(" ", 2)[0], " ".join(fields["site"].rsplit(" ", 2)[1:])
    put(page, 60, 60, AGENCY)
    put(page, 60, 80, "District bureau for wells and cisterns")
    for y, text in zip((140, 154, 168), ("Object", street, town), strict=True):
        put(page, 60, y, text)
    right = {"Mark": fields["case_code"], "Visit": _written(fields["seen_on"])}
    right["Also"] = _written(other.isoformat())
    for row, (label, text) in enumerate(right.items()):
        put(page, 330, 140 + 16 * row, label)
        put(page, 420, 140 + 16 * row, text)
    y = 230.0
    for row, amount in enumerate(sums):
        put(page, 60, y, f"Well {row + 3} checked, depth {4 * row + 7} m")
        put(page, 480, y, amount)
        y += 16
    cells = {60: "Carried out by", 200: fields["inspector"], 380: "To settle", 480: fields["fee"]}
    for x, text in cells.items():
        put(page, x, y + 20, text)
    put(page, 60, 760, "Form 27b of the well ordinance, keep with your papers")
    content: bytes = document.tobytes()
    document.close()
    return content


def _written(day: str) -> str:
    return date.fromisoformat(day).strftime("%d.%m.%Y")
