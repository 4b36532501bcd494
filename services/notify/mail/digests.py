"""Digests: one mail for what comes up in a span of time, per notice and address.

Time is cut into spans of the notice's minutes, and each span has one delivery, which is due at its
end and lists what was put into it by then. One that is being sent, or was tried, takes no more:
what comes late goes into the present span's. An event is looked for where it may have been put
before, so that one that is told twice is listed once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.mail.deliveries import mail_delivery
from shared.models.delivery import Delivery
from shared.models.ids import derived_id
from shared.models.mail_notice import (
    MailNotice,
    NoticeContent,
    TemplateName,
    ToldDocument,
    mail_id,
)
from shared.models.work import WorkState
from shared.store.port import AlreadyExistsError, Repository

MAX_IN_DIGEST = 1_000
"""Documents in one; what comes on top is put into the next."""

_LOOKED_THROUGH = 4
_BEGIN = datetime.fromtimestamp(0, UTC)
_AHEAD = 50


@dataclass(frozen=True, slots=True)
class Digests:
    """Those of one address by one notice."""

    notice: MailNotice
    recipient: str

    @property
    def span(self) -> timedelta:
        """How long one of them is."""
        return timedelta(minutes=self.notice.digest_minutes)

    def number(self, moment: datetime) -> int:
        """Of the one that a moment is in."""
        return (moment - _BEGIN) // self.span

    def key(self, number: int) -> str:
        """What stands for one of them."""
        return derived_id("mail digest", self.notice.id, self.notice.digest_minutes, number)

    def id(self, number: int) -> str:
        """The id of its delivery."""
        return mail_id(self.key(number), self.recipient)


async def add_to_digest(
    deliveries: Repository[Delivery],
    digests: Digests,
    told: ToldDocument,
    at: datetime,
    now: datetime,
) -> Delivery | None:
    """Put an event of the time ``at`` into a digest; the delivery, if it was made for it."""
    first, present = digests.number(at), digests.number(now)
    for number in range(first, min(first + _LOOKED_THROUGH, present)):
        found = await deliveries.get(digests.id(number))
        if found is not None and _has(found, told):
            return None
    for number in range(present, present + _AHEAD):
        made = _delivery(digests, told, number, now)
        found = await deliveries.get(made.id)
        if found is None:
            try:
                await deliveries.insert(made)
            except AlreadyExistsError:
                found = await deliveries.get(made.id)
            else:
                return made
        if found is None or _has(found, told):
            return None
        if await deliveries.change(made.id, lambda it: _with(it, told)) is not None:
            return None
        found = await deliveries.get(made.id)
        if found is None or _has(found, told):
            return None
    return None


def _with(delivery: Delivery, told: ToldDocument) -> Delivery | None:
    """With one more document; ``None`` when it takes no more, or has it."""
    content = NoticeContent.model_validate_json(delivery.payload)
    is_open = delivery.work.state is WorkState.WAITING and delivery.attempts_made == 0
    if not is_open or len(content.documents) >= MAX_IN_DIGEST or _has(delivery, told):
        return None
    more = content.copy_with(documents=[*content.documents, told])
    return delivery.copy_with(payload=more.model_dump_json())


def _has(delivery: Delivery, told: ToldDocument) -> bool:
    content = NoticeContent.model_validate_json(delivery.payload)
    return any(it.event == told.event for it in content.documents)


def _delivery(digests: Digests, told: ToldDocument, number: int, now: datetime) -> Delivery:
    key, notice = digests.key(number), digests.notice
    due = _BEGIN + (number + 1) * digests.span
    content = NoticeContent(template=TemplateName.DIGEST, at=due, documents=[told])
    return mail_delivery(notice, digests.recipient, content, key, now)
