"""Whose résumé it is: the name, what the person calls herself, where she lives."""

import re
from dataclasses import dataclass

from services.extract.resume.addresses import has_postal_code, is_street
from services.extract.resume.lines import Line, heading_kind
from services.extract.resume.names import is_title
from services.extract.resume.parts import Part, is_place, make_part, parts_of, role_score
from services.extract.resume.words import resume_words
from services.extract.sheet import Token
from services.extract.wording import compact, plain

_MOST_LINES = 40
_MOST_WORDS = 5
_MOST_PLACE = 12  # words
_AHEAD, _CLOSE = 0.5, 0.2  # of the score
_TOP, _FAR = 3, 8  # lines
_NAME = re.compile(r"[^\W\d_][^\W\d_.'’-]*(?:[.'’-][^\W\d_]*)*")
_DOMAIN = re.compile(r"\.[a-z]{2,}$")
_PARTICLES = frozenset(
    {"von", "van", "de", "der", "den", "da", "dos", "di", "del", "la", "le", "al", "bin", "ben",
     "el", "zu", "du", "y", "ter", "ten"}
)  # fmt: skip
_OTHER_LABELS = frozenset(
    map(compact, ("address", "anschrift", "adresse", "adres", "dirección", "morada", "endereço",
                  "indirizzo", "phone", "telefon", "telefono", "teléfono", "telefone", "téléphone",
                  "telefoon", "mobile", "mobil", "email", "e-mail", "born", "nationality",
                  "nationalität", "staatsangehörigkeit", "nationalité", "nacionalidad",
                  "nacionalidade", "nazionalità", "nationaliteit", "gender", "date of birth"))
)  # fmt: skip
_LABELS = frozenset({"name", "fullname", "vorname", "nom", "nombre", "nome", "naam"})


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name; ``told`` is what speaks for it. ``is_clear``: nothing else comes near."""

    part: Part
    is_clear: bool
    told: frozenset[str]


def find_name(lines: list[Line], emails: list[str]) -> FoundName | None:
    """The name: large print near the top, bonus where the e-mail has it."""
    ranked: list[tuple[float, int, Part]] = []
    tallest = max((line.height for line in lines[:_MOST_LINES]), default=1.0)
    for at, line in enumerate(lines[:_MOST_LINES]):
        if line.page != lines[0].page:
            break
        for cell in line.cells:
            part = _name_part(cell)
            if part is None:
                continue
            score = 2.5 * max(token.height for token in cell) / tallest
            score -= 0.06 * at + 0.7 * role_score(part)
            score += 1.2 * _share_in(part, emails) + 0.3 * (len(part.text.split()) > 1)
            ranked.append((score, at, part))
    if not ranked:
        return None
    ranked.sort(key=lambda each: -each[0])
    score, at, best = ranked[0]
    margin = score - ranked[1][0] if len(ranked) > 1 else 1.0
    found = _judged(best, margin, tallest, emails)
    place = "at_top" if at < _TOP else "far_down" if at > _FAR else "below_top"
    return FoundName(found.part, found.is_clear, found.told | {place})


def _judged(best: Part, margin: float, tallest: float, emails: list[str]) -> FoundName:
    share = _share_in(best, emails)
    told = {f"words:{min(4, len(best.text.split()))}"}
    told |= {"in_email"} if share == 1 else {"partly_in_email"} if share else set()
    told |= {"ahead"} if margin > _AHEAD else {"close"} if margin < _CLOSE else set()
    told |= {"tallest"} if max(t.height for t in best.tokens) > 0.97 * tallest else set()
    told |= {"says_role"} if role_score(best) else set()
    return FoundName(best, margin > _AHEAD or share == 1, frozenset(told))


def find_title(lines: list[Line], name: Part | None) -> Part | None:
    """What stands under the name, such as ``Full Stack Developer``."""
    if name is None:
        return None
    row = next((at for at, line in enumerate(lines) if _holds(line, name)), None)
    if row is None or compact(lines[row].tokens[0].text) in _LABELS:
        return None  # a table of personal data has no title
    for line in lines[row : row + 3]:
        for part in parts_of(line, commas=False):
            if part.tokens[0] in name.tokens or not _may_be_title(part):
                continue
            return part
    return None


def find_places(lines: list[Line]) -> list[Part]:
    """Where the person lives, among the first lines: city and state or country, or an address."""
    for at, line in enumerate(lines[:_MOST_LINES]):
        for part in parts_of(line, commas=False):
            pieces = [piece.strip() for piece in part.text.split(",")]
            last = make_part(part.tokens[-1:])
            if len(pieces) < 2 or len(part.text.split()) > _MOST_PLACE or last is None:
                continue
            if is_place(Part(part.tokens, pieces[-1])) or is_place(last) or _is_address(pieces):
                return [_with_street(lines, at, _without_label(part))]
    return _postal(lines)


def _is_address(pieces: list[str]) -> bool:
    return any(map(is_street, pieces)) and any(map(has_postal_code, pieces))


def _postal(lines: list[Line]) -> list[Part]:
    """A postal code with its city, below a street."""
    for at, line in enumerate(lines[: _MOST_LINES // 2]):
        for part in parts_of(line, commas=False):
            whole = _with_street(lines, at, _without_label(part))
            if has_postal_code(part.text) and whole is not part:
                return [whole]
    return []


def _with_street(lines: list[Line], at: int, part: Part) -> Part:
    """``part`` with the street that stands above it."""
    above = lines[at - 1] if at else None
    if above is None or any(map(is_street, part.text.split(","))):
        return part
    for upper in parts_of(above, commas=False):
        if is_street(upper.text.split(",")[0]) and abs(upper.tokens[0].x0 - part.tokens[0].x0) < 60:
            return Part(upper.tokens + part.tokens, f"{upper.text}, {part.text}")
    return part


def _without_label(part: Part) -> Part:
    """``Address: Boston, MA`` without the label."""
    if len(part.tokens) > 1 and part.tokens[0].text.endswith(":"):
        return make_part(part.tokens[1:]) or part
    return part


def _name_part(cell: list[Token]) -> Part | None:
    tokens = cell
    if compact(tokens[0].text) in _LABELS:
        tokens = tokens[1:]
    part = make_part(tokens) if tokens else None
    if part is None or heading_kind(part.text):
        return None
    words = part.text.split()
    counted = [word for word in words if word not in _PARTICLES and not word.endswith(".")]
    if len(counted) > _MOST_WORDS or _DOMAIN.search(part.text):
        return None
    if not all(_NAME.fullmatch(word) for word in words) or len(part.text) < 4:
        return None
    if compact(part.text) in resume_words().titles or plain(part.text) in resume_words().languages:
        return None
    while len(tokens) > 1 and is_title(tokens[0]):
        tokens = tokens[1:]
    bare = [token.text for token in tokens]
    lower = [word for word in bare if word[0].islower() and word not in _PARTICLES]
    return None if lower and len(lower) < len(words) else part


def _share_in(part: Part, emails: list[str]) -> float:
    local = compact("".join(email.split("@")[0] for email in emails))
    words = [compact(word) for word in part.text.split() if len(compact(word)) > 1]
    if not local or not words:
        return 0.0
    return sum(word in local for word in words) / len(words)


def _holds(line: Line, name: Part) -> bool:
    return name.tokens[0] in line.tokens


def _may_be_title(part: Part) -> bool:
    text = part.text
    return (
        len(text.split()) <= 8
        and not any(sign in text for sign in "@/:")
        and compact(text) not in _LABELS | _OTHER_LABELS
        and not text.casefold().startswith("www.")
        and "." not in text.rstrip(".")[-4:]
        and not any(char.isdigit() for char in text)
        and heading_kind(text) is None
        and not any(is_place(Part(part.tokens, piece.strip())) for piece in text.split(","))
        and not text.endswith(".")
    )
