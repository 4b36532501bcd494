"""Parts of a line between separators, and what they look like: a role, a company, a place."""

import re
from dataclasses import dataclass
from itertools import pairwise

from services.extract.lexicon.entities import entities
from services.extract.resume.lines import Line
from services.extract.resume.periods import find_period
from services.extract.resume.words import resume_words
from services.extract.sheet import Token
from services.extract.wording import compact, plain

_SEPARATORS = frozenset({"-", "–", "—", "−", "|", "•", "·", "/", "@", "~", "*", "■", "►", "«", "¦"})
_AT = frozenset({"at", "bei", "chez", "presso", "bij"})
_UNIVERSITY_OF = re.compile(r"(?:university|institute|college) of|universi[dt]ad? (?:de|autónoma)")
_SUBJECTS = ("ics", "ing", "logy", "ence", "ences", "tion", "law", "try", "ory", "art", "arts",
             "ies", "ment", "phy", "omy")  # fmt: skip
_WORD = re.compile(r"[^\W_][\w.'’&+-]*")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line, without the separators around it."""

    tokens: list[Token]
    text: str

    @property
    def words(self) -> list[str]:
        """Its words, plain."""
        return [word.strip(".'’-") for word in _WORD.findall(plain(self.text))]


def parts_of(line: Line, *, commas: bool = True) -> list[Part]:
    """The parts of ``line`` between wide gaps, dashes, bars and (where asked for) commas."""
    runs: list[list[Token]] = []
    for cell in line.cells:
        runs.append([])
        depth = 0
        for token in cell:
            if depth <= 0 and _separates(token.text):
                runs.append([])
                continue
            runs[-1].append(token)
            depth += token.text.count("(") - token.text.count(")")
            if depth <= 0 and token.text.endswith(("|", ";") + ((",",) if commas else ())):
                runs.append([])
    parts = [part for run in runs if run and (part := make_part(run)) is not None]
    return _with_endings(parts)


def _with_endings(parts: list[Part]) -> list[Part]:
    """``Acme, Inc.`` and ``University of California, Berkeley`` as one part each."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last is not None and last.tokens[-1].text.endswith(",") and _ends(last, part):
            tokens = last.tokens + part.tokens
            joined[-1] = make_part(tokens) or last
        else:
            joined.append(part)
    return joined


def _ends(name: Part, part: Part) -> bool:
    """Whether ``part`` is a legal form, or the town in the name of a university."""
    if compact(part.text) in entities().legal and not _is_state_code(part):
        return True
    words = part.words
    return (
        _UNIVERSITY_OF.match(name.text.lower()) is not None
        and len(words) <= 2
        and not any(word.endswith(_SUBJECTS) for word in words)
        and degree_words(part) == 0
        and part.text[:1].isupper()
        and len(part.text) > 2
    )


def _is_state_code(part: Part) -> bool:
    """Whether a part may be the code of a state, as ``Denver, CO`` has it."""
    return len(part.text) == 2 and part.text.isupper() and is_place(part)


def _separates(text: str) -> bool:
    return text in _SEPARATORS or text.lower() in _AT


def make_part(tokens: list[Token]) -> Part | None:
    """The part that ``tokens`` make, ``None`` where nothing but signs is in them."""
    text = " ".join(token.text for token in tokens).strip(" ,;:|-–—•·*")
    if text.endswith(")") and "(" not in text:
        text = text[:-1]
    if text.endswith(".") and len(tokens[-1].text) > 5 and text.count(".") == 1:
        text = text[:-1]
    return Part(tokens, text) if any(char.isalnum() for char in text) else None


def without_period(line: Line) -> Line | None:
    """``line`` without its first period of time; ``None`` where nothing else is on it."""
    period = find_period(line.text)
    if period is None:
        return line
    cells: list[list[Token]] = []
    at = 0
    for cell in line.cells:
        kept = []
        for token in cell:
            end = at + len(token.text)
            if end <= period.begin or at >= period.stop:
                kept.append(token)
            at = end + 1
        if any(char.isalnum() for token in kept for char in token.text):
            cells.append(kept)
    return Line(cells, line.has_mark, line.row) if cells else None


def role_score(part: Part) -> float:
    """How much a part looks like a position, 0..2."""
    known = resume_words()
    words = part.words
    hits = sum(word in known.roles or word.endswith(known.role_endings) for word in words)
    return min(2.0, float(hits))


def company_score(part: Part) -> float:
    """How much a part looks like the name of a company, 0..2."""
    known = resume_words()
    words = part.words
    score = 1.0 if entities().legal_end(part.text) is not None else 0.0
    return min(2.0, score + 0.6 * sum(word in known.companies for word in words))


def is_place(part: Part) -> bool:
    """Whether a part is a country or a state."""
    text = plain(part.text).strip(" .")
    known = resume_words().places
    if len(text) == 2 and not part.text.strip(" .").isupper():
        return False
    return text in known or (" ".join(text.split()[:-1]) in known and text.split()[-1].isdigit())


def is_institution(part: Part) -> bool:
    """Whether a part names a school or a university."""
    known = resume_words()
    return any(
        word in known.institutions or (len(word) > 6 and word.endswith(known.institution_endings))
        for word in part.words
    )


def degree_words(part: Part) -> int:
    """How many words of a degree a part has at its beginning or alone."""
    known = resume_words().degrees
    words = plain(part.text).replace("(", " ").replace(")", " ").replace("’", "'").split()
    count = 0
    if len(words) > 1 and words[0].endswith("-"):  # B- Tech
        words[:2] = [words[0] + words[1]]
    pairs = [f"{one} {two}" for one, two in pairwise([word.strip(",;:") for word in words])]
    count += 2 * sum(pair in known for pair in pairs)
    for word in words:
        bare = word.strip(",;:")
        if bare in known or bare.rstrip(".") in known or bare.replace(" ", "") in known:
            count += not (len(bare) == 2 and not _is_capital(part.text, bare))
    return count


def _is_capital(text: str, word: str) -> bool:
    return any(plain(each).strip(",;:()") == word and each[:1].isupper() for each in text.split())
