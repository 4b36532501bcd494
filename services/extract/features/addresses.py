"""Features of an address: a run of lines that begins with a street and ends with a place."""

import re

from services.extract.candidates.candidate import Candidate
from services.extract.candidates.lines import LineProfile
from services.extract.features import Choice, Features
from services.extract.mending import mended_place
from services.extract.reading import Reading
from services.extract.sheet import Segment, Token
from shared.models.schema import FieldType

_HEAD_ROWS = 16
_MOST_LINES = 6
_CUT_AT = frozenset(
    {"phone", "fax", "email", "website", "vat_id", "registration", "tax_number", "date", "time"}
)
_OF_ADDRESSES = frozenset({"address", "bare_number", "salutation"})  # labels that may stand in one
# A label with its number glued on: ``TEL-03``.
_CONTACT = re.compile(r"(?:tel|fax|phone|h/?p)(?:/fax)?\W*(?:\d|$)", re.IGNORECASE)
_FEWEST_DIGITS = 6
# A day of a year, or a long number behind a word with a colon: ``Careline : 1800 88 1231``.
_NO_PLACE = re.compile(r"\b\d{1,2}[-/.]\d{1,2}[-/.]20\d{2}\b|^[^\d:]*:\W*\d(?:[\s\-]*\d){7,}\W*$")


def address_choices(reading: Reading) -> list[Choice]:
    """Runs of one to six lines near the head, or around a postcode."""
    lines = reading.lines
    near = {at for at, line in enumerate(lines) if line.postcode}
    choices = []
    for start in range(len(lines)):
        for end in range(start + 1, min(start + _MOST_LINES, len(lines)) + 1):
            run = lines[start:end]
            in_head = end <= _HEAD_ROWS
            if not in_head and not near & set(range(start, end)):
                continue
            if _ends_before(run[-1]):
                break
            if any(line.address_score for line in run):
                choices.append(_choice(reading, lines, start, end))
            if _is_over(run[-1], lines[end : end + 1]):
                break
    return choices


def _is_over(line: LineProfile, below: list[LineProfile]) -> bool:
    """Whether an address ends with ``line``, as it has a country.

    There are streets that are named after one, and a postcode may stand below it by itself.
    """
    if not line.country or (line.street and not line.postcode):
        return False
    return not any(each.postcode and each.digits == 1 for each in below)


def _choice(reading: Reading, lines: list[LineProfile], start: int, end: int) -> Choice:
    run = lines[start:end]
    features = _inside(run) | _ends(run)
    features |= _outside(reading, lines, start, end)
    tokens = _tokens(run)
    raw = " ".join(token.text for token in tokens).strip(" ,:;-")
    text = " ".join(mended_place(token.text) for token in tokens).strip(" ,:;-")
    segment = Segment(tokens, 0, 0, tokens[0].page)
    candidate = Candidate(FieldType.ADDRESS, text, raw, tokens, segment)
    return Choice(candidate, {name: value for name, value in features.items() if value})


def _ends_before(line: LineProfile) -> bool:
    """Whether no address has ``line`` in it."""
    if line.title or line.is_courtesy or line.is_priced or _is_contact(line):
        return True
    if line.is_registration:
        return True
    return line.digit_count >= _FEWEST_DIGITS and bool(_NO_PLACE.search(line.text))


def _is_contact(line: LineProfile) -> bool:
    """Whether it has a phone number or the like and nothing of an address."""
    if line.address_score == 0 and line.is_contact:
        return True
    return bool(_CONTACT.match(line.text))


def _tokens(run: list[LineProfile]) -> list[Token]:
    """The tokens of the run without a leading label and without a tail about phones."""
    tokens: list[Token] = []
    for line in run:
        own = list(line.tokens)
        for hit in line.hits:
            if "address" in hit.concepts and hit.opens:
                own = [token for token in own if token not in hit.tokens]
        cut = [hit.tokens[0].x0 for hit in line.hits if hit.concepts & _CUT_AT and not hit.opens]
        cut += [token.x0 for token in own[1:] if _CONTACT.match(token.text)]
        if cut:
            own = [token for token in own if token.x0 < min(cut)]
        tokens.extend(own)
    return tokens or list(run[0].tokens)


