"""Times are UTC, with milliseconds, because MongoDB keeps no finer ones."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer


def utc_now() -> datetime:
    """The present moment of this machine's clock, in UTC, cut to milliseconds."""
    return to_milliseconds(datetime.now(UTC))


def to_milliseconds(moment: datetime) -> datetime:
    """``moment`` in UTC, cut to milliseconds; a naive one is taken as UTC."""
    if moment.tzinfo is UTC and moment.microsecond % 1000 == 0:
        return moment
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    finer = aware.microsecond % 1000
    return aware.replace(microsecond=aware.microsecond - finer) if finer else aware


def to_iso(moment: datetime) -> str:
    """``2026-01-15T10:00:00.123Z``: fixed width, so text order is time order."""
    utc = moment if moment.tzinfo is UTC else to_milliseconds(moment)
    return utc.isoformat(timespec="milliseconds")[:23] + "Z"


Timestamp = Annotated[
    datetime,
    AfterValidator(to_milliseconds),
    PlainSerializer(to_iso, return_type=str, when_used="json"),
]
