"""Résumés made by code: eight countries, many layouts, each with all that is true of its person.

Every choice of a layout is drawn by itself, so layouts are combinations nobody tuned for. Of
those that are ``read``, words are misread as often as their confidences say, which is what
calibrated confidences of a recogniser mean.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.resume_people import Made, Stay, person, texts
from shared.models.page import Line, Page, Word

SEED = 29
_WIDTH, _HEIGHT, _FOOT = 595.0, 842.0, 800.0
_LETTER = 0.52  # of the size: a letter's usual width
_SIZE, _PITCH = 10.0, 14.0
_FAINT = (6.0, 0.6)  # of a beta distribution: how surely words are read
_LOOK_ALIKE = str.maketrans("aeiouclnhbsg015", "oaluiceuebh9OlS")


@dataclass
class MadeResume:
    """Pages with what is true; ``layout`` names the choices that folds keep together."""

    layout: str
    pages: list[Page]
    truth: dict[str, Any]


@dataclass
class _Paper:
    """Where lines go; ``left`` is the column's edge, ``is_half`` that another one is beside it."""

    chance: random.Random
    is_read: bool
    words: list[list[Word]] = field(default_factory=lambda: [[]])
    lines: list[list[Line]] = field(default_factory=lambda: [[]])
    page: int = 0
    y: float = 40.0
    left: float = 45.0
    is_half: bool = False

    def put(
        self, text: str, size: float = _SIZE, *, x: float | None = None, stay: bool = False
    ) -> None:
        """A line below the last one, or beside it where it is to ``stay`` there."""
        if not stay and self.y > _FOOT:
            self.page, self.y = self.page + 1, 50.0
            self.words.append([])
            self.lines.append([])
        at = self.left if x is None else x
        words, lines = self.words[self.page], self.lines[self.page]
        first = len(words)
        for part in text.split():
            right = at + len(part) * size * _LETTER
            shown, sure = self._read(part)
            words.append(Word(text=shown, x0=at, y0=self.y, x1=right, y1=self.y + size,
                              confidence=sure, line=len(lines)))  # fmt: skip
            at = right + 0.28 * size
        indexes = list(range(first, len(words)))
        lines.append(
            Line(text=text, x0=self.left, y0=self.y, x1=at, y1=self.y + size, words=indexes)
        )

    def down(self, size: float = _SIZE) -> None:
        """To the next line."""
        self.y += size * _PITCH / _SIZE

    def say(self, text: str, size: float = _SIZE) -> None:
        """A line, and down."""
        self.put(text, size)
        self.down(size)

    def _read(self, word: str) -> tuple[str, float]:
        if not self.is_read:
            return word, 1.0
        sure = round(self.chance.betavariate(*_FAINT), 3)
        if self.chance.random() < sure:
            return word, sure
        at = self.chance.randrange(len(word))
        wrong = word[at].translate(_LOOK_ALIKE)
        return word[:at] + (wrong if wrong != word[at] else "i") + word[at + 1 :], sure

    def pages(self) -> list[Page]:
        """The pages."""
        return [
            Page(number=at, width=_WIDTH, height=_HEIGHT, words=words, lines=lines)
            for at, (words, lines) in enumerate(zip(self.words, self.lines, strict=True))
        ]


@dataclass(frozen=True)
class _Style:
    """The choices of a layout."""

    side: str
    period: str
    order: str
    skills: str
    head: str
    caps: bool
    tall: float
    bullet: str
    entry: float


def made_resumes(count: int, *, read: bool = False, start: int = 0) -> Iterator[MadeResume]:
    """``count`` résumés, the languages in turn; ``read`` ones have words misread."""
    languages = list(texts())
    for number in range(start, start + count):
        chance = random.Random(f"{SEED}-{number}-{read}")  # noqa: S311 (no secret)
        made = person(languages[number % len(languages)], chance)
        yield _laid_out(made, _Paper(chance, is_read=read))


