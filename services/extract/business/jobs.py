"""Advertisements of jobs: their sections, the title, the pay and the experience asked for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from services.extract.business.asked import Asked, found_at
from services.extract.business.blocks import find_name
from services.extract.candidates.numerals import parse
from services.extract.described import names_itself
from services.extract.finders import Found, FoundRow
from services.extract.labels import Hit
from services.extract.lexicon.currencies import currency_of
from services.extract.sheet import Row, Segment, Token
from services.extract.wording import compact, plain

_SURE, _GUESSED = 0.85, 0.6
_BULLETS = frozenset("-\u2013\u2022*\u00b7\u25aa\u25ba\u25cfo\u2023\u25e6\u2714\u2713")
_MISREAD = ".,\u00b0* "  # what a bullet may be read as
_MOST_ITEMS = 60
_TITLE_ROWS = 8
# Jobs are open to all: ``(m/w/d)``, ``(H/F)``, ``(m/f/x)``.
_ANYBODY = re.compile(r"\((?:[mfwdhvxi]\s?[/|]\s?){1,3}[mfwdhvxi]\)", re.IGNORECASE)
_FEWEST_LETTERS = 3
_LISTS = frozenset({"required_skills", "required_languages"})
_LONG = 0.75  # of the widest line: the next line goes on
_BETWEEN = re.compile(r"[,;|]$")
_PERIODS = {
    "hour": r"hour|hourly|p\.?h\.?|stunde\w*|stundlich|heure|horaire|hora|ora|oraria|uur",
    "day": r"day|daily|tag|tagessatz|jour|journalier|dia|giorno|dag",
    "week": r"week|weekly|woche|semaine|semana|settimana",
    "month": r"month|monthly|monat\w*|mois|mensuel|mensuels|mes|mensual|mensuales|mensais"
             r"|mensal|mese|mensile|mensili|maand|pcm",
    "year": r"year|yearly|annum|annual|annually|p\.?a\.?|jahr\w*|an|annee|annuel|annuels"
            r"|ano|anual|anuales|anuais|anno|annuo|annui|annua|jaar",
}  # fmt: skip
_PERIOD = {
    name: re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])") for name, words in _PERIODS.items()
}
_SIGN = r"(?:[€£$¥₹]|[A-Z]{3}|zł|CHF)"
_SUM = r"\d{1,3}(?:[.,'\u2019\u00a0 ]\d{3})+(?:[.,]\d{2})?|\d+(?:[.,]\d{1,2})?"
_PAY = re.compile(
    rf"(?P<c1>{_SIGN})?\s?(?P<low>{_SUM})\s?(?P<k1>[kK])?\s?(?P<c2>{_SIGN})?"
    rf"(?:\s?(?:-|\u2013|\u2014|to|bis|à|a|até|tot|en)\s?"
    rf"(?P<c3>{_SIGN})?\s?(?P<high>{_SUM})\s?(?P<k2>[kK])?\s?(?P<c4>{_SIGN})?)?"
)
_LEAST_PAY = 5
_GROUPED = re.compile(r"\d{1,3}(?:[.,'\u2019\u00a0 ]\d{3})+")
_EXPERIENCE = re.compile(
    r"(\d{1,2})\s?\+?(?:\s?(?:-|\u2013|to|bis|a|\u00e0|tot)\s?\d{1,2})?\s?(?:years?|yrs|jahren?|ans|annees"
    r"|anos|anni|jaar)"
)
_EXPERIENCED = re.compile(r"experien|erfahrung|experienc|esperienz|ervaring|praxis")


def find_points(asked: Asked) -> list[FoundRow]:
    """The points under the heading of the field, or behind it with commas between."""
    column = asked.spec.fields[0].name
    rows: list[FoundRow] = []
    for hit in asked.hits():
        if not (hit.opens and hit.closes):
            continue
        points = _points(asked, hit)
        marks = _MISREAD if asked.reading.sheet.is_ocr else ""
        texts = [(_said(it).lstrip(marks), it) for it in points]
        rows = [{column: found_at(text, it, _SURE)} for text, it in texts if text]
        if rows:
            break
    return rows[:_MOST_ITEMS]


def find_education(asked: Asked) -> Found | None:
    """What stands behind the label, else the first line under the heading."""
    for hit in asked.hits():
        points = _points(asked, hit) if hit.opens and hit.closes else []
        if points:
            return found_at(_said(points[0]), points[0], _SURE)
    return None


def find_title(asked: Asked) -> Found | None:
    """The labelled title, else the largest line at the head that is no company's."""
    found = asked.labelled()
    if found is not None and not _is_of_title(asked, found):
        return found
    for segment in asked.reading.sheet.segments:
        if (match := _ANYBODY.search(segment.text)) and match.start() > _FEWEST_LETTERS:
            tokens = segment.span(0, match.end())
            return found_at(segment.text[: match.end()].strip(), tokens, _SURE)
    head = [
        segment
        for row in asked.reading.sheet.rows[:_TITLE_ROWS]
        for segment in row.segments
        if _may_be_title(asked, segment)
    ]
    if not head:
        return None
    best = max(head, key=lambda it: (round(it.height), -it.row))
    return found_at(best.text.strip(" :"), list(best.tokens), _GUESSED)


