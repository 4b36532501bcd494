"""What else a résumé says: certificates, publications, referees, what the person wants and is."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.extract.finders import Found
from services.extract.resume.contacts import find_emails, find_phones
from services.extract.resume.lines import Line
from services.extract.resume.parts import Part, make_part, role_score
from services.extract.resume.sections import Section
from services.extract.sheet import Token
from services.extract.wording import compact, plain

_LONGEST = 4_000  # characters of a text
_MOST_ITEMS = 60
_FEWEST_PROSE = 7  # words of a line
_PITCH = 1.9  # of the height, between the tops of lines of a paragraph
_MARKED = re.compile(r"^\s*(?:\[\d+\]|\(?\d{1,2}[.)])\s")
_BIRTH = re.compile(
    r"(?:date of birth|birth ?date|born(?: on)?|d\.?o\.?b\.?|geburtsdatum|geboren(?: am)?|geb\.?"
    r"|nee? le|date de naissance|fecha de nacimiento|nacid[oa] el|data de nascimento"
    r"|data di nascita|nat[oa] (?:il|a)|geboortedatum)\b",
)
_OBJECTIVES = frozenset(
    map(compact, ("objective", "career objective", "job objective", "objectif",
                  "objectif professionnel", "objetivo", "objetivo profesional",
                  "objetivo profissional", "obiettivo", "obiettivo professionale", "berufsziel",
                  "karriereziel", "doelstelling"))
)  # fmt: skip
_ON_REQUEST = re.compile(
    r"request|anfrage|demande|solicitud|peticion|pedido|richiesta|aanvraag|disposi|available"
)


@dataclass(slots=True)
class Text:
    """Lines that belong together, as one text with line breaks."""

    lines: list[Line]

    @property
    def text(self) -> str:
        """The lines with line breaks between them."""
        return "\n".join(line.text for line in self.lines)[:_LONGEST]

    @property
    def tokens(self) -> list[Token]:
        """The tokens of all lines."""
        return [token for line in self.lines for token in line.tokens]


@dataclass(slots=True)
class Referee:
    """Who may be asked; what is not printed is ``None``."""

    text: Text
    name: Part | None = None
    position: Part | None = None
    email: Found | None = None
    phone: Found | None = None


def find_items(sections: Iterable[list[Line]]) -> list[Part]:
    """The items of lists: each bullet, numbered line or line with what goes on below it."""
    items = [item for lines in sections for item in _items(lines)]
    parts = [make_part([token for line in item for token in line.tokens]) for item in items]
    return [part for part in parts if part is not None and len(part.text) > 2][:_MOST_ITEMS]


def _items(lines: list[Line]) -> list[list[Line]]:
    has_marks = any(line.has_mark or _MARKED.match(line.text) for line in lines)
    right = max((line.x1 for line in lines), default=0.0)
    items: list[list[Line]] = []
    for line in lines:
        begins = line.has_mark or _MARKED.match(line.text) is not None
        if (
            not items
            or begins
            or not (
                _goes_on(items[-1][-1], line, right)
                if not has_marks
                else _is_below(items[-1][-1], line)
            )
        ):
            items.append([line])
        else:
            items[-1].append(line)
    return items


def _goes_on(upper: Line, lower: Line, right: float) -> bool:
    """Whether an unmarked item goes on: its line is full, or the next begins small."""
    is_full = upper.x1 > right - 4 * upper.height and len(upper.text.split()) > 5
    is_small = lower.text[:1].islower()
    is_over = upper.text.endswith(".") or upper.text[-1:].isdigit()
    return _is_below(upper, lower) and (is_small or (is_full and not is_over))


def _is_below(upper: Line, lower: Line) -> bool:
    height = min(upper.height, lower.height)
    return upper.page == lower.page and 0 < lower.y0 - upper.y0 < _PITCH * height


def find_profile(sections: Sequence[Section], *, objective: bool) -> Text | None:
    """What stands under a heading of an objective, or of a summary."""
    for section in sections:
        if section.kind != "profile" or section.heading is None or not section.lines:
            continue
        is_objective = compact(section.heading.text) in _OBJECTIVES
        if is_objective == objective:
            return Text(section.lines)
    return None


def find_opening(lines: Sequence[Line]) -> Text | None:
    """The first paragraph before all headings: what people say of themselves without one."""
    run: list[Line] = []
    for line in lines:
        is_prose = len(line.text.split()) >= _FEWEST_PROSE and "@" not in line.text
        if is_prose or (run and _is_below(run[-1], line) and line.text.endswith(".")):
            run.append(line)
        elif len(run) > 1:
            break
        else:
            run = []
    return Text(run) if len(run) > 1 else None


def find_birth_line(lines: Sequence[Line]) -> list[Token]:
    """The tokens behind a label of a birth date, on its line or the next one."""
    for at, line in enumerate(lines):
        match = _BIRTH.search(plain(line.text))
        if match is None or match.start() > len(line.text) // 2 + 8:
            continue
        tokens = _behind(line, match.end())
        if not any(map(str.isdigit, "".join(token.text for token in tokens))):
            tokens = list(lines[at + 1].tokens) if at + 1 < len(lines) else []
        return tokens
    return []


def _behind(line: Line, start: int) -> list[Token]:
    found, at = [], 0
    for token in line.tokens:
        if at + len(token.text) > start:
            found.append(token)
        at += len(token.text) + 1
    return found


def find_referees(sections: Iterable[list[Line]], regions: Sequence[str]) -> list[Referee]:
    """Who is named, each with the lines until the next one; none where they are on request."""
    found: list[Referee] = []
    for lines in sections:
        blocks = _blocks(lines)
        for block in blocks:
            text = Text(block)
            if _ON_REQUEST.search(plain(text.text)) and len(block) <= 2:
                continue
            found.append(_referee(text, regions))
    return [it for it in found if it.name is not None or it.email or it.phone]


def _blocks(lines: list[Line]) -> list[list[Line]]:
    """Lines in blocks: a wider gap, or a name where the block has its contacts already."""
    blocks: list[list[Line]] = []
    for line in lines:
        own = blocks[-1] if blocks else []
        is_done = any("@" in it.text or _is_phone(it) for it in own)
        begins = (
            line.has_mark
            or (is_done and _may_name(line))
            or (bool(own) and not _is_below(own[-1], line))
        )
        if not blocks or begins:
            blocks.append([line])
        else:
            own.append(line)
    return blocks


def _is_phone(line: Line) -> bool:
    return sum(map(str.isdigit, line.text)) > 6


def _may_name(line: Line) -> bool:
    words = line.text.replace(",", " ").split()
    is_name = all(word[:1].isupper() for word in words[:2])
    return len(words) > 1 and is_name and "@" not in line.text and not _is_phone(line)


def _referee(text: Text, regions: Sequence[str]) -> Referee:
    found = Referee(text)
    emails, phones = find_emails(text.lines), find_phones(text.lines, regions)
    found.email = emails[0] if emails else None
    found.phone = phones[0] if phones else None
    contacts = {id(t) for it in emails + phones for t in it.tokens}
    parts = [
        part
        for line in text.lines
        for run in _runs(line, contacts)
        if (part := make_part(run)) is not None and not part.text.endswith(":")
    ]
    names = [part for part in parts if 2 <= len(part.text.split()) <= 5 and not _has_digit(part)]
    found.name = next((part for part in names if not role_score(part)), None)
    found.position = next((part for part in parts if role_score(part)), None)
    return found


def _has_digit(part: Part) -> bool:
    return any(map(str.isdigit, part.text))


def _runs(line: Line, contacts: set[int]) -> list[list[Token]]:
    """The parts of a line between commas, dashes and gaps, without what is a contact."""
    runs: list[list[Token]] = [[]]
    for cell in line.cells:
        runs.append([])
        for token in cell:
            if id(token) in contacts or token.text in {"-", "–", "—", "|", "•", "·"}:
                runs.append([])
                continue
            runs[-1].append(token)
            if token.text.endswith((",", ";", ":")):
                runs.append([])
    return [run for run in runs if run]