def _laid_out(made: Made, paper: _Paper) -> MadeResume:
    chance = made.chance
    style = _Style(
        side=chance.choice(["none", "none", "left", "right"]),
        period=chance.choice(["below", "beside", "left", "inline", "above"]),
        order=chance.choice(["position", "company", "one_line"]),
        skills=chance.choice(["commas", "lines", "bars", "groups"]),
        head=chance.choice(["large", "large", "plain", "table"]),
        caps=made.some(0.4),
        tall=chance.choice([12.0, 13.0, 15.0]),
        bullet=chance.choice(["• ", "- ", ""]),
        entry=chance.choice([_SIZE, _SIZE, 11.5]),
    )
    if style.side != "none" and style.period == "left":
        style = _Style(**{**style.__dict__, "period": "below"})
    _head(made, paper, style)
    top = paper.y
    main, beside = _main_sections(made), _beside_sections(made)
    if style.side == "none":
        for section in main + beside:
            section(made, paper, style)
    else:
        narrow, wide = (45.0, 225.0) if style.side == "left" else (400.0, 45.0)
        for left, sections in ((wide, main), (narrow, beside)):
            paper.left, paper.y, paper.page, paper.is_half = left, top, 0, True
            for section in sections:
                section(made, paper, style)
    layout = f"{style.side}-{style.period}-{style.order}"
    return MadeResume(layout, paper.pages(), made.truth)


def _main_sections(made: Made) -> list[Any]:
    """What stands in the main column, in an order of its own."""
    found = [_profile, _work, _education] if made.some(0.8) else [_profile, _education, _work]
    return [*found, _certificates, _publications, _references]


def _beside_sections(made: Made) -> list[Any]:
    return [_skills, _languages] if made.some(0.7) else [_languages, _skills]


def _heading(made: Made, paper: _Paper, style: _Style, kind: str) -> None:
    paper.down(6.0)
    text = made.heading(kind)
    paper.say(text.upper() if style.caps else text, style.tall)


def _head(made: Made, paper: _Paper, style: _Style) -> None:
    truth = made.truth
    contacts = [
        truth["printed_address"],
        *truth["emails"],
        *truth["phones"],
        *truth["profile_urls"],
    ]
    kinds = ["address", "email", "phone", "", ""]
    if style.head == "table":
        paper.say(made.heading("contact"), style.tall)
        rows = [(made.label("name"), truth["name"])]
        rows += [
            (made.label(kind) if kind else "", it)
            for kind, it in zip(kinds, contacts, strict=False)
        ]
        for label, value in rows:
            if value:
                paper.put(label)
                paper.put(value, x=170.0, stay=True)
                paper.down()
    else:
        shown = truth["name"].upper() if made.some(0.15) else truth["name"]
        paper.say(shown, 22.0 if style.head == "large" else 11.0)
        truth["name"] = shown
        if truth["job_title"]:
            paper.say(truth["job_title"], 11.0)
        given = [it for it in contacts if it]
        if made.some(0.5):
            paper.say(given[0])
            paper.say(" | ".join(given[1:]))
        else:
            for it in given:
                paper.say(it)
    if style.head == "table" or not truth["job_title"]:
        truth["job_title"] = made.jobs[0].truth["position"]
    if truth["date_of_birth"]:
        paper.say(f"{made.label('birth')}: {truth['printed_birth']}")


def _profile(made: Made, paper: _Paper, style: _Style) -> None:
    for field_name, kind in (("objective", "objective"), ("summary", "profile")):
        text = made.truth[field_name]
        if text:
            _heading(made, paper, style, kind)
            made.truth[field_name] = "\n".join(_wrapped(paper, text))


def _wrapped(paper: _Paper, text: str) -> list[str]:
    lines, width = [""], 62 if paper.is_half else 80
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    for line in lines:
        paper.say(line)
    return lines