def _is_of_title(asked: Asked, found: Found) -> bool:
    """Whether the words are those of a title such as ``Job description``."""
    segment = asked.reading.sheet.places.get(found.tokens[0].index)
    return segment is not None and names_itself(segment)


def _may_be_title(asked: Asked, segment: Segment) -> bool:
    company = asked.sibling("company")
    employer = find_name(replace(asked, spec=company), closed=True) if company else None
    if employer is not None and compact(employer.value) == compact(segment.text):
        return False
    profile = asked.reading.profile(segment)
    letters = sum(map(str.isalpha, segment.text))
    is_label = segment.tokens[0].index in asked.labels.opening
    return not (
        is_label
        or names_itself(segment)
        or profile.legal_end is not None
        or profile.is_contact
        or letters < _FEWEST_LETTERS
    )


def find_least(asked: Asked) -> Found | None:
    """The lowest pay."""
    return _pay(asked, "low")


def find_most(asked: Asked) -> Found | None:
    """The highest pay, where a range is printed."""
    return _pay(asked, "high")


def find_pay_currency(asked: Asked) -> Found | None:
    """The currency of the pay."""
    for row, match in _pays(asked):
        sign = next((match[it] for it in ("c1", "c2", "c3", "c4") if match[it]), None)
        code = currency_of(sign) if sign else None
        if code is not None:
            return found_at(code, _tokens(row, match), _SURE)
    return None


def find_pay_period(asked: Asked) -> Found | None:
    """What the pay is for."""
    for row, match in _pays(asked):
        for name, words in _PERIOD.items():
            if words.search(plain(row.text[match.end() :])) or words.search(
                plain(row.text[: match.start()])
            ):
                return found_at(name, _tokens(row, match), _SURE)
    return None


def find_experience(asked: Asked) -> Found | None:
    """The least number of years."""
    for row in asked.reading.sheet.rows:
        text = plain(row.text) if row.digits else ""
        if text and _EXPERIENCED.search(text) and (match := _EXPERIENCE.search(text)):
            tokens = [it for it in row.tokens if match[1] in it.text][:1]
            return found_at(str(int(match[1])), tokens, _SURE)
    return None


def _pay(asked: Asked, which: str) -> Found | None:
    for row, match in _pays(asked):
        if match[which] is None:
            return None
        value = _parsed(asked, match[which])
        if value is not None:
            thousands = match["k1"] or match["k2"]
            value *= 1000 if thousands and value < 1000 else 1
            return found_at(f"{value:.2f}", _tokens(row, match), _SURE)
    return None


