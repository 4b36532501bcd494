"""Pages made by code for the tests of extraction: words at places, nothing else."""

from services.extract.contract import ExtractRequest
from services.extract.engine import extract
from shared.models.extraction import Field
from shared.models.page import Line, Page, Word

CHARACTER, HEIGHT, PITCH = 6.0, 10.0, 15.0

Cell = tuple[float, str]


def page(
    rows: list[str | list[Cell]], *, width: float = 595.0, number: int = 0, confidence: float = 1.0
) -> Page:
    """A page of ``rows``: a text at the left margin, or texts at their x; ``""`` is a gap."""
    words: list[Word] = []
    lines: list[Line] = []
    for at, row in enumerate(rows):
        y = 40.0 + at * PITCH
        cells = [(40.0, row)] if isinstance(row, str) else row
        for x, text in cells:
            if text:
                words.extend(_words(text, x, y, len(lines), confidence))
                lines.append(
                    Line(text=text, x0=x, y0=y, x1=x + len(text) * CHARACTER, y1=y + HEIGHT)
                )
    return Page(number=number, width=width, height=842.0, words=words, lines=lines)


def _words(text: str, x: float, y: float, line: int, confidence: float) -> list[Word]:
    found, at = [], 0
    for part in text.split(" "):
        if part:
            x0 = x + at * CHARACTER
            x1 = x0 + len(part) * CHARACTER
            found.append(
                Word(text=part, x0=x0, y0=y, x1=x1, y1=y + HEIGHT, line=line, confidence=confidence)
            )
        at += len(part) + 1
    return found


def receipt(total: str = "31.80", *, confidence: float = 1.0) -> Page:
    """A till receipt of a shop that does not exist."""
    rows: list[str | list[Cell]] = [
        [(90.0, "MORNING STAR TRADING SDN BHD")],
        [(110.0, "(1234567-X)")],
        [(90.0, "NO 7, JALAN MERDEKA 3,")],
        [(90.0, "TAMAN INDAH,")],
        [(90.0, "43000 KAJANG, SELANGOR")],
        [(90.0, "TEL : 03-8888 1234")],
        [(120.0, "TAX INVOICE")],
        [(40.0, "BILL NO : 000451"), (220.0, "DATE : 25/03/2018")],
        [(40.0, "CASHIER : 02"), (220.0, "TIME : 15:20")],
        [(40.0, "PENCIL BOX"), (220.0, "2"), (280.0, "20.00")],
        [(40.0, "PAPER A4"), (220.0, "1"), (280.0, "11.80")],
        [(40.0, "TOTAL QTY"), (220.0, "3")],
        [(40.0, "SUBTOTAL"), (280.0, "30.00")],
        [(40.0, "GST 6%"), (286.0, "1.80")],
        [(40.0, "GRAND TOTAL"), (250.0, "RM"), (280.0, total)],
        [(40.0, "CASH"), (280.0, "50.00")],
        [(40.0, "CHANGE"), (280.0, "18.20")],
        "THANK YOU PLEASE COME AGAIN",
    ]
    return page(rows, width=360.0, confidence=confidence)


def values(rows: list[str | list[tuple[float, str]]], kind: str) -> dict[str, object]:
    result = extract(ExtractRequest(pages=[page(rows)]))
    assert result.type is not None
    assert result.type.name == kind
    return {
        name: found.value
        if isinstance(found, Field)
        else [{column: cell.value for column, cell in row.items()} for row in found]
        for name, found in result.fields.items()
    }
