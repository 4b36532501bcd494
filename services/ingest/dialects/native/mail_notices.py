"""Notices by mail: who of a workspace is told, of what, and in which words."""

from aiohttp import web

from services.ingest import mail_notices as notices
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.mail_notice_models import (
    MailNoticeChange,
    MailNoticeList,
    MailNoticeView,
    NewMailNotice,
    NoticeWords,
    TriedNotice,
)
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.mail_notice import MailNotice
from shared.models.tenancy import Scope
from shared.store.port import Query, Repository

_ALL = "/mail-notices"
_ONE = "/mail-notices/{id}"
_TAG = "mail"
_VIEW = Answer("the notice", MailNoticeView)
_WORKSPACE = Parameter("workspace", "only this workspace, by id")


class MailNotices:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._notices = notices.MailNotices(parts.store, parts.outbox, parts.settings)

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
        made = await self._notices.add(
            principal, wish.workspace or "", lambda it: wish.notice(principal.organization, it)
        )
        return json_answer(_view(made), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One notice."""
        return json_answer(_view(await self._notice(request)))

    async def change(self, request: web.Request) -> web.Response:
        """Other addresses, events or words; pause or resume."""
        wish = await json_body(request, MailNoticeChange)
        given = {it: getattr(wish, it) for it in wish.model_fields_set}
        changes = {name: value for name, value in given.items() if value is not None}
        if wish.templates is not None:
            changes["templates"] = {name: it.stored() for name, it in wish.templates.items()}

        def step(notice: MailNotice) -> MailNotice:
            return notice.copy_with(**changes)

        tenant = principal_of(request).tenant
        stored = await self._notices.change(tenant, path_id(request), step)
        return json_answer(_view(stored))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a notice; its mails under way end as gone."""
        await self._notices.remove(principal_of(request).tenant, path_id(request))
        return web.Response(status=204)

    async def test(self, request: web.Request) -> web.Response:
        """Have a mail sent to each address, as all others are."""
        tenant = principal_of(request).tenant
        notice, made = await self._notices.test(tenant, path_id(request))
        return json_answer(TriedNotice(deliveries=made, links=_links(notice)), status=202)

    async def _notice(self, request: web.Request) -> MailNotice:
        notice = await self._records(request).get(path_id(request))
        if notice is None:
            raise Permanent(Code.NOT_FOUND)
        return notice

    def _records(self, request: web.Request) -> Repository[MailNotice]:
        return self._notices.of(principal_of(request).tenant)


def mail_notice_operations(parts: IngestParts) -> list[Operation]:
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