def _work(made: Made, paper: _Paper, style: _Style) -> None:
    _heading(made, paper, style, "work")
    for job in made.jobs:
        position, company = job.truth["position"], job.truth["company"]
        place = f", {job.place}" if job.place else ""
        if style.order == "one_line":
            head = [f"{position}, {company}{place}"]
        elif style.order == "company":
            head = [f"{company}{place}", position]
        else:
            head = [position, f"{company}{place}"]
        _stay(paper, style, job, head)
        marks = [f"{style.bullet}{line}" for line in job.lines]
        for line in marks:
            _wrapped(paper, line)
        paper.down(5.0)


def _education(made: Made, paper: _Paper, style: _Style) -> None:
    _heading(made, paper, style, "education")
    for study in made.studies:
        truth = study.truth
        area = f"{made.pick('joins')}{truth['area']}" if truth["area"] else ""
        head = [f"{truth['degree']}{area}", truth["institution"]]
        if style.order == "company":
            head.reverse()
        if style.order == "one_line" and not area:
            head = [f"{truth['degree']}, {truth['institution']}"]
        _stay(paper, style, study, head)
        for line in study.lines:
            paper.say(line)
        paper.down(5.0)


def _stay(paper: _Paper, style: _Style, stay: Stay, head: list[str]) -> None:
    """The lines of a head with its period where the layout has it."""
    if style.period == "above":
        paper.say(stay.period)
    left = paper.left
    for number, line in enumerate(head):
        size = style.entry if number == 0 else _SIZE
        if style.period == "left":
            if number == 0:
                paper.put(stay.period)
            paper.put(line, size, x=left + 160.0, stay=number == 0)
        elif style.period == "inline" and number == len(head) - 1:
            paper.put(f"{line} ({stay.period})", size)
        else:
            paper.put(line, size)
            if style.period == "beside" and number == 0:
                paper.put(stay.period, x=left + (220.0 if paper.is_half else 390.0), stay=True)
        paper.down()
    if style.period == "below":
        paper.say(stay.period)


def _skills(made: Made, paper: _Paper, style: _Style) -> None:
    _heading(made, paper, style, "skills")
    skills = made.truth["skills"]
    if style.skills == "lines" or style.side != "none":
        for skill in skills:
            paper.say(f"{style.bullet}{skill}")
    elif style.skills == "bars":
        paper.say(" | ".join(skills))
    elif style.skills == "groups":
        half = len(skills) // 2
        paper.say(f"A: {', '.join(skills[:half])}")
        paper.say(f"B: {', '.join(skills[half:])}")
    else:
        paper.say(", ".join(skills))


def _languages(made: Made, paper: _Paper, style: _Style) -> None:
    _heading(made, paper, style, "languages")
    form = made.chance.choice(["{0}: {1}", "{0} ({1})", "{0}", "{0} - {1}"])
    pairs = list(zip(made.truth["languages"], made.truth["levels"], strict=True))
    if "{1}" not in form:
        made.truth["levels"] = [""] * len(pairs)
    for language, level in pairs:
        paper.say(form.format(language, level))


def _listed(made: Made, paper: _Paper, style: _Style, kind: str, items: list[str]) -> None:
    if items:
        _heading(made, paper, style, kind)
        for item in items:
            _wrapped(paper, f"{style.bullet}{item}")


def _certificates(made: Made, paper: _Paper, style: _Style) -> None:
    _listed(made, paper, style, "certificates", made.truth["certifications"])


def _publications(made: Made, paper: _Paper, style: _Style) -> None:
    _listed(made, paper, style, "publications", made.truth["publications"])


def _references(made: Made, paper: _Paper, style: _Style) -> None:
    _heading(made, paper, style, "references")
    if not made.truth["referees"]:
        paper.say(made.said["request"])
    for it in made.truth["referees"]:
        paper.say(f"{it['name']}, {it['position']}")
        paper.say(f"{it['email']}, {it['phone']}")
