"""Schools and degrees: lines labelled by their words, cut where a label comes again."""

from dataclasses import dataclass, field

from services.extract.resume.levels import find_grade
from services.extract.resume.lines import Line, heading_kind
from services.extract.resume.parts import (
    Part,
    degree_words,
    is_institution,
    is_place,
    make_part,
    parts_of,
    without_period,
)
from services.extract.resume.periods import Period, find_period
from services.extract.resume.words import resume_words
from services.extract.wording import plain

_MOST_WORDS = 14
_MOST_AREA = 6
_SHORT = 5
_MOSTLY = 0.6  # of a line's characters
_GENERIC = [["degree"], ["intermediate"], ["diploma"], ["graduation"], ["associate"]]


@dataclass(eq=False)
class Study:
    """A stay at a school; what is not printed is ``None``.

    ``accreditation`` is the degree with its subject as printed, ``lines`` are all of its lines.
    """

    institution: Part | None = None
    degree: Part | None = None
    area: Part | None = None
    period: Period | None = None
    period_line: Line | None = None
    place: Part | None = None
    accreditation: Part | None = None
    lines: list[Line] = field(default_factory=list)
    loose: list[Part] = field(default_factory=list)
    is_closed: bool = False
    is_complete: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether neither a school nor a degree nor anything else is known of it."""
        return self.institution is None and self.degree is None and not self.loose


def find_studies(sections: list[list[Line]]) -> list[Study]:
    """The studies of all sections of education, in order."""
    found: list[Study] = []
    for lines in sections:
        found.extend(_studies(lines))
    return [_settled(study) for study in found if _is_study(study)]


def _studies(lines: list[Line]) -> list[Study]:
    studies = [Study()]
    for line in lines:
        studies[-1].lines.append(line)
        if heading_kind(line.text) is not None:
            studies[-1].is_closed = True
            continue
        if _is_grade(line):
            continue
        period = find_period(line.text)
        bare = without_period(line)
        is_prose = line.has_mark or len(line.text.split()) > _MOST_WORDS or line.text.endswith(".")
        parts = [] if bare is None or (is_prose and period is None) else _parts(bare)
        labels = [_label(part) for part in parts]
        known = {label for label in labels if label != "loose"}
        if line.has_mark and not known and period is None:
            studies[-1].is_closed = True
            continue
        if _begins(studies[-1], known, has_period=period is not None, has_parts=bool(parts)):
            studies[-1].lines.pop()
            studies.append(Study(lines=[line]))
        study = studies[-1]
        if period is not None and bare is None and not study.is_bare:
            study.is_complete = True
        _fill(study, parts, labels)
        if period is not None and study.period is None:
            study.period, study.period_line = period, line
    return studies


def _is_grade(line: Line) -> bool:
    """Whether a line is a grade and little else."""
    grade = find_grade(line.text)
    return grade is not None and grade.stop - grade.begin > _MOSTLY * len(line.text)


def _begins(study: Study, labels: set[str], *, has_period: bool, has_parts: bool) -> bool:
    """Whether what a line brings is already known of ``study``, so that it is another one's."""
    if (has_period and study.period is not None) or (has_parts and study.is_complete):
        return True
    if "institution" in labels and study.institution is not None:
        return True
    return "degree" in labels and study.degree is not None


def _parts(line: Line) -> list[Part]:
    whole = make_part(line.tokens)
    parts = [part for part in parts_of(line) if any(char.isalpha() for char in part.text)]
    if len(parts) > 1 and whole is not None and len(line.cells) == 1:
        # ``School of Arts, University of X`` is one name.
        schools = [is_institution(part) for part in parts]
        if all(schools):
            return [whole]
    return parts


def _label(part: Part) -> str:
    if is_place(part):
        return "place"
    if is_institution(part) and not _begins_with_degree(part):
        return "institution"
    return "degree" if degree_words(part) else "loose"


def _begins_with_degree(part: Part) -> bool:
    first = make_part(part.tokens[:1])
    return first is not None and degree_words(first) > 0 and first.words[:1] not in _GENERIC


def _fill(study: Study, parts: list[Part], labels: list[str]) -> None:
    for at, (part, label) in enumerate(zip(parts, labels, strict=True)):
        is_city = at + 1 < len(parts) and labels[at + 1] == "place" and at > 0
        if label == "place" and study.place is None and at > 0:
            city = parts[at - 1].tokens if labels[at - 1] == "loose" and at > 1 else []
            study.place = make_part(city + part.tokens)
        if label == "institution" and study.institution is None:
            study.institution = part
        elif label == "degree" and study.degree is None:
            study.degree = part
        elif label == "loose" and not study.is_closed and not is_city:
            study.loose.append(part)


def _is_study(study: Study) -> bool:
    if study.institution is not None or study.degree is not None:
        return True
    return study.period is not None and len(study.loose) > 0


def _settled(study: Study) -> Study:
    """The area taken out of the degree, and what has no label given the place left over."""
    if study.degree is not None:
        study.accreditation = study.degree
        study.degree, study.area = _without_area(study.degree)
    if (
        study.area is None
        and study.degree is not None
        and study.loose
        and (study.institution is not None or len(study.loose) > 1)
    ):
        fitting = [part for part in study.loose if len(part.words) <= _MOST_AREA]
        study.area = fitting[0] if fitting else None
        if study.area is not None:
            study.accreditation = _joined(study.degree, study.area)
        study.loose = [part for part in study.loose if part is not study.area]
    if study.institution is None and study.loose:
        study.institution = study.loose[0]
    return study


def _joined(degree: Part, area: Part) -> Part:
    """Both as they stand, where one follows the other."""
    whole = make_part(degree.tokens + area.tokens)
    return degree if whole is None or degree.tokens[0].page != area.tokens[0].page else whole


def _without_area(part: Part) -> tuple[Part, Part | None]:
    """``Bachelor of Science in Physics`` as ``Bachelor of Science`` and ``Physics``."""
    words = [plain(token.text).strip(".,") for token in part.tokens]
    known = resume_words()
    for at in range(1, len(words) - 1):
        is_of = words[at] in {"of", "de", "di"}
        if words[at] in known.of_area and not (is_of and at <= 1):
            return _parted(part, at, at + 1)
    if len(words) > 1 and _is_short_degree(words[0]) and part.tokens[1].text[:1].isupper():
        rest = make_part(part.tokens[1:])
        if rest is not None and not degree_words(rest):
            return _parted(part, 1, 1)  # ``BSc Physics``
    return part, None


def _parted(part: Part, end: int, start: int) -> tuple[Part, Part | None]:
    degree, area = make_part(part.tokens[:end]), make_part(part.tokens[start:])
    return (degree, area) if degree is not None and area is not None else (part, None)


def _is_short_degree(word: str) -> bool:
    return len(word) <= _SHORT and word in resume_words().degrees
