"""Use and credits: this month's, the months before, and what the day has left."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

from aiohttp import web

from services.ingest.dialects.documind.context import DocumindParts
from services.ingest.dialects.documind.usage_models import (
    Credits,
    CurrentUsage,
    PastUsage,
    Period,
    Subscription,
    UsageCounts,
    UsageHistory,
    UsageLimits,
    month_of,
)
from services.ingest.usage import UNLIMITED, Used, total
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer
from shared.models.tenancy import LicenceState, Organization
from shared.models.time import utc_now
from shared.store.collections import ORGANIZATIONS

TIER = "self-hosted"
MOST_MONTHS = 12
_NO_LIMITS = UsageLimits()


class UsageHandlers:
    """The handlers and what they work with."""

    def __init__(self, parts: DocumindParts) -> None:
        self._parts = parts

    async def current(self, request: web.Request) -> web.Response:
        """This month's use."""
        principal, now = principal_of(request), utc_now()
        organization = await self._organization(request)
        start, end = _month(*month_of(now))
        used = await self._used(principal.organization, start, end)
        answer = CurrentUsage(
            user_id=principal.user or principal.key,
            subscription=_subscription(organization, now),
            limits=_NO_LIMITS,
            current_usage=_counts(used),
            period=Period(start=start, end=end, days_remaining=(end - now).days),
            quota_exceeded=await self._exceeded(principal.organization),
        )
        return json_answer(answer)

    async def history(self, request: web.Request) -> web.Response:
        """The use of the last months, the present one included."""
        organization, now = principal_of(request).organization, utc_now()
        months = []
        for back in range(_months(request)):
            start, end = _month(*month_of(now, back))
            months.append(
                PastUsage(
                    period_start=start,
                    period_end=end,
                    tier_name=TIER,
                    usage=_counts(await self._used(organization, start, end)),
                    limits=_NO_LIMITS,
                    quota_exceeded=False,
                )
            )
        return json_answer(UsageHistory(months))

    async def credits(self, request: web.Request) -> web.Response:
        """The credits that are left today."""
        ledger = self._parts.ledger
        used = (await ledger.today(principal_of(request).organization)).credits
        daily = ledger.daily_credits or UNLIMITED
        left = max(0, daily - used) if ledger.daily_credits else UNLIMITED
        midnight = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
        answer = Credits(
            available_credits=left,
            daily_credits=daily,
            used_today=used,
            resets_at=midnight + timedelta(days=1),
        )
        return json_answer(answer)

    async def _organization(self, request: web.Request) -> Organization:
        principal = principal_of(request)
        organizations = self._parts.store.of(principal.tenant, ORGANIZATIONS)
        found = await organizations.get(principal.organization)
        if found is None:
            raise Permanent(Code.NOT_FOUND)
        return found

    async def _used(self, organization: str, start: datetime, end: datetime) -> Used:
        last = (end - timedelta(days=1)).date()
        return total(await self._parts.ledger.of_days(organization, start.date(), last))

    async def _exceeded(self, organization: str) -> bool:
        ledger = self._parts.ledger
        used = (await ledger.today(organization)).credits
        return 0 < ledger.daily_credits <= used


def _subscription(organization: Organization, now: datetime) -> Subscription:
    licence = organization.licence
    return Subscription(
        tier_name=TIER,
        tier_id=TIER,
        is_active=licence.state(now) is LicenceState.VALID,
        start_date=organization.created,
        end_date=licence.until,
    )


def _counts(used: Used) -> UsageCounts:
    return UsageCounts(
        api_calls_count=used.api_calls,
        extractions_count=used.extractions,
        tokens_used=0,
        storage_bytes=used.taken_bytes,
        pages_count=used.pages,
        credits_used=used.credits,
    )


def _month(year: int, month: int) -> tuple[datetime, datetime]:
    """When it begins, and when the next one does."""
    start = datetime(year, month, 1, tzinfo=UTC)
    return start, start + timedelta(days=monthrange(year, month)[1])


def _months(request: web.Request) -> int:
    text = request.query.getall("months", ["1"])[-1]
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= MOST_MONTHS):
        raise Permanent(Code.BAD_REQUEST, f"months must be a whole number from 1 to {MOST_MONTHS}.")
    return int(text)
