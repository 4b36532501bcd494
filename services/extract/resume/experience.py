"""How long: months of jobs, years of all of them, and how high a position is."""

import re
from collections.abc import Iterable
from datetime import date

from services.extract.resume.periods import Period
from services.extract.wording import plain

Span = tuple[int, int]
"""Months since the year 0, the first and the one after the last."""

_YEAR = 12
_UPPER = re.compile(
    r"\b(?:chief|ce[o0]|cto|cfo|coo|cio|cmo|president|vice[- ]president|s?vp|managing director"
    r"|executive director|general manager|founder|co-?founder|owner|partner|board member"
    r"|geschaftsfuhrer\w*|vorstand\w*|prokurist\w*|president-directeur|directeur general"
    r"|directrice generale|director general|directora general|diretor geral|amministratore delegato"
    r"|algemeen directeur|presidente)\b"
)
_LOW = re.compile(
    r"\b(?:supervisor|team ?lead(?:er)?|tech(?:nical)? lead|shift (?:lead|leader|manager)|foreman"
    r"|assistant manager|deputy manager|schichtleiter\w*|teamleiter\w*|gruppenleiter\w*"
    r"|vorarbeiter\w*|chef d.equipe|jefe de equipo|jefa de equipo|encargad[oa]|chefe de equipa"
    r"|capo ?squadra|capoturno|teamleider|voorman|lead)\b"
)
_MID = re.compile(
    r"\b(?:director|head of|head|manager|\w*leiter(?:in)?|directeur|directrice|responsable"
    r"|directora|gerente|jefe|jefa|diretor|diretora|chefe|direttore|direttrice|responsabile"
    r"|hoofd|manager\w*)\b"
)
_NOT_OF_PEOPLE = re.compile(
    r"\b(?:account|product|project|program(?:me)?|key account|case|community|social media|content"
    r"|customer success|relationship|change|data|database|asset|portfolio|risk|produkt|projekt"
    r"|projectleider|brand|event)s? ?-?(?:manager|leiter)\w*\b|\bhead (?:chef|nurse|teacher|cook)\b"
)


def span_of(period: Period, today: date) -> Span | None:
    """The months of a period, first and last included; ``None`` where it has no beginning.

    Years alone are counted by their difference, at least one year.
    """
    if not period.start:
        return None
    start = _month(period.start, 1)
    if not period.end:
        return (start, max(start, today.year * _YEAR + today.month - 1) + 1)
    if len(period.end) == 4:  # a year alone
        begun = start - start % _YEAR if len(period.start) == 4 else start
        years_end = int(period.end) * _YEAR
        is_bare = len(period.start) == 4
        return (
            begun,
            max(begun + (_YEAR if is_bare else 1), years_end if is_bare else years_end + 1),
        )
    end = _month(period.end, _YEAR)
    return (start, end + 1) if end >= start else None


def months_of(spans: Iterable[Span]) -> int:
    """The months that any of ``spans`` covers, each once."""
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def _month(iso: str, default: int) -> int:
    month = int(iso[5:7]) if len(iso) > 4 else default
    return int(iso[:4]) * _YEAR + month - 1


def management_level(title: str) -> str | None:
    """``low``, ``mid`` or ``upper`` where the title of a position says whom it leads."""
    text = plain(title)
    if _UPPER.search(text):
        return "upper"
    if _LOW.search(text):
        return "low"
    if _NOT_OF_PEOPLE.search(text):
        return None
    return "mid" if _MID.search(text) else None
