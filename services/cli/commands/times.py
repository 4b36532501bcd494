"""Times as people write them."""

import re
from datetime import UTC, datetime, timedelta

from services.cli.failures import CliError

_SPAN = re.compile(r"([0-9]{1,5})([hdwy])")
_UNITS = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}


def future(text: str) -> str:
    """``90d`` from now, or a day or time of ISO 8601 (without a zone: UTC), as ISO 8601.

    Raises ``CliError`` when it is neither, or past.
    """
    now = datetime.now(UTC)
    moment = _moment(text, now, 1)
    if moment <= now:
        raise CliError(f"{text!r} is past.")
    return moment.isoformat()


def past(text: str) -> str:
    """``7d`` ago, or a day or time of ISO 8601 (without a zone: UTC), as ISO 8601.

    Raises ``CliError`` when it is neither.
    """
    return _moment(text, datetime.now(UTC), -1).isoformat()


def _moment(text: str, now: datetime, sign: int) -> datetime:
    span = _SPAN.fullmatch(text.strip().lower())
    try:
        if span:
            return now + sign * int(span[1]) * _UNITS[span[2]]
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise CliError(f"{text!r} is no time; write 90d, 12h or 2027-01-31.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
