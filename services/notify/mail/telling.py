"""From what happens to the deliveries by mail: one for each event and address, or a digest's."""

from collections.abc import Iterator, Sequence

from services.notify.mail.digests import Digests, add_to_digest
from shared.mail.deliveries import mail_delivery
from shared.models.delivery import Delivery
from shared.models.document import Document, Event, EventName
from shared.models.mail_notice import (
    MAX_MAIL_NOTICES,
    MailEvent,
    MailNotice,
    NoticeContent,
    TemplateName,
    ToldDocument,
    ToldWebhook,
)
from shared.stages.context import Runtime
from shared.stages.outbox import Outbox
from shared.store.collections import DELIVERIES, MAIL_NOTICES
from shared.store.port import AlreadyExistsError, Query, Repository, Tenant

_EVENTS = {
    EventName.NEEDS_REVIEW: MailEvent.NEEDS_REVIEW,
    EventName.FAILED: MailEvent.FAILED,
    EventName.REJECTED: MailEvent.REJECTED,
}
_TEMPLATES = {
    MailEvent.NEEDS_REVIEW: TemplateName.NEEDS_REVIEW,
    MailEvent.FAILED: TemplateName.FAILED,
    MailEvent.REJECTED: TemplateName.REJECTED,
}


class MailNotices:
    """Puts on record what is to be told by mail; raises ``Transient`` where it cannot.

    An address that several notices have is told once, by the first of them. All of it may be done
    twice: ids are made of what is told, and to whom.
    """

    def __init__(self, runtime: Runtime, outbox: Outbox) -> None:
        self._runtime = runtime
        self._outbox = outbox

    async def of_events(self, document: Document, events: Sequence[Event]) -> None:
        """Tell of what happened to a document."""
        wanted = [(it, _EVENTS[it.name]) for it in events if it.name in _EVENTS]
        if not wanted:
            return
        notices = await self._notices(document.organization, document.workspace)
        for event, name in wanted:
            for notice, recipient in _recipients(notices, name, document):
                await self._tell(notice, recipient, document, event, name)

    async def of_webhook(
        self, organization: str, workspace: str, webhook: ToldWebhook, key: str
    ) -> None:
        """Tell of a webhook that was disabled; ``key`` is one for each time that it was."""
        notices = await self._notices(organization, workspace)
        now = await self._runtime.store.now()
        content = NoticeContent(template=TemplateName.WEBHOOK_DISABLED, at=now, webhook=webhook)
        for notice, recipient in _recipients(notices, MailEvent.WEBHOOK_DISABLED, None):
            await self._put(mail_delivery(notice, recipient, content, key, now))

    async def _tell(
        self, notice: MailNotice, recipient: str, document: Document, event: Event, name: MailEvent
    ) -> None:
        told = ToldDocument(event=event.id, notice=name, document=document.id)
        now = await self._runtime.store.now()
        if notice.digest_minutes:
            digests = Digests(notice, recipient)
            added = await add_to_digest(self._deliveries(notice), digests, told, event.at, now)
            if added is not None:
                self._outbox.nudge(DELIVERIES, added)
            return
        content = NoticeContent(template=_TEMPLATES[name], at=event.at, documents=[told])
        made = mail_delivery(notice, recipient, content, event.id, now)
        await self._put(
            made.copy_with(
                document=document.id,
                event=event.id,
                event_name=event.name,
                sequence=event.sequence,
                lane=document.lane,
            )
        )

    async def _put(self, delivery: Delivery) -> None:
        records = self._runtime.store.of(Tenant(delivery.organization), DELIVERIES)
        try:
            await records.insert(delivery)
        except AlreadyExistsError:
            return
        self._outbox.nudge(DELIVERIES, delivery)

    async def _notices(self, organization: str, workspace: str) -> list[MailNotice]:
        notices = self._runtime.store.of(Tenant(organization), MAIL_NOTICES)
        rows = await notices.page(Query({"workspace": workspace}), None, MAX_MAIL_NOTICES)
        return sorted((it for it in rows if it.enabled), key=lambda it: it.id)

    def _deliveries(self, notice: MailNotice) -> Repository[Delivery]:
        return self._runtime.store.of(Tenant(notice.organization), DELIVERIES)


def _recipients(
    notices: Sequence[MailNotice], name: MailEvent, document: Document | None
) -> Iterator[tuple[MailNotice, str]]:
    seen: set[str] = set()
    for notice in notices:
        if name not in notice.events or not _is_of_type(notice, document):
            continue
        for recipient in notice.recipients:
            if recipient not in seen:
                seen.add(recipient)
                yield notice, recipient


def _is_of_type(notice: MailNotice, document: Document | None) -> bool:
    if document is None or not notice.types:
        return True
    known = document.type.name if document.type else document.requested_type
    return known in notice.types
