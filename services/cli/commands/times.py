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
    span = _SPAN.fullmatch(text.strip().lower())
    try:
        moment = now + int(span[1]) * _UNITS[span[2]] if span else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise CliError(f"{text!r} is no time; write 90d, 12h or 2027-01-31.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment <= now:
        raise CliError(f"{text!r} is past.")
    return moment.astimezone(UTC).isoformat()
