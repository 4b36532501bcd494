"""Notices by mail: who of a workspace is told, of what, and in which words."""

from collections.abc import Sequence
from typing import TypeVar

from aiohttp import web

from services.ingest.changes import change
from services.ingest.dialects.native.context import NativeParts, path_id
from services.ingest.dialects.native.mail_notice_models import (
    MailNoticeChange,
    MailNoticeList,
    MailNoticeView,
    NewMailNotice,
    NoticeWords,
    TriedNotice,
)
from services.ingest.dialects.native.orders import find_workspace
from services.ingest.dialects.native.views import PREFIX
from services.ingest.mail.senders import matches
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.mail.deliveries import mail_delivery
from shared.mail.server import mail_server
from shared.models.ids import new_id
from shared.models.mail_notice import (
    MAX_MAIL_NOTICES,
    MailNotice,
    NoticeContent,
    TemplateName,
)
from shared.models.tenancy import Scope
from shared.store.collections import DELIVERIES, MAIL_NOTICES
from shared.store.port import Query, Repository, Tenant

_T = TypeVar("_T")
_ALL = "/mail-notices"
_ONE = "/mail-notices/{id}"
_TAG = "mail"
_VIEW = Answer("the notice", MailNoticeView)
_WORKSPACE = Parameter("workspace", "only this workspace, by id")


class MailNotices:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts
        listed = parts.settings.mail_recipients.split(",")
        self._allowed = [it.strip() for it in listed if it.strip()]

    async def list(self, request: web.Request) -> web.Response:
        """The notices of the workspaces that the key reaches."""
        workspace = request.query.get("workspace", "")
        filters = {"workspace": workspace} if workspace else {}
        asked = self._parts.pager.asked(request, principal_of(request), filters)
        page = await self._parts.pager.page(asked, self._records(request), Query(filters))
        return page.answer(MailNoticeList(mail_notices=[_view(it) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """One more notice of a workspace."""
        principal = principal_of(request)
        wish = await json_body(request, NewMailNotice)
        workspace = await find_workspace(self._parts, principal, wish.workspace or "")
        self._check_server()
        self._check_recipients(wish.recipients)
        notices = self._records(request)
        beside = await notices.count(Query({"workspace": workspace.id}), MAX_MAIL_NOTICES)
        if beside >= MAX_MAIL_NOTICES:
            raise Permanent(Code.CONFLICT, f"The workspace has {MAX_MAIL_NOTICES} notices.")
        notice = MailNotice(
            organization=principal.organization,
            workspace=workspace.id,
            recipients=_unique(wish.recipients),
            events=_unique(wish.events),
            types=wish.types,
            digest_minutes=wish.digest_minutes,
            templates={name: words.stored() for name, words in wish.templates.items()},
            enabled=wish.enabled,
        )
        await notices.insert(notice)
        return json_answer(_view(notice), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One notice."""
        return json_answer(_view(await self._notice(request)))

    async def change(self, request: web.Request) -> web.Response:
        """Other addresses, events or words; pause or resume."""
        wish = await json_body(request, MailNoticeChange)
        given = {it: getattr(wish, it) for it in wish.model_fields_set}
        changes = {name: value for name, value in given.items() if value is not None}
        if wish.recipients is not None:
            self._check_recipients(wish.recipients)
            changes["recipients"] = _unique(wish.recipients)
        if wish.templates is not None:
            changes["templates"] = {name: it.stored() for name, it in wish.templates.items()}

        def step(notice: MailNotice) -> MailNotice:
            return notice.copy_with(**changes)

        stored = await change(self._records(request), path_id(request), step)
        return json_answer(_view(stored))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a notice; its mails under way end as gone."""
        if not await self._records(request).delete(path_id(request)):
            raise Permanent(Code.NOT_FOUND)
        return web.Response(status=204)

    async def test(self, request: web.Request) -> web.Response:
        """Have a mail sent to each address, as all others are."""
        notice = await self._notice(request)
        self._check_server()
        now, key = await self._parts.store.now(), new_id()
        content = NoticeContent(template=TemplateName.TEST, at=now)
        records = self._parts.store.of(Tenant(notice.organization), DELIVERIES)
        made = [mail_delivery(notice, it, content, key, now) for it in notice.recipients]
        for delivery in made:
            await records.insert(delivery)
            self._parts.outbox.nudge(DELIVERIES, delivery)
        tried = TriedNotice(deliveries=[it.id for it in made], links=_links(notice))
        return json_answer(tried, status=202)

    async def _notice(self, request: web.Request) -> MailNotice:
        notice = await self._records(request).get(path_id(request))
        if notice is None:
            raise Permanent(Code.NOT_FOUND)
        return notice

    def _check_server(self) -> None:
        if mail_server(self._parts.settings) is None:
            raise Permanent(Code.CONFLICT, "This server has no mail server to send notices by.")

    def _check_recipients(self, recipients: Sequence[str]) -> None:
        for recipient in recipients:
            if self._allowed and not any(matches(it, recipient) for it in self._allowed):
                detail = "This server sends notices to other addresses only."
                raise Permanent(Code.TARGET_BLOCKED, detail, field="recipients")

    def _records(self, request: web.Request) -> Repository[MailNotice]:
        return self._parts.store.of(principal_of(request).tenant, MAIL_NOTICES)


def mail_notice_operations(parts: NativeParts) -> list[Operation]:
    """The table. Only administrators see notices: they hold people's addresses."""
    api = MailNotices(parts)
    return [*_looks(api), *_changes(api)]


def _looks(api: MailNotices) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ALL,
            handle=api.list,
            name="listMailNotices",
            summary="List notices by mail",
            tag=_TAG,
            scope=Scope.ADMIN,
            parameters=(_WORKSPACE,),
            answers={200: Answer("a page of notices", MailNoticeList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getMailNotice",
            summary="One notice by mail",
            tag=_TAG,
            scope=Scope.ADMIN,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _changes(api: MailNotices) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path=_ALL,
            handle=api.create,
            name="createMailNotice",
            summary="Have addresses told by mail",
            tag=_TAG,
            scope=Scope.ADMIN,
            body=Body(NewMailNotice),
            answers={201: _VIEW},
            errors=(Code.CONFLICT, Code.UNKNOWN_WORKSPACE, Code.TARGET_BLOCKED),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=api.change,
            name="changeMailNotice",
            summary="Change, pause or resume a notice",
            tag=_TAG,
            scope=Scope.ADMIN,
            body=Body(MailNoticeChange),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, Code.TARGET_BLOCKED),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/test",
            handle=api.test,
            name="tryMailNotice",
            summary="Send a mail to each address, to see whether it arrives",
            tag=_TAG,
            scope=Scope.ADMIN,
            answers={202: Answer("its deliveries", TriedNotice)},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteMailNotice",
            summary="Remove a notice",
            tag=_TAG,
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _unique(values: Sequence[_T]) -> list[_T]:
    return list(dict.fromkeys(values))


def _links(notice: MailNotice) -> dict[str, str]:
    return {
        "self": f"{PREFIX}{_ALL}/{notice.id}",
        "collection": f"{PREFIX}{_ALL}",
        "deliveries": f"{PREFIX}/deliveries?subscription={notice.id}",
    }


def _view(notice: MailNotice) -> MailNoticeView:
    words = {name: NoticeWords(**it.model_dump()) for name, it in notice.templates.items()}
    alike = MailNoticeView.model_fields.keys() & MailNotice.model_fields.keys()
    values = {name: getattr(notice, name) for name in alike if name != "templates"}
    return MailNoticeView(**values, templates=words, links=_links(notice))
