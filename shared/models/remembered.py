"""What a call with an ``Idempotency-Key`` was answered."""

from datetime import datetime, timedelta

from shared.models.base import Record
from shared.models.ids import derived_id
from shared.models.time import Timestamp

KEPT = timedelta(hours=24)
"""How long an answer is remembered."""


class RememberedAnswer(Record):
    """The answer to a call, or, while ``status`` is ``None``, that it is under way.

    ``call`` is a digest of what was asked at ``since``. Who makes the call holds it until
    ``until``; after that it has died on the way. ``body`` is sealed: some answers show a secret
    once.
    """

    call: str
    since: Timestamp
    until: Timestamp
    status: int | None = None
    media_type: str = ""
    body: str = ""

    def is_over(self, now: datetime) -> bool:
        """Whether it is to be forgotten: a day old, or of a call that died on the way."""
        is_dead = self.status is None and self.until <= now
        return is_dead or self.since + KEPT <= now


def remembered_id(organization: str, key: str, idempotency_key: str) -> str:
    """The id of what an API key's ``Idempotency-Key`` was answered."""
    return derived_id("idempotency", organization, key, idempotency_key)
