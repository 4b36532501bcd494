"""The address that stands with the name of a party."""

from services.extract.calibrate import legibility
from services.extract.finders import Found
from services.extract.finders.party_blocks import line_below
from services.extract.finders.party_scores import PartyName
from services.extract.reading import Reading
from services.extract.sheet import Segment, Token
from services.extract.wording import compact

_MOST_LINES = 6
_LIKE_ADDRESS = 0.3
_WHOLE, _PART = 0.85, 0.6  # how sure with a street and a place, and with one of them


def address_of(reading: Reading, names: list[PartyName]) -> Found | None:
    """The fullest address behind or below one of ``names``, which are all of one party.

    Lines are joined with commas; what stands between a name and its street is kept.
    """
    found = [it for name in names for it in (_behind(reading, name), _below(reading, name)) if it]
    return max(found, key=lambda it: it.confidence, default=None)


def _below(reading: Reading, name: PartyName) -> Found | None:
    current: Segment | None = reading.sheet.places[name.tokens[-1].index]
    lines: list[Segment] = []
    for _ in range(_MOST_LINES):
        current = line_below(reading, current) if current is not None else None
        if current is None or _is_no_part(reading, current):
            break
        if any(reading.profile(it).postcode for it in lines) and not _is_country(reading, current):
            break
        if compact(current.text) != compact(name.text):
            lines.append(current)
    while lines and reading.profile(lines[-1]).address_score < _LIKE_ADDRESS:
        lines.pop()
    return _joined(reading, lines)


def _behind(reading: Reading, name: PartyName) -> Found | None:
    """As in the line of a sender: ``Nordwind GmbH · Kai 12 · 20457 Hamburg``."""
    row = reading.sheet.rows[name.segment.row]
    rest = [it for it in row.segments if it.x0 > name.segment.x1]
    parts: list[Segment] = []
    for segment in rest:
        if reading.profile(segment).address_score < _LIKE_ADDRESS:
            break
        parts.append(segment)
    return _joined(reading, parts)


def _is_no_part(reading: Reading, segment: Segment) -> bool:
    profile = reading.profile(segment)
    return profile.is_contact or bool(profile.title) or reading.labels.opens(segment)


def _is_country(reading: Reading, segment: Segment) -> bool:
    profile = reading.profile(segment)
    return profile.country and not profile.digit_count


def _joined(reading: Reading, lines: list[Segment]) -> Found | None:
    profiles = [reading.profile(it) for it in lines]
    has_place = any(it.postcode for it in profiles)
    has_street = any(it.street or it.numbered or it.unit for it in profiles)
    if not has_place and not has_street:
        return None
    tokens: list[Token] = [token for line in lines for token in line.tokens]
    text = ", ".join(line.text.strip(" ,;·•|-") for line in lines)
    raw = " ".join(token.text for token in tokens)
    sure = _WHOLE if has_place and has_street else _PART
    return Found(text, raw, sure * legibility(tokens), tokens)
