"""People who do not exist, for résumés made by code: what is printed of them, and what is true.

Names, employers, schools and sentences are made up for this, in the languages of
``resume_texts.json``. Some say nothing that a list of words could know.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_TODAY = 2026
_MONTH, _LONG, _NUMBER, _YEAR = "short", "long", "number", "year"


@cache
def texts() -> dict[str, dict[str, Any]]:
    """What is printed, by language."""
    found: dict[str, dict[str, Any]] = json.loads(
        Path(__file__).with_name("resume_texts.json").read_text("utf-8")
    )
    return found


@dataclass
class Stay:
    """A job or a study: its parts as printed, and its ``truth`` by column."""

    period: str = ""
    place: str = ""
    lines: list[str] = field(default_factory=list)
    truth: dict[str, Any] = field(default_factory=dict)


@dataclass
class Made:
    """A person; ``truth`` is by field, lists of texts or of rows."""

    said: dict[str, Any]
    chance: random.Random
    truth: dict[str, Any] = field(default_factory=dict)
    jobs: list[Stay] = field(default_factory=list)
    studies: list[Stay] = field(default_factory=list)
    dates: str = _MONTH

    def some(self, share: float) -> bool:
        """Whether something happens that does in this share of cases."""
        return self.chance.random() < share

    def pick(self, name: str) -> Any:  # noqa: ANN401 (whatever the texts hold)
        """One of the texts of that name."""
        return self.chance.choice(self.said[name])

    def heading(self, kind: str) -> str:
        """A heading, rarely one that nobody could know."""
        heads = self.said["heads"]
        return str(self.chance.choice(heads["odd" if self.some(0.03) else kind]))

    def label(self, kind: str) -> str:
        """A label of personal data."""
        return str(self.chance.choice(self.said["labels"][kind]))


def person(language: str, chance: random.Random) -> Made:
    """Somebody who writes in ``language``."""
    made = Made(texts()[language], chance)
    made.dates = chance.choice([_MONTH, _LONG, _NUMBER, _YEAR])
    _name(made)
    _contacts(made)
    _home(made)
    made.jobs = _jobs(made)
    made.studies = _studies(made)
    _lists(made)
    made.truth["total_years_experience"] = _years(made)
    return made


def _name(made: Made) -> None:
    first, last = made.pick("first"), made.pick("last")
    middle = made.chance.choice(["A.", "J.", made.pick("first")]) if made.some(0.25) else ""
    title = made.pick("titles") if made.some(0.15) else ""
    if middle == first or made.said.get("two"):
        middle = ""
    full = " ".join(it for it in (title, first, middle, last) if it)
    made.truth |= {"name": full, "first_name": first, "last_name": last}
    made.truth |= {"middle_name": middle, "name_title": title}
    role = made.pick("roles")[0]
    made.truth["job_title"] = role if made.some(0.75) else ""


def _contacts(made: Made) -> None:
    chance, truth = made.chance, made.truth
    first, last = (
        "".join(char for char in truth[it].split()[0].lower() if char.isascii() and char.isalnum())
        for it in ("first_name", "last_name")
    )
    local = chance.choice(
        [f"{first}.{last}", f"{first[:1]}{last}", f"{last}{chance.randint(1, 99)}", "hello", "post"]
    )
    truth["emails"] = [f"{local}@{chance.choice(['example.org', 'example.com', 'mail.example'])}"]
    digits = {"d1": chance.randint(0, 9), "d3": f"{chance.randint(100, 999)}"}
    truth["phones"] = [made.pick("phones").format(**digits)] if made.some(0.9) else []
    truth["linkedin"] = f"linkedin.com/in/{first}-{last}" if made.some(0.3) else ""
    site = f"www.{first}{last}.example" if made.some(0.15) else ""
    truth["profile_urls"] = [it for it in (truth["linkedin"], site) if it]
    day, month = chance.randint(1, 28), chance.randint(1, 12)
    year = chance.randint(1955, 2004)
    truth["date_of_birth"] = f"{year}-{month:02d}-{day:02d}" if made.some(0.3) else ""
    long = made.said["long"][month - 1]
    forms = [f"{day} {long} {year}", f"{day:02d}.{month:02d}.{year}",
             f"{day:02d}/{month:02d}/{year}", f"{year}-{month:02d}-{day:02d}"]  # fmt: skip
    if made.said["country"] == "US":
        forms[1:3] = [f"{month:02d}/{day:02d}/{year}", f"{long} {day}, {year}"]
    made.truth["printed_birth"] = chance.choice(forms)


def _home(made: Made) -> None:
    city, code = made.pick("cities")
    number, street = made.chance.randint(1, 99), made.pick("streets")
    form = made.pick("address")
    country = made.pick("countryname")
    parts = {"no": number, "street": street, "city": city, "zip": code, "country": country,
             "apt": made.chance.randint(1, 40)}  # fmt: skip
    made.truth["printed_address"] = form.format(**parts) if made.some(0.8) else ""
    if not made.truth["printed_address"]:
        made.truth["locations"] = []
        return
    town, _, state = city.partition(", ")
    home = {"location": made.truth["printed_address"], "city": town, "state_code": state}
    home["country_code"] = made.said["country"] if "{country}" in form or state else ""
    home["country_code"] = made.said["country"] if form.endswith("UK") else home["country_code"]
    home["postal_code"] = code if "{zip}" in form else ""
    home |= {"street": street, "street_number": str(number)} if "{street}" in form else {}
    made.truth["locations"] = [home]


def _jobs(made: Made) -> list[Stay]:
    found, end = [], made.chance.randint(_TODAY * 12 - 60, _TODAY * 12 - 14)
    lasts = made.some(0.5)
    for number in range(made.chance.randint(1, 4)):
        start = end - made.chance.randint(5, 70)
        stay = _period(made, start, None if lasts and not number else end)
        role, level = made.pick("roles")
        company = made.pick("companies")
        stay.place = made.pick("cities")[0] if made.some(0.5) else ""
        skills = made.said["skills"]
        tasks = made.chance.sample(made.said["tasks"], made.chance.randint(0, 3))
        while any("{s}" in task for task in tasks):
            tasks = [task.replace("{s}", made.chance.choice(skills), 1) for task in tasks]
        stay.lines = tasks
        stay.truth |= {"position": role, "company": company, "management_level": level}
        stay.truth |= {"description": "\n".join(tasks), "location": stay.place}
        stay.truth["city"] = stay.place.partition(",")[0]
        found.append(stay)
        end = start - made.chance.randint(0, 9)
    made.truth["work_experience"] = [it.truth for it in found]
    return found


def _studies(made: Made) -> list[Stay]:
    found, end = [], made.chance.randint(1990, 2016) * 12
    for _ in range(made.chance.randint(1, 3)):
        start = end - 12 * made.chance.randint(2, 5)
        stay = _period(made, start, end)
        degree, level = made.pick("degrees")
        area = made.pick("areas") if level in {"bachelors", "masters", "doctoral"} else ""
        stay.truth |= {"degree": degree, "level": level, "area": area}
        stay.truth["institution"] = made.pick("schools")
        if made.some(0.3):
            form, values = made.pick("grades")
            value = made.chance.choice(values.split("|"))
            stay.lines = [form.format(g=value)]
            stay.truth |= {"grade": stay.lines[0], "grade_value": value}
        found.append(stay)
        end = start - 12 * made.chance.randint(0, 2)
    made.truth["education"] = [it.truth for it in found]
    return found


def _lists(made: Made) -> None:
    said, chance, truth = made.said, made.chance, made.truth
    truth["skills"] = chance.sample(said["skills"], chance.randint(3, min(9, len(said["skills"]))))
    truth["languages"] = chance.sample(said["speech"], chance.randint(1, 3))
    truth["levels"] = [made.pick("levels") for _ in truth["languages"]]
    truth["summary"] = " ".join(chance.sample(said["prose"], 2)) if made.some(0.6) else ""
    truth["objective"] = chance.choice(said["prose"]) if made.some(0.15) else ""
    truth["certifications"] = chance.sample(said["certs"], 2) if made.some(0.4) else []
    truth["publications"] = list(said["papers"]) if made.some(0.2) else []
    truth["referees"] = []
    if made.some(0.25):
        name = f"{made.pick('first')} {made.pick('last')}"
        phone = made.pick("phones").format(
            d1=chance.randint(0, 9), d3=f"{chance.randint(100, 999)}"
        )
        truth["referees"] = [{"name": name, "position": made.pick("roles")[0], "phone": phone,
                              "email": f"ref{chance.randint(1, 99)}@firm.example"}]  # fmt: skip


def _period(made: Made, start: int, end: int | None) -> Stay:
    """A time in months since the year 0, printed and true as precisely as that."""
    to = made.chance.choice(made.said["to"])
    stay = Stay(
        f"{_date(made, start)}{to}{made.pick('present') if end is None else _date(made, end)}"
    )
    is_year = made.dates == _YEAR
    stay.truth["start"] = _iso(start, is_year=is_year)
    stay.truth["end"] = "" if end is None else _iso(end, is_year=is_year)
    stay.truth["is_current"] = end is None
    if end is not None:
        first, last = start - start % 12, end - end % 12
        stay.truth["months"] = max(12, last - first) if is_year else end - start + 1
    stay.truth["span"] = (start, end)
    return stay


def _date(made: Made, month: int) -> str:
    year, at = divmod(month, 12)
    if made.dates == _YEAR:
        return str(year)
    if made.dates == _NUMBER:
        return f"{at + 1:02d}/{year}"
    return f"{made.said['long' if made.dates == _LONG else 'months'][at]} {year}"


def _iso(month: int, *, is_year: bool) -> str:
    year, at = divmod(month, 12)
    return str(year) if is_year else f"{year}-{at + 1:02d}"


def _years(made: Made) -> int | None:
    """Full years of all jobs; ``None`` where one lasts, as that changes day by day."""
    if any(job.truth["is_current"] for job in made.jobs):
        return None
    return sum(int(job.truth["months"]) for job in made.jobs) // 12


def today() -> date:
    """The day on which these people have their jobs."""
    return date(_TODAY, 6, 15)
