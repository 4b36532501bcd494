"""Whose mail a workspace takes."""

from enum import StrEnum

from pydantic import Field

from shared.models.base import StoredModel


class SenderPolicy(StrEnum):
    """What follows from not knowing who sent a mail, or from knowing that it is a stranger.

    ``off``: nothing, nobody looks. ``warn``: its documents say so. ``enforce``: it is not taken.
    """

    OFF = "off"
    WARN = "warn"
    ENFORCE = "enforce"


class Senders(StoredModel):
    """The rule of a workspace.

    ``allowed`` are patterns such as ``*@example.com``; none means everybody whose domain is
    authenticated.
    """

    policy: SenderPolicy = SenderPolicy.OFF
    allowed: list[str] = Field(default_factory=list)
