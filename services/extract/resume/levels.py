"""How high a degree is, and what grade was reached."""

import re
from dataclasses import dataclass

from services.extract.wording import plain

# Of the first that matches; on plain text (lower case, no accents).
_LEVELS = (
    ("doctoral", (r"ph\.?\s?d|d\.?phil|doctor|doktor|\bdoctora|dottorato|doutora|\bpromotion\b"
                 r"|\bm\.?d\.?\b|\bj\.?d\.?\b|\bdr\b|proefschrift")),
    ("masters", (r"\bmaster|\bm\.?\s?sc\b|\bm\.?s\b\.?|\bm\.?a\b\.?|\bm\.?b\.?a\b|\bemba\b"
                r"|\bm\.?\s?eng\b|\bm-?\.?\s?tech\b|\bm\.?e\b\.|\bm\.?\s?com\b|\bmca\b|\bm\.?\s?phil\b"
                r"|\bll\.?m\b|\bm\.?\s?ed\b|\bmfa\b|\bmph\b|\bmsw\b|\bmagister|\bmagistrale"
                r"|\bdiplom\b|\bdipl\b\.?|\bstaatsexamen|\bmaitrise|\bmestrad|\bmestre\b"
                r"|\bdess\b|\bdea\b|\bdoctoraal\b|\bingenieur\b|diplome d.ingenieur|pos-graduacao"
                r"|\bpgdm\b|\bpgdbm\b|\bpost ?graduat")),
    ("certificate", (r"\bassociate|\bdiploma\b(?! di)|\bpgdca\b|\bausbildung|\blehre\b|\bberufsaus"
                    r"|\bbts\b|\bdut\b|\bdeug\b|\bhn[cd]\b|\bbtec\b|\bcap\b|\bbep\b|\bfp\b"
                    r"|ciclo formativo|tecnico superior|\bmbo\b|\bfoundation degree|\bcertificat"
                    r"|\bfachwirt|\bmeister\b|\btechniker")),
    ("bachelors", (r"\bbachelor|\bb\.?\s?sc\b|\bb\.?s\b\.?|\bb\.?a\b\.?|\bb\.?\s?eng\b|\bb\.?e\b\.?"
                  r"|\bb\s?-?\.?\s?tech\b|\bb\.?\s?com\b|\bbca\b|\bbba\b|\bll\.?b\b|\bb\.?\s?ed\b|\bbfa\b"
                  r"|\blicence\b|\blicencia|\bgrado\b|\bgraduad|\bgraduacao|\bdiplomatura"
                  r"|\blaurea\b|\btriennale|\bbacharel|\bhbo\b|\bgraduation\b|\bvordiplom"
                  r"|\bdegree\b|\bwo\b|\bpropedeuse")),
    ("school", (r"\bhsc\b|\bssc\b|\bsslc\b|\bpuc\b|\bintermediate|\bmatric|high school|secondary"
               r"|\bgeds?\b|a-levels?\b|\bgcses?\b|\babitur|\bfachabitur|\bmatura\b|\bmatur\b"
               r"|reife\b|schulabschluss|\bbaccalaureat|\bbac\b|\bbrevet\b|\bbachillerato"
               r"|ensino (?:medio|secundario)|\bmaturita|\bvwo\b|\bhavo\b|\bvmbo\b|leaving cert"
               r"|diploma di (?:maturita|scuola|liceo)")),
)  # fmt: skip
_SCHOOLS = re.compile(
    r"high school|secondary school|gymnasium\b|realschule|gesamtschule|hauptschule|\blycee|\bliceo"
    r"|\binstituto de ensenanza|\bies\b|escola secundaria|\blyceum"
)
_GRADE = re.compile(
    r"(?P<metric>\bc?gpa\b|\bcumulative gpa\b|\b(?:abschluss|gesamt|durchschnitts|end)?note\b"
    r"|\b(?:final )?grades?\b|\bpercentage\b|\bmarks\b|\bscore\b|\bnota(?: media| final| finale)?\b"
    r"|\bvoto(?: finale)?\b|\bmoyenne\b|\bmedia\b|\bmédia(?: final)?\b|\bmention\b|\bcijfer\b"
    r"|\bgemiddelde?\b)"
    r"\s*(?:of\b|:|-|=)?\s*"
    r"(?P<value>\d{1,3}(?:[.,]\d{1,2})?(?:\s?/\s?\d{1,3}(?:[.,]\d{1,2})?)?\s?%?"
    r"|(?:très bien|tres bien|assez bien|bien|passable)\b|[A-F][+-]?(?![\w]))",
    re.IGNORECASE,
)
_SHARE = re.compile(r"(?<![\d.,])(?P<value>\d{2,3}(?:[.,]\d{1,2})?\s?%)")
_NAMED = re.compile(
    r"\b(?:first[- ]class honou?rs|upper second[- ]class honou?rs|lower second[- ]class honou?rs"
    r"|second[- ]class honou?rs|third[- ]class honou?rs|with (?:high )?distinction"
    r"|(?:summa |magna )?cum laude|matrícula de honor|2:[12]\b|first class|with merit)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade; ``begin`` and ``stop`` are its places in the text, ``metric`` may be empty."""

    metric: str
    value: str
    begin: int
    stop: int


def education_level(degree: str, institution: str = "") -> str | None:
    """``school``, ``certificate``, ``bachelors``, ``masters`` or ``doctoral``.

    By the words of the degree, else by the kind of school.
    """
    text = plain(degree)
    if re.search(_LEVELS[-1][1], text) and "degree" not in text:
        return "school"
    for level, pattern in _LEVELS:
        if re.search(pattern, text):
            return level
    return "school" if _SCHOOLS.search(plain(institution)) else None


def find_grade(text: str) -> Grade | None:
    """The first grade in ``text``."""
    if match := _GRADE.search(text):
        return Grade(match["metric"], match["value"].strip(), match.start(), match.end())
    if match := _NAMED.search(text):
        return Grade("", match[0], match.start(), match.end())
    if match := _SHARE.search(text):
        return Grade("Percentage", match["value"], match.start(), match.end())
    return None
