"""Mailboxes of other servers, whose mail becomes documents of a workspace."""

from ipaddress import ip_address

from aiohttp import web

from services.ingest.changes import change
from services.ingest.dialects.native.context import NativeParts, path_id
from services.ingest.dialects.native.mailbox_models import (
    LeftOutMailView,
    MailboxChange,
    MailboxList,
    MailboxView,
    NewMailbox,
    TroubledMailView,
)
from services.ingest.dialects.native.orders import find_workspace
from services.ingest.dialects.native.sender_models import senders_view
from services.ingest.dialects.native.views import PREFIX
from services.ingest.mailboxes import records
from services.ingest.mailboxes.passwords import Passwords
from services.ingest.mailboxes.wire import MAIL_PORTS
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.http.targets import TargetPolicy
from shared.models.ids import new_id
from shared.models.mailbox import AfterTaking, Mailbox, MailboxSecurity, Progress, account_name
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.store.collections import MAILBOXES
from shared.store.port import AlreadyExistsError, Query, Repository

MAX_MAILBOXES = 100
_ONE = "/mailboxes/{id}"
_VIEW = Answer("the mailbox", MailboxView)
_WORKSPACE = Parameter("workspace", "only this workspace, by id")
_PLACE = frozenset({"host", "port", "user", "folder"})
_NULLABLE = frozenset({"move_to", "senders", "authserv_id"})
_TAKEN = "The organization has a mailbox of this server, user and folder already."


class Mailboxes:
    """The handlers and what they work with."""

    def __init__(self, parts: NativeParts) -> None:
        self._parts = parts
        settings = parts.settings
        self._policy = TargetPolicy(settings.allow_private_targets, settings.deny_targets)
        self._passwords = Passwords.of(settings, parts.secret)

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
        workspace = await find_workspace(self._parts, principal, wish.workspace or "")
        identity = new_id()
        mailbox = Mailbox(
            id=identity,
            organization=principal.organization,
            workspace=workspace.id,
            host=wish.host,
            port=wish.port,
            security=wish.security,
            user=wish.user,
            password=self._passwords.close(identity, wish.password.get_secret_value()),
            folder=wish.folder,
            account=account_name(wish.host, wish.port, wish.user, wish.folder),
            after=wish.after,
            move_to=wish.move_to,
            backlog=wish.backlog,
            senders=wish.senders.stored() if wish.senders else None,
            authserv_id=wish.authserv_id,
            enabled=wish.enabled,
        )
        self._check(mailbox)
        mailboxes = self._records(request)
        if (
            await mailboxes.count(Query({"workspace": workspace.id}), MAX_MAILBOXES)
            >= MAX_MAILBOXES
        ):
            raise Permanent(Code.CONFLICT, f"The workspace has {MAX_MAILBOXES} mailboxes.")
        try:
            await mailboxes.insert(mailbox)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, _TAKEN) from None
        return json_answer(_view(mailbox), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One mailbox, with what was made of its mail."""
        mailbox = await self._records(request).get(path_id(request))
        if mailbox is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(_view(mailbox))

    async def change(self, request: web.Request) -> web.Response:
        """Another server, password, folder or rule; pause or resume."""
        wish = await json_body(request, MailboxChange)

        def step(mailbox: Mailbox) -> Mailbox:
            changed = self._changed(mailbox, wish)
            self._check(changed)
            return changed

        try:
            stored = await change(self._records(request), path_id(request), step)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, _TAKEN) from None
        return json_answer(_view(stored))

    async def look(self, request: web.Request) -> web.Response:
        """Look into it soon, and try again what was left out."""
        step = records.asked_for(utc_now())
        return json_answer(_view(await change(self._records(request), path_id(request), step)), 202)

    async def delete(self, request: web.Request) -> web.Response:
        """Look into it no more; its documents stay, and its mail stays where it is."""
        if not await self._records(request).delete(path_id(request)):
            raise Permanent(Code.NOT_FOUND)
        return web.Response(status=204)

    def _changed(self, mailbox: Mailbox, wish: MailboxChange) -> Mailbox:
        given = {
            name: getattr(wish, name)
            for name in wish.model_fields_set - {"password", "senders"}
            if getattr(wish, name) is not None or name in _NULLABLE
        }
        if "senders" in wish.model_fields_set:
            given["senders"] = wish.senders.stored() if wish.senders else None
        if wish.password is not None:
            plain = wish.password.get_secret_value()
            given["password"] = self._passwords.close(mailbox.id, plain)
        # Who looks just now, looks by the old rule: without its lease it writes nothing more.
        changed = mailbox.released(**given, due=utc_now(), failures=0)
        if not any(getattr(changed, name) != getattr(mailbox, name) for name in _PLACE):
            return changed
        account = account_name(changed.host, changed.port, changed.user, changed.folder)
        return changed.copy_with(
            account=account, progress=Progress(), troubled=[], left_out=[], problem=None
        )

    def _check(self, mailbox: Mailbox) -> None:
        if (mailbox.after is AfterTaking.MOVE) != (mailbox.move_to is not None):
            raise Permanent(Code.INCOHERENT_DATA, "`move_to` goes with `after` `move`.")
        try:
            address = str(ip_address(mailbox.host))
        except ValueError:
            return  # a name is looked at where it is dialled
        if mailbox.security is MailboxSecurity.NONE:
            allowed = self._policy.is_named(address)
        else:
            allowed = self._policy.allows(address, mailbox.port, MAIL_PORTS)
        if not allowed:
            raise Permanent(Code.TARGET_BLOCKED)

    def _records(self, request: web.Request) -> Repository[Mailbox]:
        return self._parts.store.of(principal_of(request).tenant, MAILBOXES)


def mailbox_operations(parts: NativeParts) -> list[Operation]:
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
