"""What reviews of one layout are worth: values right before, and after 3, 5, 10, 20 of them.

    python -m benchmarks.learning [--reviews 3,5,10,20] [--fresh N] [--tilt DEGREES] [--json FILE]

Draws papers of a layout with labels that the product does not know (``tests/samples/tickets.py``),
as born-digital PDF and as tilted, grainy scans at 200 dpi that engine ``fast`` reads. So many
are reviewed, with every field as a person would set it; values are counted on other papers.
"""

import tempfile
from collections.abc import Callable

import pymupdf
from PIL import Image

from benchmarks.report import Figures, Floor, Report, parser, progress
from services.extract.combining import same
from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from services.extract.lessons import Lessons
from services.extract.memory.learn import Example, learn
from services.extract.reading import Reading
from services.ocr.reader import read_page
from services.ocr.results import ReadOptions
from shared.models.extraction import Field, Fields
from shared.models.page import Page
from shared.models.schema import Schema
from tests.samples.pages import encoded, noisy, tilted
from tests.samples.tickets import TYPE, Ticket, ticket_pdf, tickets

DPI = 200
SCHEMA = Schema.model_validate(TYPE)
Draw = Callable[[Ticket, float], tuple[bytes, str]]


def born_digital(ticket: Ticket, _: float) -> tuple[bytes, str]:
    """The file and its media type."""
    return ticket_pdf(ticket), "application/pdf"


def scanned(ticket: Ticket, tilt: float) -> tuple[bytes, str]:
    """The same, printed and scanned."""
    with pymupdf.open(stream=ticket_pdf(ticket)) as document:
        pixels = document[0].get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY)
    image = Image.frombytes("L", (pixels.width, pixels.height), pixels.samples)
    return encoded(noisy(tilted(image, tilt)), "JPEG", quality=85), "image/jpeg"


def read(content: bytes, media_type: str) -> Page:
    """Its only page."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return read_page(file.name, media_type, 0, ReadOptions(engine="fast"))


def found(page: Page, lessons: Lessons | None) -> Fields:
    """The fields as the product finds them."""
    known = {} if lessons is None else {SCHEMA.name: lessons}
    request = ExtractRequest(
        pages=[page], requested_type=SCHEMA.name, schemas=[SCHEMA], lessons=known
    )
    return extract(request).fields


def right(fields: Fields, ticket: Ticket) -> int:
    """How many of the ticket's values were found."""
    count = 0
    for spec in SCHEMA.fields:
        value = fields.get(spec.name)
        truth = ticket.fields[spec.name]
        count += isinstance(value, Field) and same(spec.type, value.value, truth)
    return count


def measure(
    name: str, draw: Draw, reviews: list[int], fresh: int, tilt: float
) -> list[tuple[str, int, float]]:
    """The share right after so many reviews; none first."""
    drawn = tickets(max(reviews) + fresh, seed=11)
    pages = []
    for number, ticket in enumerate(drawn):
        pages.append(read(*draw(ticket, tilt * (number % 3 - 1))))
        if number % 10 == 9:
            progress(f"{name}: {number + 1} of {len(drawn)} read")
    examples = [
        Example(
            Reading([page]),
            found(page, None),
            {field: Field(value=value) for field, value in ticket.fields.items()},
        )
        for page, ticket in zip(pages, drawn, strict=True)
    ]
    rows = []
    for count in [0, *reviews]:
        lessons = learn(SCHEMA, examples[:count]).lessons if count else None
        others = list(zip(pages, drawn, strict=True))[max(reviews) :]
        hits = sum(right(found(page, lessons), ticket) for page, ticket in others)
        rows.append((name, count, hits / (len(others) * len(SCHEMA.fields))))
    return rows


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--reviews", default="3,5,10,20")
    options.add_argument("--fresh", type=int, default=20)
    options.add_argument("--tilt", type=float, default=0.8, help="degrees of the scans")
    given = options.parse_args()
    reviews = [int(it) for it in given.reviews.split(",")]
    kinds: dict[str, Draw] = {"born digital": born_digital, "scanned": scanned}
    rows = [
        row
        for name, draw in kinds.items()
        for row in measure(name, draw, reviews, given.fresh, given.tilt)
    ]
    figures: list[Figures] = [
        {"papers": name, "reviews": count, "values right": round(share, 3)}
        for name, count, share in rows
    ]
    report = Report(
        "learning", {"fresh papers": given.fresh, "fields": len(SCHEMA.fields)}, figures
    )
    for name in kinds:
        shares = [share for kind, _, share in rows if kind == name]
        gain = round(shares[-1] - shares[0], 3)
        report.floors.append(Floor(f"gain by {reviews[-1]} reviews, {name}", gain, 0.01))
    report.finish(given.json)


if __name__ == "__main__":
    main()
