"""The block of lines that a name opens."""

from services.extract.reading import Reading
from services.extract.sheet import Segment

_MOST_LINES = 9
_CONTACTS = frozenset({"phone", "fax", "email", "website", "iban", "bic", "registration"})


def has_contacts(reading: Reading, segment: Segment) -> bool:
    """Whether phones, mail, accounts or registers stand in the block that ``segment`` opens.

    Senders have them printed, and whoever is written to seldom has.
    """
    current: Segment | None = segment
    for _ in range(_MOST_LINES):
        current = line_below(reading, current) if current is not None else None
        if current is None:
            return False
        hits = [hit for hit in reading.labels.by_row[current.row] if hit.segment is current]
        if reading.profile(current).is_contact or any(hit.concepts & _CONTACTS for hit in hits):
            return True
    return False


def line_below(reading: Reading, segment: Segment) -> Segment | None:
    """The segment right below ``segment`` in its column."""
    rows = reading.sheet.rows
    for row in rows[segment.row + 1 : segment.row + 4]:
        if row.page != segment.page:
            return None
        for other in row.segments:
            if other.x0 < segment.x1 and segment.x0 < other.x1:
                close = other.y0 - segment.y1 < 1.6 * segment.height
                return other if close else None
    return None
