"""Kinds of documents that no type knows, in many languages, two of each kind.

The second of a kind has the same labels as the first, and other values. ``OTHER_KINDS`` were
written after what they test.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """A label with its two values as printed, and as they are to be found."""

    label: str
    kind: str
    printed: tuple[str, str]
    found: tuple[str, str] | None = None

    @property
    def values(self) -> tuple[str, str]:
        return self.found or self.printed


@dataclass(frozen=True)
class Kind:
    """A kind of document: a title, what is told, and a table with its rows, twice."""

    name: str
    title: str
    told: tuple[Told, ...]
    heads: tuple[str, ...] = ()
    tables: tuple[tuple[tuple[str, ...], ...], ...] = ((), ())


def text(label: str, *printed: str) -> Told:
    return Told(label, "text", (printed[0], printed[1]))


def code(label: str, *printed: str) -> Told:
    return Told(label, "identifier", (printed[0], printed[1]))


def date(label: str, first: tuple[str, str], second: tuple[str, str]) -> Told:
    return Told(label, "date", (first[0], second[0]), (first[1], second[1]))


def amount(label: str, first: tuple[str, str], second: tuple[str, str]) -> Told:
    return Told(label, "number", (first[0], second[0]), (first[1], second[1]))


KINDS = (
    Kind(
        "policy",
        "MOTOR POLICY SCHEDULE",
        (
            code("Policy no", "MP-77812-A", "MP-10943-C"),
            text("Policyholder", "Ann Smith", "Robert Brown"),
            date("Date of birth", ("04/07/1981", "1981-07-04"), ("23/11/1975", "1975-11-23")),
            date("Cover starts", ("01/02/2024", "2024-02-01"), ("15/05/2024", "2024-05-15")),
            amount("Annual premium", ("£482.60", "482.60"), ("£1,210.05", "1210.05")),
            text("Cover type", "Comprehensive", "Third party"),
        ),
        ("Make", "Registration", "Year", "Sum insured"),
        (
            (("Volvo", "AB12 CDE", "2019", "18,500.00"), ("Fiat", "XY77 ZZZ", "2021", "9,200.00")),
            (("Ford", "KL09 MNO", "2016", "7,300.00"), ("Audi", "QR55 STU", "2022", "31,000.00")),
        ),
    ),
    Kind(
        "laboratory",
        "LABORBERICHT",
        (
            text("Patient", "Bernd Vogel", "Sabine Kurz"),
            date("Geburtsdatum", ("12.03.1960", "1960-03-12"), ("30.09.1988", "1988-09-30")),
            code("Auftragsnummer", "L-55321", "L-60417"),
            date("Entnahme am", ("02.11.2025", "2025-11-02"), ("17.11.2025", "2025-11-17")),
            text("Einsender", "Praxis Dr. Hahn", "Klinik am Park"),
        ),
        ("Parameter", "Ergebnis", "Einheit"),
        (
            (
                ("Natrium", "141,2", "mmol/l"),
                ("Kalium", "4,3", "mmol/l"),
                ("Eisen", "18,5", "umol/l"),
            ),
            (
                ("Natrium", "138,9", "mmol/l"),
                ("Kalium", "3,9", "mmol/l"),
                ("Eisen", "11,1", "umol/l"),
            ),
        ),
    ),
    Kind(
        "lease",
        "CONTRAT DE LOCATION",
        (
            code("N° de contrat", "BX-2044", "BX-2391"),
            text("Locataire", "Claire Dubois", "Marc Lefevre"),
            text("Bailleur", "Foncière du Lac", "Habitat Sud"),
            date("Prise d'effet", ("01/09/2024", "2024-09-01"), ("15/10/2024", "2024-10-15")),
            amount("Loyer mensuel", ("845,00 €", "845.00"), ("1 120,50 €", "1120.50")),
            amount("Dépôt de garantie", ("1 690,00 €", "1690.00"), ("2 241,00 €", "2241.00")),
        ),
    ),
    Kind(
        "payslip",
        "RECIBO DE SALARIOS",
        (
            text("Trabajador", "Lucía Torres", "Pablo Ruiz"),
            code("Código de empleado", "E-0412", "E-0977"),
            text("Categoría", "Técnico", "Administrativo"),
            date("Fecha de alta", ("03/04/2017", "2017-04-03"), ("21/09/2020", "2020-09-21")),
            amount("Salario base", ("1.650,00 €", "1650.00"), ("1.480,25 €", "1480.25")),
            amount("Líquido a percibir", ("1.412,37 €", "1412.37"), ("1.270,11 €", "1270.11")),
        ),
    ),
    Kind(
        "meter",
        "LETTURA CONTATORE",
        (
            code("Codice cliente", "IT-88120", "IT-90233"),
            text("Intestatario", "Giulia Ferri", "Paolo Conti"),
            date("Data lettura", ("28/02/2025", "2025-02-28"), ("30/04/2025", "2025-04-30")),
            text("Indirizzo fornitura", "Via Roma 12 Parma", "Corso Italia 8 Lodi"),
            amount("Potenza impegnata", ("3,50", "3.50"), ("4,75", "4.75")),
        ),
        ("Fascia", "Precedente", "Attuale", "Consumo"),
        (
            (("F1", "1204", "1390", "186"), ("F2", "880", "951", "71"), ("F3", "640", "702", "62")),
            (
                ("F1", "2410", "2555", "145"),
                ("F2", "1730", "1799", "69"),
                ("F3", "910", "998", "88"),
            ),
        ),
    ),
    Kind(
        "transport",
        "VRACHTBRIEF",
        (
            code("Zendingnummer", "ZN-4410", "ZN-7702"),
            text("Afzender", "Bloem en Zonen", "Kaasmakerij Oost"),
            text("Ontvanger", "Markt Vers", "Winkel De Hoek"),
            date("Laaddatum", ("05-06-2025", "2025-06-05"), ("19-06-2025", "2025-06-19")),
            code("Kenteken", "12-ABC-3", "98-XYZ-7"),
            amount("Gewicht totaal", ("412,50", "412.50"), ("1.080,25", "1080.25")),
        ),
    ),
    Kind(
        "certificate",
        "CERTIFICADO ESCOLAR",
        (
            text("Aluno", "Rita Moreira", "João Pinto"),
            code("Processo", "PR-3021", "PR-4479"),
            date("Data de nascimento", ("09/12/2009", "2009-12-09"), ("27/03/2010", "2010-03-27")),
            text("Curso", "Ciências", "Humanidades"),
            amount("Média final", ("15,75", "15.75"), ("17,20", "17.20")),
        ),
    ),
)


OTHER_KINDS = (
    Kind(
        "boarding",
        "BOARDING PASS",
        (
            text("Passenger", "Ana Kovac", "Tim Weber"),
            code("Flight", "LX 1632", "BA 0917"),
            text("From", "Zurich", "London Heathrow"),
            text("To", "Split", "Vienna"),
            date("Departure date", ("14 Jun 2025", "2025-06-14"), ("3 Jul 2025", "2025-07-03")),
            code("Seat", "14C", "2A"),
            text("Gate", "B32", "A09"),
        ),
    ),
    Kind(
        "energy",
        "STROMABRECHNUNG",
        (
            code("Zählernummer", "1EMH0012345", "1ITR0098765"),
            text("Verbrauchsstelle", "Lindenweg 4, 50667 Köln", "Am Markt 2, 04109 Leipzig"),
            date("Abrechnungsbeginn", ("01.01.2024", "2024-01-01"), ("01.04.2024", "2024-04-01")),
            amount("Verbrauch in kWh", ("2.431,50", "2431.50"), ("1.982,75", "1982.75")),
            amount("Grundpreis", ("119,88 €", "119.88"), ("131,40 €", "131.40")),
            text("Tarif", "Grünstrom Basis", "Regio Plus"),
        ),
    ),
    Kind(
        "warranty",
        "WARRANTY CARD",
        (
            text("Product", "Espresso Maker X2", "Hand Blender 500"),
            code("Serial number", "SN-99812-77", "SN-10027-31"),
            date("Purchase date", ("2025-01-20", "2025-01-20"), ("2025-02-11", "2025-02-11")),
            text("Dealer", "Kitchen World", "Home and Co"),
            amount("Purchase price", ("$349.00", "349.00"), ("$59.95", "59.95")),
            text("Warranty period", "24 months", "36 months"),
        ),
    ),
    Kind(
        "vaccine",
        "CARNET DE VACCINATION",
        (
            text("Titulaire", "Louis Martin", "Emma Girard"),
            date("Né le", ("08/02/2015", "2015-02-08"), ("19/11/2018", "2018-11-19")),
            text("Vaccin", "Infanrix Hexa", "Priorix"),
            code("Lot", "A21CD456", "R77BX901"),
            date("Rappel prévu", ("08/02/2026", "2026-02-08"), ("19/11/2027", "2027-11-19")),
            text("Médecin", "Dr Alain Petit", "Dr Sophie Roux"),
        ),
    ),
    Kind(
        "audit",
        "VERBALE DI ISPEZIONE",
        (
            text("Ispettore", "Marco Bianchi", "Elena Greco"),
            text("Sito", "Capannone Nord", "Deposito Est"),
            date("Data ispezione", ("10/03/2025", "2025-03-10"), ("22/04/2025", "2025-04-22")),
            code("Protocollo", "VI-2025-031", "VI-2025-044"),
            text("Esito", "Conforme", "Da verificare"),
            amount("Punteggio", ("87,50", "87.50"), ("63,25", "63.25")),
        ),
    ),
)
