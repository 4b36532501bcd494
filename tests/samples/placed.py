"""Papers whose words are put where forms and programs put them, two of each.

A word stands at a point in points from the upper left, by its left edge or, as ``Right``, by its
right one.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pymupdf

FONT, SIZE = "helv", 9.5


class Left(NamedTuple):
    """Text by its left edge on a base line."""

    x: float
    y: float
    text: str
    size: float = SIZE


class Right(NamedTuple):
    """Text by its right edge on a base line."""

    x: float
    y: float
    text: str
    size: float = SIZE


Text = Left | Right


def placed(texts: Sequence[Text]) -> bytes:
    """A page with a text layer."""
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for it in texts:
            width = pymupdf.get_text_length(it.text, FONT, it.size)
            x = it.x - width if isinstance(it, Right) else it.x
            page.insert_text((x, it.y), it.text, fontname=FONT, fontsize=it.size)
        content: bytes = pdf.tobytes()
    return content


def _row(y: float, edges: Sequence[float], words: Sequence[str], right: int) -> Iterator[Text]:
    """Words at ``edges``, those from the one numbered ``right`` on by their right edge."""
    for at, (x, word) in enumerate(zip(edges, words, strict=True)):
        if word:
            yield Right(x, y, word) if at >= right else Left(x, y, word)


def earnings(which: int) -> list[Text]:
    """Small labels above values; sums below tables, the last far from its label."""
    name, day, lines, gross, tax, net = (
        ("Maria L. Ortega", "03/20/2026", ("1,960.00", "220.50"), "2,180.50", "516.94", "1,663.56"),
        ("Dwayne Fisher", "04/05/2026", ("1,444.00", "152.00"), "1,596.00", "301.67", "1,294.33"),
    )[which]
    edges = (50, 340, 441, 541)
    heads = ("Earnings", "Hours", "This Period", "Year to Date")
    texts: list[Text] = [Left(423, 55, "Earnings Statement", 13)]
    texts += [Left(53, 98, "Employee Name", 6.5), Left(53, 111, name)]
    texts += [Left(213, 98, "Pay Date", 6.5), Left(213, 111, day)]
    texts += _row(175, edges, heads, 1)
    texts += _row(189, edges, ("Regular", "80.00", lines[0], "9,800.00"), 1)
    texts += _row(203, edges, ("Overtime", "6.00", lines[1], "661.50"), 1)
    texts += _row(219, edges, ("Gross Pay", "", gross, ""), 1)
    texts += _row(260, edges, ("Total Deductions", "", tax, ""), 1)
    return [*texts, Left(56, 300, "Net Pay", 12), Right(539, 300, f"${net}", 12)]


def delivery(which: int) -> list[Text]:
    """Spanish; columns wider than their heads, which stand left over numbers that stand right."""
    number, order, lines = (
        ("A26/00871", "PC-5512", [("1010", "Anchoa", "6", "144"), ("1022", "Bonito", "4", "96")]),
        ("A26/00902", "PC-5540", [("1010", "Anchoa", "12", "288"), ("1407", "Rape", "8", "192")]),
    )[which]
    texts: list[Text] = [Left(50, 55, "ALBARÁN", 15)]
    texts += [Left(53, 93, "Nº albarán", 6.5), Left(53, 106, number)]
    texts += [Left(273, 93, "Nº pedido", 6.5), Left(273, 106, order)]
    texts += _row(205, (53, 123, 333, 403), ("Ref.", "Descripción", "Cajas", "Uds."), 4)
    for at, line in enumerate(lines):
        texts += _row(221 + 16 * at, (53, 123, 396, 466), line, 2)
    return texts


def statement(which: int) -> list[Text]:
    """German; the longest label nearly touches its value; days without a year."""
    account, number, day = (
        ("4410 8872", "3/2026", "31.03.2026"),
        ("5520 1190", "4/2026", "30.04.2026"),
    )[which]
    told = {"Kontonummer": account, "Auszug-Nr.": number, "Blatt": "1 von 1", "Datum": day}
    texts: list[Text] = [Left(463, 55, "Kontoauszug", 13)]
    for at, (label, value) in enumerate(told.items()):
        texts += [Left(330, 95 + 13 * at, label), Left(400, 95 + 13 * at, value)]
    edges = (55, 115, 175, 540)
    texts += _row(220, edges, ("Buchung", "Wert", "Vorgang", "Betrag EUR"), 3)
    texts += _row(234, edges, ("02.03.", "02.03.", "Miete Wohnbau", "780,00 S"), 3)
    return [*texts, *_row(248, edges, ("27.03.", "28.03.", "Rente Nord", "1.512,30 H"), 3)]


def offer(which: int) -> list[Text]:
    """Italian; a number in the title, and a label with its value right above a table."""
    number, about, lines = (
        ("58/2026", "Arredo ufficio", (("Scrivania", "2", "640,00"), ("Libreria", "1", "115,00"))),
        ("63/2026", "Bancone", (("Bancone", "1", "800,00"), ("Sgabelli", "6", "95,00"))),
    )[which]
    texts: list[Text] = [Left(60, 110, f"Preventivo n. {number}", 13)]
    texts += [Left(60, 170, f"Oggetto: {about}")]
    texts += _row(195, (60, 356, 446), ("Descrizione", "Q.tà", "Prezzo unit."), 1)
    for at, line in enumerate(lines):
        texts += _row(209 + 14 * at, (60, 356, 446), line, 1)
    return texts


def policy(which: int) -> list[Text]:
    """French; dots lead from labels to values, and touch one of them."""
    number, holder, due = (
        ("HAB 7 204", "Mme Garnier", "1er mai"),
        ("HAB 7 311", "M. Le Goff", "15 juin"),
    )[which]
    told = {"Numéro de contrat": number, "Souscripteur": holder, "Échéance annuelle": due}
    texts: list[Text] = []
    for at, (label, value) in enumerate(told.items()):
        y = 120 + 16 * at
        dots = "." * (40 if value is due else 30)
        start = 61 + pymupdf.get_text_length(label, FONT, SIZE)
        texts += [Left(60, y, f"{label} {dots}")]
        end = start + pymupdf.get_text_length(f" {dots}", FONT, SIZE)
        texts.append(Left(end - 1 if value is due else 260, y, value))
    return texts


def lease(which: int) -> list[Text]:
    """Two dates, one of which is called by a word of the other's label."""
    start, signed = (("June 1, 2026", "May 4, 2026"), ("July 15, 2026", "June 20, 2026"))[which]
    return [
        Left(60, 100, "Commencement date: " + start),
        Left(60, 118, "Lease term: 12 months"),
        Left(330, 340, "Date: " + signed),
    ]


