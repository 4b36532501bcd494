"""The words that résumés are made of, in all languages at once, as data."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from services.extract.wording import compact, plain


@dataclass(frozen=True, slots=True)
class ResumeWords:
    """Headings by compact phrase, and sets of words, each plain (lower case, no accents).

    ``heading_words`` lead from a single word of a heading to its kind; ``roles``,
    ``companies``, ``institutions`` and ``degrees`` are words that such a name contains,
    ``places`` countries and states, ``levels`` how well a language is spoken.
    """

    headings: dict[str, str]
    heading_words: dict[str, str]
    titles: frozenset[str]
    present: frozenset[str]
    between: frozenset[str]
    since: frozenset[str]
    roles: frozenset[str]
    role_endings: tuple[str, ...]
    companies: frozenset[str]
    institutions: frozenset[str]
    institution_endings: tuple[str, ...]
    degrees: frozenset[str]
    of_area: frozenset[str]
    places: frozenset[str]
    durations: frozenset[str]
    levels: frozenset[str]
    languages: frozenset[str]
    soft_skills: frozenset[str]


_BY_WORD = {
    "work": ("experience", "employment", "berufserfahrung", "werkervaring", "erfahrung"),
    "education": ("education", "academic", "qualifications", "ausbildung", "bildung", "formation",
                  "educacion", "istruzione", "opleiding"),
    "skills": ("skills", "skill", "competencies", "competences", "expertise", "kenntnisse",
               "kompetenzen", "habilidades", "competencias", "competenze", "vaardigheden",
               "technologies"),
    "projects": ("project", "projects", "projekte", "projets", "proyectos", "progetti"),
    "certificates": ("certifications", "certificates", "zertifikate", "certificats", "trainings"),
    "awards": ("awards", "achievements", "honors", "honours"),
    "interests": ("hobbies", "interests", "interessen"),
    "publications": ("publications",),
    "references": ("references", "referees"),
}  # fmt: skip


@cache
def resume_words() -> ResumeWords:
    """The words, read once per process."""
    folder = resources.files(__package__)
    kinds = json.loads(folder.joinpath("headings.json").read_bytes())
    data = json.loads(folder.joinpath("words.json").read_bytes())
    sets = {name: frozenset(map(plain, words)) for name, words in data.items()}
    return ResumeWords(
        headings={compact(phrase): kind for kind, phrases in kinds.items() for phrase in phrases},
        heading_words={word: kind for kind, words in _BY_WORD.items() for word in words},
        titles=frozenset(map(compact, data["titles"])),
        present=sets["present"],
        between=sets["between"],
        since=sets["since"],
        roles=sets["role"],
        role_endings=tuple(map(plain, data["role_endings"])),
        companies=sets["company"],
        institutions=sets["institution"],
        institution_endings=tuple(map(plain, data["institution_endings"])),
        degrees=sets["degree"],
        of_area=sets["areas_in"],
        places=sets["place"],
        durations=sets["skill_tail"],
        levels=sets["level"],
        languages=sets["languages"],
        soft_skills=sets["soft_skill"],
    )
