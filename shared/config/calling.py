"""Calls to others' servers: which may be reached, and how patiently."""

import re

from pydantic import BaseModel, Field, field_validator

_PAUSES = re.compile(r"[0-9]{1,7}(,[0-9]{1,7}){0,49}")


class CallingSettings(BaseModel):
    """A part of ``Settings``: times are seconds, sizes bytes."""

    fetch_timeout: float = Field(
        default=45.0, gt=0, le=50, description="for a URL's whole file, redirects included"
    )
    fetch_idle_timeout: float = Field(
        default=20.0, gt=0, description="how long a URL's server may be silent"
    )
    allow_private_targets: str = Field(
        default="", description="comma-separated networks that webhooks and fetches may reach"
    )
    deny_targets: str = Field(
        default="", description="comma-separated networks that they may not, though public"
    )
    webhook_schedule: str = Field(
        default="5,300,1800,7200,18000,36000,50400,72000,86400",
        description="seconds between the tries of a webhook, comma-separated; they end after them",
    )

    @field_validator("webhook_schedule")
    @classmethod
    def _pauses_are_seconds(cls, listed: str) -> str:
        pauses = listed.replace(" ", "")
        if not _PAUSES.fullmatch(pauses):
            raise ValueError("must be whole seconds, comma-separated, each under 10^7")
        return pauses
