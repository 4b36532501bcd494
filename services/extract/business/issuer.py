"""Who issued a document that does not label it: the name at its head."""

from dataclasses import replace

from services.extract.business.asked import Asked, found_at
from services.extract.business.blocks import find_name
from services.extract.described import names_itself
from services.extract.finders import Found
from services.extract.sheet import Segment
from services.extract.wording import compact, count_digits

_HEAD_ROWS = 12
_RECIPIENT_ROWS = 20
_MOST_WORDS = 12
_SURE, _FORMED = 0.7, 0.88


def find_issuer(asked: Asked) -> Found | None:
    """The labelled name, else the first line at the head that can be one.

    A word such as ``Banco`` is a label only where a colon or a new line follows.
    """
    return find_name(asked, closed=True) or _at_head(asked)


def find_recipient(asked: Asked) -> Found | None:
    """The labelled name, else the one over an address that is not the issuer's."""
    return find_name(asked) or _over_address(asked) or _customer(asked)


def find_contact(asked: Asked) -> Found | None:
    """A labelled person, without the phone number or address that may follow the name."""
    found = asked.labelled()
    if found is None:
        return None
    for at, token in enumerate(found.tokens[:-1], start=1):
        rest = " ".join(it.text for it in found.tokens[at:])
        if token.text.endswith((",", ";")) and (count_digits(rest) or "@" in rest):
            tokens = found.tokens[:at]
            text = " ".join(it.text for it in tokens).strip(" ,;")
            return replace(found, value=text, raw=text, tokens=tokens)
    return found


def _over_address(asked: Asked) -> Found | None:
    issuer = _at_head(asked)
    known = compact(issuer.value) if issuer is not None else ""
    sheet = asked.reading.sheet
    for row in sheet.rows[:_RECIPIENT_ROWS]:
        for segment in row.segments:
            is_issuer = bool(known) and compact(segment.text).startswith(known)
            if is_issuer or not _may_be(asked, segment):
                continue
            below = [
                other
                for lower in sheet.rows[row.index + 1 : row.index + 3]
                for other in lower.segments
                if abs(other.x0 - segment.x0) < sheet.line_height
            ]
            profiles = [asked.reading.profile(other) for other in below]
            if any(it.postcode or it.street or it.numbered for it in profiles):
                return found_at(segment.text.strip(" ,;:"), list(segment.tokens), _SURE)
    return None


def _customer(asked: Asked) -> Found | None:
    """Whom an invoice would be addressed to."""
    found = asked.answers.parties.customer()
    places = asked.reading.sheet.places
    segment = places.get(found.tokens[0].index) if found is not None and found.tokens else None
    return found if segment is not None and _may_be(asked, segment) else None


def _at_head(asked: Asked) -> Found | None:
    names = [
        segment
        for row in asked.reading.sheet.rows[:_HEAD_ROWS]
        for segment in row.segments
        if _may_be(asked, segment)
    ]
    if not names:
        return None
    formed = [it for it in names if asked.reading.profile(it).legal_end is not None]
    best = max(formed or names[:3], key=lambda it: (round(it.height), -it.row))
    end = asked.reading.profile(best).legal_end or len(best.text)
    tokens = best.span(0, end)
    text = " ".join(token.text for token in tokens).strip(" ,;:|-*")
    return found_at(text, tokens, _FORMED if formed else _SURE)


def _may_be(asked: Asked, segment: Segment) -> bool:
    """Whether a line at the head may be a name: no label with its value, title or address."""
    if len(segment.tokens) > _MOST_WORDS or segment.page or _is_label(asked, segment):
        return False
    profile = asked.reading.profile(segment)
    if profile.title or profile.is_contact or names_itself(segment):
        return False
    if profile.legal_end is not None:  # the sender's line may have the address behind the name
        return not count_digits(segment.text[: profile.legal_end])
    return not profile.street and not count_digits(segment.text) and profile.letters > 2


def _is_label(asked: Asked, segment: Segment) -> bool:
    """Whether a line begins with a label, other than a first word of the name itself."""
    return any(
        hit.opens and hit.segment is segment and (hit.closes or asked.spec.name not in hit.concepts)
        for hit in asked.labels.hits
    )
