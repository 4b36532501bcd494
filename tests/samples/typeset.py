"""Papers set in a proportional font by a layout engine, two of each.

Columns are as wide as what stands in them, so blanks between them are narrow, as in papers of
other programs; numbers stand right.
"""

import io
from collections.abc import Sequence

import pymupdf

Rows = Sequence[Sequence[str]]
STYLE = (
    "body{font-family:sans-serif;font-size:9.5pt} table{width:100%}"
    " td,th{padding:2px 5px;text-align:left} .r{text-align:right}"
)
SHEET = (50, 50, -50, -50)


def typeset(html: str) -> bytes:
    """A page with a text layer."""
    story = pymupdf.Story(html=html, user_css=STYLE)
    page, buffer = pymupdf.paper_rect("a4"), io.BytesIO()
    writer = pymupdf.DocumentWriter(buffer)
    device = writer.begin_page(page)
    story.place(page + SHEET)
    story.draw(device)
    writer.end_page()
    writer.close()
    return buffer.getvalue()


def table(heads: Sequence[str], rows: Rows, right: Sequence[int] = ()) -> str:
    """A table whose columns ``right`` stand at their right edge."""
    head = "".join(f"<th class={_side(at, right)}>{it}</th>" for at, it in enumerate(heads))
    cells = (
        "".join(f"<td class={_side(at, right)}>{it}</td>" for at, it in enumerate(row))
        for row in rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table><tr>{head}</tr>{body}</table>"


def _side(at: int, right: Sequence[int]) -> str:
    return "r" if at in right else "l"


def told(pairs: dict[str, str], beside: int = 1) -> str:
    """Labels with their values to the right, ``beside`` of them on a line."""
    cells = [f"<td><b>{label}</b></td><td>{value}</td>" for label, value in pairs.items()]
    lines = (cells[at : at + beside] for at in range(0, len(cells), beside))
    return "<table>" + "".join(f"<tr>{''.join(line)}</tr>" for line in lines) + "</table>"


def payslip(which: int) -> str:
    """French; two pairs on a line, none of them dates; sums close below the table."""
    name, number, job, start, gross, net = (
        ("MOREAU Julie", "00412", "Opératrice CN", "01/03/2026", "2 153,71", "2 043,33"),
        ("DA SILVA Paul", "00377", "Soudeur", "01/04/2026", "2 483,05", "2 359,00"),
    )[which]
    pairs = {"Salarié": name, "Matricule": number, "Emploi": job, "Entrée": start}
    lines = [
        ("Salaire de base", "151,67", "14,20", gross, ""),
        ("Mutuelle", "42,00", "50,00 %", "-21,00", "21,00"),
        ("Retraite complémentaire", gross, "4,15 %", "-89,38", "134,07"),
    ]
    heads = ("Rubrique", "Base", "Taux", "Part salarié", "Part employeur")
    sums = {"Salaire brut": f"{gross} €", "Net à payer": f"{net} €"}
    return (
        "<h1>Bulletin de paie</h1><p>SIRET : 482 913 556 00027 &nbsp; Code NAF : 2562B</p>"
        + told(pairs, 2)
        + table(heads, lines, (1, 2, 3, 4))
        + told(sums)
    )


def packing_list(which: int) -> str:
    """English; labels that end with a full stop, and counts."""
    number, order, cartons, weight = (
        ("PL-26-0417", "4500012877", "3", "57.25"),
        ("PL-26-0502", "4500013311", "2", "45.8754"),
    )[which]
    pairs = {"Packing List No.": number, "Date": "2026-03-04", "PO Ref.": order, "Carrier": "DSV"}
    lines = [
        ("1", "HT-1002", 'Torque wrench 1/2"', "12", "60 x 40 x 35"),
        ("2", "HT-2230", "Socket set 24 pcs", "8", "60 x 40 x 40"),
    ]
    heads = ("Carton", "Item code", "Description", "Qty", "Dimensions (cm)")
    sums = {"Total cartons": cartons, "Total volume": weight}
    return "<h1>PACKING LIST</h1>" + told(pairs, 2) + table(heads, lines, (3,)) + told(sums)


def bank_statement(which: int) -> str:
    """Italian; one column stays empty on the second, balances close below the table."""
    rows = (
        [
            ("03/03/2026", "Pagamento POS", "86,40", "", "1.163,60"),
            ("10/03/2026", "Bonifico a vostro favore", "", "1.830,00", "2.993,60"),
            ("27/03/2026", "Addebito SDD Enel", "512,25", "", "2.481,35"),
        ],
        [
            ("02/04/2026", "Prelievo bancomat", "250,00", "", "8.850,10"),
            ("15/04/2026", "Canone affitto", "1.200,10", "", "7.650,00"),
        ],
    )[which]
    first, last = (("1.250,00", "2.481,35"), ("9.100,10", "7.650,00"))[which]
    heads = ("Data", "Descrizione", "Dare", "Avere", "Saldo")
    sums = {"Saldo iniziale": first, "Saldo finale": last}
    return "<h1>Estratto conto</h1>" + table(heads, rows, (2, 3, 4)) + told(sums)


def application(which: int) -> str:
    """Dutch; a number that looks like a date, and one that is dialled there."""
    name, phone, number = (
        ("Sanne de Wit", "06-12345678", "20260311"),
        ("Bram Jansen", "038-3334455", "20260398"),
    )[which]
    pairs = {"Naam:": name, "Telefoon:": phone, "E-mail:": "x@voorbeeld.nl", "Lidnummer:": number}
    return "<h1>Aanmeldformulier</h1>" + told(pairs) + "<p>Contributie: 185,00 EUR</p>"


def meter_reading(which: int) -> str:
    """English; one row of values below its heads, numbers at their right edge."""
    before, now, used = (("18,204", "18,816", "612"), ("9,310", "9,795", "485"))[which]
    heads = ("Meter type", "Previous", "Current", "Units used")
    return "<h2>Meter readings</h2><p></p>" + table(
        heads, [("Smart", before, now, used)], (1, 2, 3)
    )


def electricity_bill(which: int) -> str:
    """English; an invoice by its labels."""
    number = ("8841 2093 7", "7702 1184 2")[which]
    pairs = {
        "Account number": number,
        "Bill date": "4 Apr 2026",
        "Meter serial number": "E10BG22871",
        "Payment due by": "18 Apr 2026",
        "Tariff": "Fixed Saver 12",
    }
    lines = [
        ("Electricity used", "612 kWh", "24.50p", "£149.94"),
        ("Standing charge", "90 days", "53.68p", "£48.31"),
        ("VAT at 5%", "", "", "£9.91"),
    ]
    return (
        "<h1>Northbrook Energy plc</h1><p>14 Wharf Road, Leeds LS1 4AB</p>"
        "<h2>Your electricity bill</h2>"
        + told(pairs, 2)
        + table(("Charge", "Units", "Rate", "Amount"), lines, (1, 2, 3))
        + told({"Total amount due": "£208.16"})
    )
