"""Filters in the query of a list."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from aiohttp import web

from shared.errors import Code, Permanent
from shared.models.time import to_milliseconds

TIME_FILTERS = ("created_after", "created_before")


def given_filters(request: web.Request, names: Iterable[str]) -> dict[str, str]:
    """The filters that are given and not empty; of a repeated one the last."""
    last = {name: request.query.getall(name, [""])[-1] for name in names}
    return {name: value for name, value in last.items() if value}


def moment(filters: Mapping[str, str], name: str) -> datetime | None:
    """A filter that is a time, ``None`` if it is not given.

    Raises ``Permanent(BAD_REQUEST)``.
    """
    if name not in filters:
        return None
    try:
        # An unescaped "+" of a time zone arrives as a space.
        return to_milliseconds(datetime.fromisoformat(filters[name].replace(" ", "+")))
    except (ValueError, OverflowError):
        raise Permanent(Code.BAD_REQUEST, f"{name} must be an ISO 8601 time.") from None
