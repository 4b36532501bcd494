"""Résumés of people who do not exist, in layouts of several kinds and languages."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.models.page import Line, Page, Word

HEIGHT, PITCH = 10.0, 14.0
DASH = "\N{EN DASH}"
Cell = tuple[float, str]
Row = str | list[Cell]


@dataclass(frozen=True)
class Job:
    position: str
    company: str
    place: str
    start: str
    end: str
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    institution: str
    degree: str
    area: str
    start: str
    end: str


@dataclass(frozen=True)
class Person:
    """A person; ``words`` are the headings of the language and how it joins degree and area."""

    name: str
    title: str
    email: str
    phone: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    jobs: tuple[Job, ...]
    studies: tuple[Study, ...]
    words: dict[str, str]


ENGLISH = {
    "work": "Professional Experience",
    "education": "Education",
    "skills": "Key Skills",
    "languages": "Languages",
    "profile": "Summary",
    "in": "in",
    "contact": "Contact",
}
GERMAN = {
    "work": "Berufserfahrung",
    "education": "Ausbildung",
    "skills": "Kenntnisse",
    "languages": "Sprachen",
    "profile": "Profil",
    "in": "in",
    "contact": "Kontakt",
}
FRENCH = {
    "work": "Expérience professionnelle",
    "education": "Formation",
    "skills": "Compétences",
    "languages": "Langues",
    "profile": "Profil",
    "in": "en",
    "contact": "Coordonnées",
}
SPANISH = {
    "work": "Experiencia laboral",
    "education": "Formación académica",
    "skills": "Habilidades",
    "languages": "Idiomas",
    "profile": "Perfil",
    "in": "en",
    "contact": "Contacto",
}

PEOPLE = (
    Person(
        "Harriet Whitlock", "Warehouse Supervisor", "harriet.whitlock@example.org",
        "+44 20 7946 0123", ("Forklift licence", "Stock control", "SAP", "Rota planning"),
        ("English", "Welsh"),
        (
            Job("Warehouse Supervisor", "Brightwater Logistics Ltd", "Leeds", "Mar 2018",
                "Present", ("Led a team of twelve on two shifts.", "Cut picking errors by half.")),
            Job("Stock Controller", "Pellow and Sons", "Hull", "Jan 2014", "Feb 2018",
                ("Counted, recorded and reported all stock every month.",)),
        ),
        (Study("Hull College", "Diploma", "Business Administration", "2011", "2013"),),
        ENGLISH,
    ),
    Person(
        "Jörg Altmühl", "Softwareentwickler", "joerg.altmuehl@example.de", "+49 30 901820",
        ("Java", "Spring Boot", "PostgreSQL", "Kubernetes"), ("Deutsch", "Englisch"),
        (
            Job("Softwareentwickler", "Nordlicht Systeme GmbH", "Kiel", "04/2017", "heute",
                ("Entwicklung von Schnittstellen für den Versand.",)),
            Job("Werkstudent", "Hansa Datentechnik AG", "Hamburg", "10/2014", "03/2017",
                ("Pflege der Testumgebung und Dokumentation.",)),
        ),
        (Study("Technische Universität Hamburg", "Master of Science", "Informatik",
               "10/2012", "03/2017"),),
        GERMAN,
    ),
    Person(
        "Élodie Marchand", "Chargée de communication", "elodie.marchand@example.fr",
        "+33 1 23 45 67 89", ("Rédaction web", "Photoshop", "Relations presse"),
        ("Français", "Anglais", "Espagnol"),
        (
            Job("Chargée de communication", "Maison Verlaine", "Lyon", "septembre 2019",
                "aujourd'hui", ("Organisation des salons et des événements.",)),
            Job("Assistante marketing", "Groupe Solaris", "Paris", "janvier 2016", "août 2019",
                ("Suivi des campagnes et des budgets.",)),
        ),
        (Study("Université Lumière Lyon 2", "Licence", "Information et communication",
               "2012", "2015"),),
        FRENCH,
    ),
    Person(
        "Inés Robledo Vega", "Enfermera", "ines.robledo@example.es", "+34 912 345 678",
        ("Urgencias", "Primeros auxilios", "Gestión de turnos"), ("Español", "Inglés"),
        (
            Job("Enfermera", "Hospital San Telmo", "Sevilla", "mayo 2016", "actualidad",
                ("Atención a pacientes en la unidad de urgencias.",)),
            Job("Auxiliar", "Residencia Las Palmeras", "Cádiz", "junio 2013", "abril 2016",
                ("Cuidado de personas mayores y control de medicación.",)),
        ),
        (Study("Universidad de Sevilla", "Grado", "Enfermería", "2009", "2013"),),
        SPANISH,
    ),
)  # fmt: skip


class _Paper:
    """Rows put on a page one below the other."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.lines: list[Line] = []

    def put(self, x: float, y: float, text: str, size: float = HEIGHT) -> None:
        """A text at a place; a character is half as wide as it is tall, a blank half of that."""
        at, first = x, len(self.words)
        for part in text.split():
            right = at + 0.5 * size * len(part)
            self.words.append(
                Word(text=part, x0=at, y0=y, x1=right, y1=y + size, line=len(self.lines))
            )
            at = right + 0.25 * size
        indexes = list(range(first, len(self.words)))
        self.lines.append(Line(text=text, x0=x, y0=y, x1=at, y1=y + size, words=indexes))

    def page(self) -> Page:
        return Page(number=0, width=595.0, height=842.0, words=self.words, lines=self.lines)


