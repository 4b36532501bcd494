"""Where a résumé names a skill, and what follows from that: how long and until when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from services.extract.resume.experience import Span, months_of
from services.extract.resume.language_codes import language_code
from services.extract.resume.words import resume_words
from services.extract.wording import plain

HARD, SOFT, LANGUAGE = "hard_skill", "soft_skill", "language_skill"


@dataclass(frozen=True, slots=True)
class JobText:
    """What a job says, in lower case without accents. ``span`` and ``end`` may be unknown."""

    text: str
    span: Span | None
    end: str


@dataclass(frozen=True, slots=True)
class Usage:
    """``count`` is how often it is named, ``jobs`` the places of those that name it."""

    count: int
    jobs: list[int]
    months: int | None
    last_used: str | None


def skill_type(skill: str) -> str:
    """Whether a skill is of language, of character, or any other."""
    if language_code(skill) is not None:
        return LANGUAGE
    words = plain(skill)
    soft = resume_words().soft_skills
    return SOFT if words in soft or any(words.startswith(f"{it} ") for it in soft) else HARD


def usage_of(skill: str, whole: str, jobs: Sequence[JobText]) -> Usage:
    """How ``skill`` is used; ``whole`` is the text of the document, plain like the jobs'."""
    pattern = _pattern(plain(skill))
    count = max(1, len(pattern.findall(whole)))
    naming = [at for at, job in enumerate(jobs) if pattern.search(job.text)]
    spans = [span for at in naming if (span := jobs[at].span)]
    ends = [jobs[at].end for at in naming if jobs[at].end]
    return Usage(count, naming, months_of(spans) if spans else None, max(ends, default="") or None)


@cache
def _pattern(skill: str) -> re.Pattern[str]:
    """The skill as a whole: ``C`` is neither ``C++`` nor ``C#``."""
    return re.compile(rf"(?<![\w+#.]){re.escape(skill)}(?![\w+#]|\.\w)")
