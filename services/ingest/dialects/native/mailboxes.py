"""Mailboxes of other servers, whose mail becomes documents of a workspace."""

from functools import partial

from aiohttp import web

from services.ingest.mailboxes.rules import MailboxRules
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.mailbox_models import (
    LeftOutMailView,
    MailboxChange,
    MailboxList,
    MailboxView,
    NewMailbox,
    TroubledMailView,
)
from services.ingest.resources.sender_models import senders_view
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.mailbox import Mailbox
from shared.models.tenancy import Scope
from shared.store.port import Query, Repository

_ONE = "/mailboxes/{id}"
_VIEW = Answer("the mailbox", MailboxView)
_WORKSPACE = Parameter("workspace", "only this workspace, by id")


class Mailboxes:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._rules = MailboxRules(parts.store, parts.settings, parts.secret)

    async def list(self, request: web.Request) -> web.Response:
        """The mailboxes of the workspaces that the key reaches."""
        workspace = request.query.get("workspace", "")
        filters = {"workspace": workspace} if workspace else {}
        asked = self._parts.pager.asked(request, principal_of(request), filters)
        page = await self._parts.pager.page(asked, self._records(request), Query(filters))
        return page.answer(MailboxList(mailboxes=[_view(it) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """One more mailbox; it is looked into at once."""
        principal = principal_of(request)
        wish = await json_body(request, NewMailbox)
        password = wish.password.get_secret_value()
        make = partial(wish.mailbox, principal.organization)
        made = await self._rules.add(principal, wish.workspace or "", password, make)
        return json_answer(_view(made), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One mailbox, with what was made of its mail."""
        mailbox = await self._records(request).get(path_id(request))
        if mailbox is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(_view(mailbox))

    async def change(self, request: web.Request) -> web.Response:
        """Another server, password, folder or rule; pause or resume."""
        wish = await json_body(request, MailboxChange)
        given, tenant = wish.given(), principal_of(request).tenant
        password = wish.password.get_secret_value() if wish.password else None
        return json_answer(
            _view(await self._rules.change(tenant, path_id(request), given, password))
        )

    async def look(self, request: web.Request) -> web.Response:
        """Look into it soon, and try again what was left out."""
        tenant = principal_of(request).tenant
        return json_answer(_view(await self._rules.look(tenant, path_id(request))), 202)

    async def delete(self, request: web.Request) -> web.Response:
        """Look into it no more; its documents stay, and its mail stays where it is."""
        await self._rules.remove(principal_of(request).tenant, path_id(request))
        return web.Response(status=204)

    def _records(self, request: web.Request) -> Repository[Mailbox]:
        return self._rules.of(principal_of(request).tenant)


def mailbox_operations(parts: IngestParts) -> list[Operation]:
    """The table. Only administrators see mailboxes: what is in them is not everybody's."""
    api = Mailboxes(parts)
    return [*_looks(api), *_changes(api)]


def _looks(api: Mailboxes) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/mailboxes",
            handle=api.list,
            name="listMailboxes",
            summary="List mailboxes",
            tag="mail",
            scope=Scope.ADMIN,
            parameters=(_WORKSPACE,),
            answers={200: Answer("a page of mailboxes", MailboxList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getMailbox",
            summary="One mailbox, and how its last look went",
            tag="mail",
            scope=Scope.ADMIN,
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _changes(api: Mailboxes) -> list[Operation]:
    refusals = (Code.CONFLICT, Code.INCOHERENT_DATA, Code.TARGET_BLOCKED)
    return [
        Operation(
            method="POST",
            path="/mailboxes",
            handle=api.create,
            name="createMailbox",
            summary="Take a mailbox's mail into a workspace",
            tag="mail",
            scope=Scope.ADMIN,
            body=Body(NewMailbox),
            answers={201: _VIEW},
            errors=(*refusals, Code.UNKNOWN_WORKSPACE),
        ),
        Operation(
            method="PATCH",
            path=_ONE,
            handle=api.change,
            name="changeMailbox",
            summary="Change, pause or resume a mailbox",
            tag="mail",
            scope=Scope.ADMIN,
            body=Body(MailboxChange),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, *refusals),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/look",
            handle=api.look,
            name="lookIntoMailbox",
            summary="Look into a mailbox soon, and try again what was left out",
            tag="mail",
            scope=Scope.ADMIN,
            answers={202: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteMailbox",
            summary="Look into a mailbox no more",
            tag="mail",
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _view(mailbox: Mailbox) -> MailboxView:
    own = f"{PREFIX}/mailboxes/{mailbox.id}"
    alike = MailboxView.model_fields.keys() & Mailbox.model_fields.keys()
    values = {name: getattr(mailbox, name) for name in alike}
    values["senders"] = senders_view(mailbox.senders) if mailbox.senders else None
    values["troubled"] = [TroubledMailView(**it.model_dump()) for it in mailbox.troubled]
    values["left_out"] = [LeftOutMailView(**it.model_dump()) for it in mailbox.left_out]
    links = {"self": own, "collection": f"{PREFIX}/mailboxes"}
    return MailboxView(**values, links=links)