def stacked(person: Person) -> Page:
    """All below each other: position, company, period."""
    rows: list[Row] = ["", f"{person.email} | {person.phone}", "", person.words["profile"],
                       "Many years of work, always on time and with care.", "",
                       person.words["work"]]  # fmt: skip
    for job in person.jobs:
        rows += [job.position, f"{job.company} - {job.place}", f"{job.start} {DASH} {job.end}"]
        rows += [f"• {task}" for task in job.tasks] + [""]
    rows.append(person.words["education"])
    for study in person.studies:
        rows += [f"{study.degree} {person.words['in']} {study.area}", study.institution,
                 f"{study.start} {DASH} {study.end}", ""]  # fmt: skip
    rows += [person.words["skills"], ", ".join(person.skills), "", person.words["languages"],
             ", ".join(person.languages)]  # fmt: skip
    return _headed(person, rows)


def dates_left(person: Person) -> Page:
    """Periods in a column on the left, all else to the right of them."""
    rows: list[Row] = [f"{person.email}", f"{person.phone}", "", person.words["work"], ""]
    for job in person.jobs:
        rows.append([(40.0, f"{job.start} - {job.end}"), (200.0, job.position)])
        rows.append([(200.0, f"{job.company}, {job.place}")])
        rows += [[(200.0, f"• {task}")] for task in job.tasks] + [""]
    rows += [person.words["education"], ""]
    for study in person.studies:
        rows.append([(40.0, f"{study.start} - {study.end}"), (200.0, study.institution)])
        rows += [[(200.0, f"{study.degree} {person.words['in']} {study.area}")], ""]
    rows += [person.words["skills"], *person.skills, "", person.words["languages"]]
    return _headed(person, [*rows, *person.languages])


def company_first(person: Person) -> Page:
    """The company with the period at the right edge, the position below."""
    rows: list[Row] = [f"{person.phone} • {person.email}", "", person.words["work"].upper()]
    for job in person.jobs:
        rows.append([(40.0, job.company), (430.0, f"{job.start} {DASH} {job.end}")])
        rows += [job.position, *(f"• {task}" for task in job.tasks), ""]
    rows.append(person.words["education"].upper())
    for study in person.studies:
        rows.append([(40.0, study.institution), (430.0, f"{study.start} {DASH} {study.end}")])
        rows += [f"{study.degree}, {study.area}", ""]
    rows += [person.words["skills"].upper(), " | ".join(person.skills), "",
             person.words["languages"].upper(), " | ".join(person.languages)]  # fmt: skip
    return _headed(person, rows)


def side_bar(person: Person) -> Page:
    """Contacts, skills and languages in a column of their own beside work and education."""
    paper = _Paper()
    paper.put(40.0, 30.0, person.name, 22.0)
    paper.put(40.0, 58.0, person.title, 12.0)
    words = person.words
    left = [words["contact"], person.email, person.phone, "", words["skills"], *person.skills, "",
            words["languages"], *person.languages]  # fmt: skip
    right = [words["work"]]
    for job in person.jobs:
        right += [f"{job.position}, {job.company}", f"{job.start} {DASH} {job.end}",
                  *(f"• {task}" for task in job.tasks), ""]  # fmt: skip
    right.append(words["education"])
    for study in person.studies:
        right += [f"{study.degree} {words['in']} {study.area}", study.institution,
                  f"{study.start} {DASH} {study.end}", ""]  # fmt: skip
    for x, texts in ((40.0, left), (220.0, right)):
        for at, text in enumerate(texts):
            is_heading = text in words.values()
            paper.put(x, 90.0 + at * PITCH, text, 12.0 if is_heading else HEIGHT)
    return paper.page()


def _headed(person: Person, rows: list[Row]) -> Page:
    """Name and title above ``rows``."""
    paper = _Paper()
    paper.put(40.0, 30.0, person.name, 20.0)
    paper.put(40.0, 54.0, person.title)
    headings = set(person.words.values()) - {person.words["in"]}
    for at, row in enumerate(rows):
        for x, text in [(40.0, row)] if isinstance(row, str) else row:
            if text:
                paper.put(x, 72.0 + at * PITCH, text, 12.0 if text in headings else HEIGHT)
    return paper.page()


LAYOUTS: tuple[Callable[[Person], Page], ...] = (stacked, dates_left, company_first, side_bar)
