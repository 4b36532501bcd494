"""A person's name taken apart: title, given names, family name with its particles."""

from dataclasses import dataclass

from services.extract.resume.parts import Part
from services.extract.sheet import Token
from services.extract.wording import compact

_TITLES = frozenset(
    {"dr", "dra", "profa", "prof", "professor", "doctor", "mr", "mrs", "ms", "miss", "mx", "sir",
     "dame", "herr", "frau", "m", "mme", "mlle", "sr", "sra", "srta", "don", "dona", "sig", "dott",
     "dottssa", "ing", "diplinf", "dipling", "diplkfm", "mag", "eng", "dhr", "mevr", "drs", "ir",
     "doc"}
)  # fmt: skip
_AFTER = frozenset(
    {"phd", "md", "mba", "msc", "bsc", "cpa", "pmp", "rn", "esq", "ma", "ba", "meng", "beng",
     "cfa", "llm", "dphil", "pe", "mph"}
)  # fmt: skip
_GENERATIONS = frozenset({"jr", "ii", "iii", "iv", "junior", "senior"})
_PARTICLES = frozenset(
    {"von", "van", "de", "der", "den", "da", "das", "dos", "do", "di", "del", "della", "la", "le",
     "du", "des", "zu", "zum", "zur", "ter", "ten", "el", "al", "bin", "ben", "ibn", "af", "av",
     "st", "mac", "vom", "y", "e"}
)  # fmt: skip
_TWO_FAMILY_NAMES = frozenset(
    {"ES", "MX", "AR", "CO", "CL", "PE", "VE", "EC", "UY", "PY", "BO", "CR", "CU", "DO", "GT",
     "HN", "PA"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameParts:
    """Runs of the name's tokens; what it lacks is empty."""

    title: list[Token]
    first: list[Token]
    middle: list[Token]
    last: list[Token]


def name_parts(name: Part, country: str | None) -> NameParts:
    """The parts of ``name``; ``country`` (ISO 3166 alpha-2) says where the person is from.

    In Spain and most of Spanish America people have two family names. A single word is taken
    for the first name.
    """
    tokens = [token for token in name.tokens if any(map(str.isalpha, token.text))]
    title: list[Token] = []
    while len(tokens) > 1 and is_title(tokens[0]):
        title.append(tokens.pop(0))
    while len(tokens) > 1 and compact(tokens[-1].text) in _AFTER and _looks_earned(tokens[-1]):
        title.append(tokens.pop())
    ending: list[Token] = []
    if len(tokens) > 2 and compact(tokens[-1].text) in _GENERATIONS:
        ending = [tokens.pop()]
    if len(tokens) < 2:
        return NameParts(title, tokens, [], ending)
    start = len(tokens) - 1
    if country in _TWO_FAMILY_NAMES and len(tokens) > 2:
        start = _with_particles(tokens, start) - 1
    start = _with_particles(tokens, max(1, start))
    return NameParts(title, tokens[:1], tokens[1:start], tokens[start:] + ending)


def _with_particles(tokens: list[Token], start: int) -> int:
    """Where the name at ``start`` begins with its particles; the first word is never one."""
    while start > 1 and compact(tokens[start - 1].text) in _PARTICLES:
        start -= 1
    return start


def is_title(token: Token) -> bool:
    """Whether a word is a title before a name, such as ``Dr.``."""
    word = compact(token.text)
    is_short = len(word) == 1
    return word in _TITLES and (not is_short or token.text.endswith("."))


def _looks_earned(token: Token) -> bool:
    """Whether it is written as a degree: ``MBA``, ``PhD``, ``M.Sc.``, not as a name: ``Ma``."""
    return sum(map(str.isupper, token.text)) > 1
