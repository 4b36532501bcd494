"""What made advertisements of jobs say."""

from decimal import Decimal

from benchmarks.made_types import Facts
from benchmarks.type_pages import Content

_KNOWN = ("Excel", "SAP", "Python", "SQL", "AutoCAD", "Photoshop", "Linux", "Scrum")
_SIGNS = {"GBP": "£", "EUR": "€"}


def job_description(facts: Facts) -> Content:
    """A job with its tasks and what is asked for."""
    chance, way = facts.chance, facts.layout.way
    title = chance.choice(JOBS[facts.language.code])
    company = facts.company()
    place = facts.language.towns[chance.randrange(3)].rpartition(" ")[2]
    closing = facts.day()
    contact = facts.person()
    mail = f"jobs@{''.join(it for it in company.split()[0].lower() if it.isascii())}.example"
    facts.keep(
        job_title=title,
        company=company,
        location=place,
        closing_date=closing,
        employment_type=chance.choice(facts.all_said("types")),
        contact_name=contact,
        department=chance.choice(("IT", "Logistics", "Marketing")),
        email=mail,
        reference=facts.number("@@-####|####-##|REQ####"),
    )
    metas = [
        (name, str(facts.fields[name]))
        for name in (
            "company",
            "location",
            "employment_type",
            "department",
            "reference",
            "contact_name",
        )
    ]
    metas.append(("closing_date", facts.printed(closing)))
    metas.append(("salary", _salary(facts)))
    heading = title if way % 2 else facts.said("title")
    if not way % 2:
        metas.insert(0, ("job_title", title))
    dropped = {name for name, _ in metas[3 + way % 3 : 4 + way % 3]}
    for name in dropped - {"salary"}:
        facts.fields.pop(name)
    metas = [it for it in metas if it[0] not in dropped]
    sections = [
        _section(facts, name, column, points)
        for name, column, points in (
            ("responsibilities", "responsibility", chance.sample(facts.all_said("duties"), 4)),
            ("qualifications", "qualification", _wanted(facts)),
            ("skills", "skill", chance.sample(_KNOWN, 3)),
            ("languages", "language", facts.all_said("tongues")[: chance.randint(1, 3)]),
            ("benefits", "benefit", chance.sample(facts.all_said("offers"), 3)),
        )
    ]
    degree = chance.choice(facts.all_said("degrees"))
    facts.keep(education=degree)
    sections.insert(3, (facts.said("education"), [degree]))
    issuer = [facts.said("title"), company] if way % 2 else [company]
    return Content(heading, issuer, [], facts.metas(metas), sections=sections, notes=[mail])


def _section(facts: Facts, name: str, column: str, points: list[str]) -> tuple[str, list[str]]:
    facts.keep(**{name: [{column: point} for point in points]})
    return facts.said(name), points


def _wanted(facts: Facts) -> list[str]:
    years = facts.chance.choice([1, 2, 3, 5, 8])
    asked = facts.said("experience").format(n=years)
    facts.keep(experience_years=str(years))
    return [asked, *facts.chance.sample(facts.all_said("wanted"), 2)]


def _salary(facts: Facts) -> str:
    """A range or one sum, by year, month or hour."""
    way, chance = facts.layout.way, facts.chance
    name = ("per_year", "per_month", "per_hour")[way % 3]
    low = {
        "per_year": chance.randint(25, 60) * 1000,
        "per_month": chance.randint(18, 50) * 100,
        "per_hour": chance.randint(13, 40),
    }[name]
    high = low + low // 5
    currency = facts.language.currency
    mark = _SIGNS[currency] if way % 2 else currency
    point = "," if facts.language.decimal == "." else "."
    texts = [f"{value:,}".replace(",", point) for value in (low, high)]
    facts.keep(
        salary_minimum=Decimal(low),
        salary_currency=currency,
        salary_period=name.removeprefix("per_"),
    )
    if way == 5:
        return f"{mark} {texts[0]} {facts.said(name)}"
    facts.keep(salary_maximum=Decimal(high))
    if way % 2:
        return f"{mark}{texts[0]} \u2013 {mark}{texts[1]} {facts.said(name)}"
    return f"{texts[0]} - {texts[1]} {mark} {facts.said(name)}"


JOBS = {
    "en": ("Warehouse Manager", "Data Analyst", "Registered Nurse", "Sales Representative"),
    "de": ("Lagerleiter (m/w/d)", "Buchhalter (m/w/d)", "Softwareentwickler (m/w/d)"),
    "fr": ("Responsable logistique (H/F)", "Comptable", "Développeur web"),
    "es": ("Jefe de almacén", "Analista de datos", "Enfermera"),
    "pt": ("Gestor de armazém", "Analista de dados", "Enfermeiro"),
    "it": ("Responsabile magazzino", "Analista dati", "Impiegato contabile"),
    "nl": ("Magazijnchef", "Data-analist", "Verpleegkundige"),
}
"""Titles of jobs by language."""
