"""E-mail addresses, phone numbers and addresses on the web, as a person gives them."""

import re
from collections.abc import Iterable, Iterator, Sequence

import phonenumbers

from services.extract.finders import Found
from services.extract.resume.confidence import found_as
from services.extract.resume.lines import Line
from services.extract.resume.periods import find_period
from services.extract.sheet import Token
from services.extract.wording import compact

_EMAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_HOSTS = (
    r"linkedin\.com|github\.com|gitlab\.com|xing\.com|indeed\.com|twitter\.com|x\.com|medium\.com"
    r"|stackoverflow\.com|behance\.net|dribbble\.com|kaggle\.com|facebook\.com|instagram\.com"
    r"|researchgate\.net|orcid\.org"
)
_URL = re.compile(
    rf"(?:https?://|www\.)[^\s,;)>\]]+|(?<![@\w.])(?:[\w-]+\.)*(?:{_HOSTS})/[^\s,;)>\]]+",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"(?<![@\w./-])(?:[\w-]+\.)+(?:dev|io|me|com|net|org|info|design|app|ai|tech|xyz|co|page|site"
    r"|blog|de|at|ch|fr|es|it|nl|be|pt|br|pl|eu|uk|ie|in|sg|ca|us|au)"
)
_PHONE = re.compile(r"(?<![\w.])(?:\+|\(|00|\d)[\d\s().\-/–]{6,22}\d(?![\w@])")
_POSTAL_CODE = re.compile(r"\d{4,5}-\d{3}")  # of Portugal, of Brazil
_DIGITS_OF_YEARS = 8
_LABELS = frozenset(
    {"phone", "tel", "telephone", "telefon", "mobile", "mobil", "cell", "handy", "telefono",
     "telefone", "movil", "telemovel", "gsm", "cellulare", "telefoon", "portable", "mob",
     "mobiel", "contact", "contactno", "phoneno", "mobileno", "ph", "tlf"}
)  # fmt: skip
_REGIONS = ("US", "GB", "IN", "DE", "FR", "ES", "IT", "PT", "NL", "BR", "CH", "AT", "BE", "CA")
_SURE, _FAIR = 0.97, 0.85


def find_emails(lines: list[Line]) -> list[Found]:
    """Every e-mail address, in lower case."""
    return _unique(
        [
            _found("emails.email", line, match.span(), match[0].lower())
            for line in lines
            if "@" in line.text
            for match in _EMAIL.finditer(line.text)
        ]
    )


def find_phones(lines: list[Line], regions: Sequence[str] = ()) -> list[Found]:
    """Phone numbers: E.164 where the country is printed, else as printed.

    A number without its country must be valid in one of ``regions`` or of several others, and
    is taken from where contacts stand (``lines``), as any row of digits is valid somewhere.
    """
    found = []
    for line in lines:
        if sum(char.isdigit() for char in line.text) < 7 or "/r/" in line.text:
            continue
        for match in _PHONE.finditer(line.text):
            value = _phone_value(line, match, regions)
            if value is not None:
                told = {"international" if value.startswith("+") else "national"}
                found.append(_found("phones.phone", line, match.span(), value, told))
    return _unique(found)


def find_profiles(lines: list[Line]) -> list[Found]:
    """Addresses on the web, those that go on in the next line joined."""
    found = []
    for at, line in enumerate(lines):
        for match in _URL.finditer(line.text):
            text, tokens = match[0].rstrip("."), _span(line, match.start(), match.end())
            following = lines[at + 1] if at + 1 < len(lines) else None
            is_last = match.end() >= len(line.text)
            if is_last and text.endswith("-") and following is not None:
                head = following.tokens[0]
                if "/" in head.text:
                    text, tokens = text + head.text, [*tokens, head]
            found.append(found_as("profile_urls.url", text, tokens, {"of_site"}, by_hand=_FAIR))
    return _unique(found)


def find_site(lines: list[Line]) -> list[Found]:
    """A bare domain that stands alone in a cell, such as ``maya.dev``."""
    cells = [cell for line in lines for cell in line.cells if len(cell) == 1]
    return [
        found_as("profile_urls.url", cell[0].text, cell, {"bare_domain"}, by_hand=_FAIR)
        for cell in cells
        if _SITE.fullmatch(cell[0].text.lower())
    ]


def _phone_value(line: Line, match: re.Match[str], regions: Sequence[str]) -> str | None:
    text = match[0]
    digits = sum(char.isdigit() for char in text)
    period = find_period(line.text)
    in_period = period is not None and period.begin < match.end() and match.start() < period.stop
    is_period = in_period and (text[:1].isdigit() or digits <= _DIGITS_OF_YEARS)
    if not 7 <= digits <= 15 or is_period or _POSTAL_CODE.fullmatch(text):
        return None
    if text.startswith(("+", "00")):
        try:
            number = phonenumbers.parse("+" + text.lstrip("+0"), None)
        except phonenumbers.NumberParseException:
            return None
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return None
    before = compact(line.text[: match.start()].rstrip(" :.").rpartition(" ")[2])
    is_labelled = before in _LABELS
    return text if is_labelled or _is_valid(text, (*regions, *_REGIONS)) else None


def _is_valid(text: str, regions: Sequence[str]) -> bool:
    for region in regions:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or (
            region == "US" and phonenumbers.is_possible_number(number) and text.startswith("(")
        ):
            return True
    return False


def _found(
    kind: str, line: Line, place: tuple[int, int], value: str, told: Iterable[str] = ()
) -> Found:
    start, end = place
    tokens = _span(line, start, end)
    by_hand = _FAIR if "national" in told else _SURE
    return found_as(kind, value, tokens, told, by_hand=by_hand, raw=line.text[start:end])


def _span(line: Line, start: int, end: int) -> list[Token]:
    return list(_overlapping(line, start, end))


def _overlapping(line: Line, start: int, end: int) -> Iterator[Token]:
    at = 0
    for token in line.tokens:
        if at < end and at + len(token.text) > start:
            yield token
        at += len(token.text) + 1


def _unique(found: list[Found]) -> list[Found]:
    seen: set[str] = set()
    kept = []
    for each in found:
        key = compact(each.value)
        if key not in seen:
            seen.add(key)
            kept.append(each)
    return kept