def _pays(asked: Asked) -> Iterator[tuple[Row, re.Match[str]]]:
    """Sums with a currency and a period beside them, on one row."""
    for row in asked.reading.sheet.rows:
        if row.digits < 2:
            continue
        text = plain(row.text)
        if not any(words.search(text) for words in _PERIOD.values()):
            continue
        for match in _PAY.finditer(_without_days(asked, row)):
            signs = [match[it] for it in ("c1", "c2", "c3", "c4") if match[it]]
            if any(currency_of(it) for it in signs) and _is_sum(asked, match["low"]):
                yield row, match
                break


def _without_days(asked: Asked, row: Row) -> str:
    """The text of a row with a sign in place of each letter of its dates."""
    days = {index for it in asked.reading.dates for index in it.indexes}
    return " ".join("#" * len(it.text) if it.index in days else it.text for it in row.tokens)


def _is_sum(asked: Asked, text: str) -> bool:
    value = _parsed(asked, text)
    return value is not None and value >= Decimal(_LEAST_PAY)


def _parsed(asked: Asked, text: str) -> Decimal | None:
    """The value of a sum; three digits behind a sign are thousands, as nobody pays in mills."""
    if _GROUPED.fullmatch(text):
        return Decimal("".join(char for char in text if char.isdigit()))
    return parse(text, asked.reading.sign)


def _tokens(row: Row, match: re.Match[str]) -> list[Token]:
    at, found = 0, []
    for segment in row.segments:
        for token in segment.tokens:
            if at < match.end() and at + len(token.text) > match.start():
                found.append(token)
            at += len(token.text) + 1
    return found


def _points(asked: Asked, hit: Hit) -> list[list[Token]]:
    last = hit.tokens[-1].index
    row = asked.reading.sheet.rows[hit.segment.row]
    beside = [it for it in row.tokens if it.x0 > hit.x1 - 1 and it.index > last]
    beside = [it for it in beside if it.text not in {":", "-", "\u2013"}]
    if beside:
        return _split(beside)
    lines = _section(asked, hit)
    if asked.spec.concept in _LISTS:
        return [point for line in lines for point in _split(line)]
    return lines


def _section(asked: Asked, hit: Hit) -> list[list[Token]]:
    """The points below a heading up to the next one; a line that goes on belongs to its point."""
    sheet = asked.reading.sheet
    points: list[list[Token]] = []
    widest = max(segment.x1 for segment in sheet.segments)
    marked = False
    for row in sheet.rows[hit.segment.row + 1 :]:
        segment = row.segments[0]
        if _ends(asked, segment):
            break
        tokens = row.tokens
        has_mark = tokens[0].text in _BULLETS or tokens[0].text[:1] in _BULLETS - {"o"}
        marked = marked or has_mark
        goes_on = (
            bool(points)
            and not has_mark
            and (marked or (points[-1][-1].x1 > _LONG * widest and tokens[0].text[:1].islower()))
        )
        if goes_on:
            points[-1].extend(tokens)
        else:
            points.append(tokens[1:] if tokens[0].text in _BULLETS and tokens[1:] else list(tokens))
        if len(points) > _MOST_ITEMS:
            break
    return points


def _ends(asked: Asked, segment: Segment) -> bool:
    """Whether another field begins here."""
    if segment.tokens[0].index in asked.labels.whole:
        return True
    opened = [it for it in asked.labels.hits if it.segment is segment and it.opens and it.closes]
    return any(asked.spec.name not in it.concepts for it in opened) or segment.text.count("@") > 0


def _split(tokens: list[Token]) -> list[list[Token]]:
    """The words between commas, semicolons and bars."""
    runs: list[list[Token]] = [[]]
    for token in tokens:
        if token.text in {",", ";", "|", "\u2022", "\u00b7"}:
            runs.append([])
            continue
        runs[-1].append(token)
        if _BETWEEN.search(token.text):
            runs.append([])
    return [run for run in runs if run]


def _said(tokens: list[Token]) -> str:
    text = " ".join(token.text for token in tokens).strip(" ,;|:")
    return text[1:].strip() if text[:1] in _BULLETS - {"o"} else text