def requisition(which: int) -> list[Text]:
    """Small labels above values, one below the other; columns that nearly touch, and units."""
    who, where, born, lines = (
        ("Dana Whitfield", "Facilities", "12/11/1948", [("KF 1", "20", "Cartons", "0.96")]),
        ("Marco Diaz", "Stores", "30/11/1939", [("KF 4", "8", "Crates", "0.71")]),
    )[which]
    texts: list[Text] = []
    told = {"Requested by": who, "Department": where, "Born": born}
    for at, (label, value) in enumerate(told.items()):
        texts += [Left(50, 95 + 34 * at, label, 8), Left(50, 107 + 34 * at, value)]
    edges = (50, 226, 230, 516)
    rows = [("Marks", "Pieces", "Packaging", "Volume m3"), *lines, ("KF 9", "113", "Bags", "1.20")]
    for at, row in enumerate(rows):
        one, two, three, four = zip(edges, row, strict=True)
        y = 275 + 14 * at
        texts += [Left(one[0], y, one[1]), Right(two[0], y, two[1])]
        texts += [Left(three[0], y, three[1]), Right(four[0], y, four[1])]
    return texts


def waybill(which: int) -> list[Text]:
    """The same is asked of sender and receiver, under a head each, side by side."""
    sender, receiver, plate = (
        (("Karlsen Fisk AS", "+47 77 60 11 22"), ("Mercato Blu", "+39 010 246 8101"), "EK 44821"),
        (("Nordkapp Laks", "+47 77 60 11 30"), ("Pescaderia Lago", "+34 986 22 41 07"), "EL 19077"),
    )[which]
    texts: list[Text] = [Left(50, 50, "WAYBILL", 16), Left(50, 190, f"Vehicle plate: {plate}")]
    for x, head, told in ((50, "SENDER", sender), (310, "RECEIVER", receiver)):
        texts.append(Left(x, 85, head, 10))
        for at, (label, value) in enumerate(zip(("Name:", "Phone:"), told, strict=True)):
            texts += [Left(x, 101 + 14 * at, label), Left(x + 60, 101 + 14 * at, value)]
    return texts


def booking(which: int) -> list[Text]:
    """Labels above values that look like an account, and like parties of an invoice."""
    told = (
        ("LINDGREN / OSKAR MR", "921-2400887156", "Oslo", "Zürich"),
        ("FERRARI / LUISA MRS", "921-2400891044", "Milano", "Oslo"),
    )[which]
    texts: list[Text] = [Left(50, 80, "Booking confirmation", 12)]
    for at, (label, value) in enumerate(
        zip(("Passenger", "Ticket number", "From", "To"), told, strict=True)
    ):
        x, y = 50 + 180 * (at % 2), 120 + 44 * (at // 2)
        texts += [Left(x, y, label, 8), Left(x, y + 13, value)]
    return texts
