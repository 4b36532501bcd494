"""Moments that people give: by a script in their own time zone, else in UTC."""

from datetime import UTC, datetime

from shared.errors import Code, Permanent


def read_moment(text: str) -> datetime:
    """What an input for date and time sends; raises ``Permanent(BAD_REQUEST)``."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Permanent(Code.BAD_REQUEST, "From when on? Give a date and a time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
