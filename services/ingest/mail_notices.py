"""Notices by mail: who of a workspace is told of what; added, changed, tried, removed."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.ingest.changes import change
from services.ingest.mail.senders import matches
from services.ingest.workspaces import find_workspace
from shared.config import Settings
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.mail.deliveries import mail_delivery
from shared.mail.server import mail_server
from shared.models.ids import new_id
from shared.models.mail_notice import (
    MAX_MAIL_NOTICES,
    MailNotice,
    NoticeContent,
    TemplateName,
)
from shared.stages.outbox import Outbox
from shared.store.collections import DELIVERIES, MAIL_NOTICES
from shared.store.port import Query, Repository, Store, Tenant

_T = TypeVar("_T")


class MailNotices:
    """What an administrator does to notices."""

    def __init__(self, store: Store, outbox: Outbox, settings: Settings) -> None:
        self._store = store
        self._outbox = outbox
        self._settings = settings
        listed = settings.mail_recipients.split(",")
        self._allowed = [it.strip() for it in listed if it.strip()]

    @property
    def can_send(self) -> bool:
        """Whether this server has a mail server to send by."""
        return mail_server(self._settings) is not None

    def of(self, tenant: Tenant) -> Repository[MailNotice]:
        """The notices that a tenant sees."""
        return self._store.of(tenant, MAIL_NOTICES)

    async def add(
        self, principal: Principal, workspace: str, make: Callable[[str], MailNotice]
    ) -> MailNotice:
        """One more notice; ``make`` is given the id of its workspace (an id or a name).

        Raises ``Permanent``: UNKNOWN_WORKSPACE, TARGET_BLOCKED, CONFLICT.
        """
        place = await find_workspace(self._store, principal, workspace)
        self._check_server()
        notice = _without_twins(make(place.id))
        self._check_recipients(notice.recipients)
        notices = self.of(principal.tenant)
        if await notices.count(Query({"workspace": place.id}), MAX_MAIL_NOTICES) >= (
            MAX_MAIL_NOTICES
        ):
            raise Permanent(Code.CONFLICT, f"The workspace has {MAX_MAIL_NOTICES} notices.")
        await notices.insert(notice)
        return notice

    async def change(
        self, tenant: Tenant, identity: str, step: Callable[[MailNotice], MailNotice]
    ) -> MailNotice:
        """Other addresses, events or words; raises ``Permanent``: NOT_FOUND, TARGET_BLOCKED."""

        def checked(current: MailNotice) -> MailNotice:
            changed = step(current)
            if changed.recipients != current.recipients:
                self._check_recipients(changed.recipients)
            return changed if changed is current else _without_twins(changed)

        return await change(self.of(tenant), identity, checked)

    async def test(self, tenant: Tenant, identity: str) -> tuple[MailNotice, list[str]]:
        """Have a mail sent to each address, as all others are: the ids of the deliveries.

        Raises ``Permanent``: NOT_FOUND, CONFLICT without a mail server.
        """
        notice = await self.of(tenant).get(identity)
        if notice is None:
            raise Permanent(Code.NOT_FOUND)
        self._check_server()
        now, key = await self._store.now(), new_id()
        content = NoticeContent(template=TemplateName.TEST, at=now)
        records = self._store.of(Tenant(notice.organization), DELIVERIES)
        made = [mail_delivery(notice, it, content, key, now) for it in notice.recipients]
        for delivery in made:
            await records.insert(delivery)
            self._outbox.nudge(DELIVERIES, delivery)
        return notice, [it.id for it in made]

    async def remove(self, tenant: Tenant, identity: str) -> None:
        """Remove one; its mails under way end as gone. Raises ``Permanent(NOT_FOUND)``."""
        if not await self.of(tenant).delete(identity):
            raise Permanent(Code.NOT_FOUND)

    def _check_server(self) -> None:
        if not self.can_send:
            raise Permanent(Code.CONFLICT, "This server has no mail server to send notices by.")

    def _check_recipients(self, recipients: Sequence[str]) -> None:
        for recipient in recipients:
            if self._allowed and not any(matches(it, recipient) for it in self._allowed):
                detail = "This server sends notices to other addresses only."
                raise Permanent(Code.TARGET_BLOCKED, detail, field="recipients")


def _without_twins(notice: MailNotice) -> MailNotice:
    return notice.copy_with(recipients=_unique(notice.recipients), events=_unique(notice.events))


def _unique(values: Sequence[_T]) -> list[_T]:
    return list(dict.fromkeys(values))
