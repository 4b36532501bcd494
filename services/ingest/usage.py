"""Counting what organizations use, and the credits that extractions cost."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.errors import Code, Quota
from shared.models.time import utc_now
from shared.models.usage import Usage, usage_id
from shared.store.collections import USAGE
from shared.store.port import AlreadyExistsError, Store, Tenant

UNLIMITED = 1_000_000_000
"""Credits that are told where none are counted off."""


@dataclass(frozen=True, slots=True)
class Used:
    """What is to be added to a day; see ``Usage``. Negative numbers take back."""

    api_calls: int = 0
    extractions: int = 0
    pages: int = 0
    credits: int = 0
    taken_bytes: int = 0


class Ledger:
    """One record per organization and day (UTC). ``daily_credits`` 0 means no limit."""

    def __init__(self, store: Store, daily_credits: int) -> None:
        self._store = store
        self.daily_credits = daily_credits

    async def add(self, organization: str, used: Used) -> None:
        """Count it, on today's record."""
        await self._change(organization, used, limit=0)

    async def reserve(self, organization: str, used: Used) -> None:
        """Count it, unless the day's credits do not suffice.

        Raises ``Quota(NO_CREDITS)``; then nothing was counted.
        """
        await self._change(organization, used, limit=self.daily_credits)

    async def today(self, organization: str) -> Usage:
        """What was used today so far."""
        day = utc_now().date()
        return next(iter(await self.of_days(organization, day, day)), _empty(organization, day))

    async def of_days(self, organization: str, first: date, last: date) -> list[Usage]:
        """The days with any use, from ``first`` to ``last``, in no particular order."""
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        ids = [usage_id(organization, day.isoformat()) for day in days]
        return await self._store.of(Tenant(organization), USAGE).get_many(ids)

    async def _change(self, organization: str, used: Used, limit: int) -> None:
        today = utc_now().date()
        empty, records = _empty(organization, today), self._store.of(Tenant(organization), USAGE)

        def step(usage: Usage) -> Usage:
            if limit and usage.credits + used.credits > limit:
                raise Quota(Code.NO_CREDITS, retry_after=_seconds_left(utc_now()))
            return _sum(usage, used)

        while await records.change(empty.id, step) is None:
            with contextlib.suppress(AlreadyExistsError):
                await records.insert(empty)


def total(usages: Iterable[Usage]) -> Used:
    """All of them together."""
    whole = Used()
    for it in usages:
        whole = Used(
            whole.api_calls + it.api_calls,
            whole.extractions + it.extractions,
            whole.pages + it.pages,
            whole.credits + it.credits,
            whole.taken_bytes + it.taken_bytes,
        )
    return whole


def _empty(organization: str, day: date) -> Usage:
    name = day.isoformat()
    return Usage(id=usage_id(organization, name), organization=organization, day=name)


def _sum(usage: Usage, used: Used) -> Usage:
    return usage.copy_with(
        api_calls=usage.api_calls + used.api_calls,
        extractions=usage.extractions + used.extractions,
        pages=usage.pages + used.pages,
        credits=usage.credits + used.credits,
        taken_bytes=usage.taken_bytes + used.taken_bytes,
    )


def _seconds_left(now: datetime) -> float:
    """Until the next day begins (UTC)."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()
