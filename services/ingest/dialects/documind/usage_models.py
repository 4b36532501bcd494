"""What this dialect says of use, credits and keys."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, RootModel

from services.ingest.dialects.documind.models import View, Wish
from shared.models.time import Timestamp

Scopes = list[str]


class Subscription(View):
    """What an organization may do; there is one tier."""

    tier_name: str
    tier_id: str
    is_active: bool
    start_date: Timestamp
    end_date: Timestamp | None


class UsageLimits(View):
    """Per period; `null` means none."""

    api_calls_limit: int | None = None
    extractions_limit: int | None = None
    tokens_limit: int | None = None
    storage_bytes_limit: int | None = None


class UsageCounts(View):
    """What was used; `storage_bytes` are those of the files taken in."""

    api_calls_count: int
    extractions_count: int
    tokens_used: int
    storage_bytes: int
    pages_count: int
    credits_used: int


class Period(View):
    """A month."""

    start: Timestamp
    end: Timestamp
    days_remaining: int


class CurrentUsage(View):
    """This month's use, of the key's organization."""

    user_id: str
    subscription: Subscription
    limits: UsageLimits
    current_usage: UsageCounts
    period: Period
    quota_exceeded: bool


class PastUsage(View):
    """A month's use."""

    period_start: Timestamp
    period_end: Timestamp
    tier_name: str
    usage: UsageCounts
    limits: UsageLimits
    quota_exceeded: bool


class UsageHistory(RootModel[list[PastUsage]]):
    """Months, the present one first."""


class Credits(View):
    """The day's credits; a very large number where none are counted off."""

    available_credits: int
    daily_credits: int
    used_today: int
    resets_at: Timestamp


class KeyView(View):
    """A key's record; the key itself cannot be shown again."""

    id: str
    name: str
    description: str
    prefix: str
    scopes: Scopes
    is_active: bool
    is_revoked: bool
    expires_at: Timestamp | None
    last_used_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp


class NewKeyView(KeyView):
    """A key's record with the key, this once."""

    key: str


class KeyList(RootModel[list[KeyView]]):
    """Keys, newest first, with those that are revoked."""


_Name = Annotated[str, Field(min_length=1, max_length=200)]


class KeyRequest(Wish):
    """A key to be; without `org_wide` or `project_name` it reaches what the asking key does."""

    name: _Name
    description: str = Field(default="", max_length=1_000)
    scopes: Scopes | None = Field(default=None, min_length=1, max_length=20)
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)
    org_wide: bool = True
    project_name: str | None = Field(default=None, description="a workspace, by name")


class KeyChange(Wish):
    """What to change of a key; to make it inactive is for good."""

    name: _Name | None = None
    description: str | None = Field(default=None, max_length=1_000)
    is_active: bool | None = None


def month_of(moment: datetime, back: int = 0) -> tuple[int, int]:
    """The year and month, so many months before that of ``moment``."""
    months = moment.year * 12 + moment.month - 1 - back
    return months // 12, months % 12 + 1