def _inside(run: list[LineProfile]) -> Features:
    scores = [line.address_score for line in run]
    weak = sum(score == 0 for score in scores)
    return {
        f"lines:{len(run)}": 1.0,
        "score": sum(scores) / 3,
        "mean": sum(scores) / len(scores),
        "weak": weak / 3,
        "weak_share": weak / len(run),
        "postcodes": float(sum(line.postcode for line in run) == 1),
        "two_postcodes": float(sum(line.postcode for line in run) > 1),
        "street": float(any(line.street for line in run)),
        "contact": float(sum(line.is_contact for line in run)),
        "legal": float(sum(line.legal_end is not None for line in run)),
        "past_country": float(any(line.country for line in run[:-1])),
        "title": float(any(line.title for line in run)),
        "priced": float(sum(line.is_priced for line in run)),
        "numbers": float(sum(line.digits > 0.5 for line in run)),
        "trade": float(any(line.has_trade for line in run)),
        "labels": float(sum(bool(line.concepts - _OF_ADDRESSES) for line in run)),
        "doubtful": 1
        - sum(token.confidence for line in run for token in line.tokens)
        / max(1, sum(len(line.tokens) for line in run)),
    }


def _ends(run: list[LineProfile]) -> Features:
    first, last = run[0], run[-1]
    return {
        "first_unit": float(first.unit),
        "first_digit": float(any(char.isdigit() for char in first.text)),
        "first_street": float(first.street),
        "first_score": first.address_score,
        "first_zero": float(first.address_score == 0),
        "first_legal": float(first.legal_end is not None),
        "first_registration": float(first.registration is not None),
        "first_label": float("address" in first.concepts),
        "first_postcode": float(first.postcode and len(run) > 1),
        "last_postcode": float(last.postcode),
        "last_country": float(last.country),
        "last_comma": float(last.text.endswith(",")),
        "last_stop": float(last.text.endswith(".")),
        "last_zero": float(last.address_score == 0),
        "last_area": min(last.area, 3) / 3,
        "last_score": last.address_score,
        "last_words": min(len(last.words), 4) / 4,
        "last_digits": last.digits,
        "last_gives_contact": float(last.is_contact and last.address_score > 0),
        "before_last_comma": float(len(run) > 1 and run[-2].text.endswith(",")),
        "before_last_postcode": float(len(run) > 1 and run[-2].postcode),
    }


def _outside(reading: Reading, lines: list[LineProfile], start: int, end: int) -> Features:
    before = lines[start - 1] if start else None
    after = lines[end] if end < len(lines) else None
    features: Features = {"top": float(start == 0), "start": min(start, 10) / 10}
    if before is not None:
        features |= {
            "before_legal": float(before.legal_end is not None),
            "before_registration": float(before.registration is not None),
            "before_contact": float(before.is_contact),
            "before_comma": float(before.text.endswith(",")),
            "before_score": before.address_score,
            "before_unit": float(before.unit),
            "before_digit_first": float(before.text[:1].isdigit()),
            "before_lines": float(before.numbered or before.area > 0),
            "before_height": abs(_ratio(before, lines[start])),
            "before_trade": float(before.has_trade),
            "before_number": float(before.digits > 0.5),
            "before_taller": _ratio(before, lines[start]),
            "before_gap": _gap(reading, before, lines[start]),
        }
    if after is not None:
        features |= {
            "after_contact": float(after.is_contact),
            "after_title": float(bool(after.title)),
            "after_label": float(bool(after.concepts)),
            "after_score": after.address_score,
            "after_postcode": float(after.postcode),
            "after_area": min(after.area, 3) / 3,
            "after_zero": float(after.address_score == 0),
            "after_number": float(after.digits > 0.5),
            "after_country": float(after.country and len(after.words) <= 2),
            "after_gap": _gap(reading, lines[end - 1], after),
        }
    return features


def _ratio(one: LineProfile, two: LineProfile) -> float:
    ratio = (one.tokens[0].height + 1e-6) / (two.tokens[0].height + 1e-6)
    return max(-1.0, min(1.0, ratio - 1))


def _gap(reading: Reading, upper: LineProfile, lower: LineProfile) -> float:
    gap = lower.tokens[0].y0 - upper.tokens[0].y1
    return max(0.0, min(1.0, gap / reading.sheet.line_height - 0.3))
