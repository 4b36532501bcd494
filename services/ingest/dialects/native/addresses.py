"""The address of a workspace that takes mail for it."""

from datetime import datetime, timedelta

from aiohttp import web

from services.ingest.mail.address_rules import AddressRules
from services.ingest.mail.addresses import Addresses
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.tenancy_models import (
    AddressChange,
    AddressRotation,
    AddressView,
    FormerAddressView,
)
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.tenancy import Scope, Workspace
from shared.models.time import utc_now
from shared.store.collections import WORKSPACES
from shared.store.port import Repository

_PATH = "/workspaces/{id}/address"
_VIEW = Answer("the address", AddressView)


class IngestAddresses:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._addresses = Addresses(parts.secret, parts.settings.mail_domain)
        can_send = parts.settings.smarthost_url is not None
        self._rules = AddressRules(parts.store, can_send=can_send)

    async def get(self, request: web.Request) -> web.Response:
        """The address, and former ones that still work."""
        workspace = await self._records(request).get(_reachable(request))
        if workspace is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(self._view(workspace, utc_now()))

    async def change(self, request: web.Request) -> web.Response:
        """Whether receipts are sent."""
        wish = await json_body(request, AddressChange)
        if wish.receipts is None:
            return await self.get(request)
        principal, identity = principal_of(request), path_id(request)
        stored = await self._rules.receipts(principal, identity, wanted=wish.receipts)
        return json_answer(self._view(stored, utc_now()))

    async def rotate(self, request: web.Request) -> web.Response:
        """A new address."""
        wish = AddressRotation()
        if request.can_read_body:
            wish = await json_body(request, AddressRotation)
        principal, overlap = principal_of(request), timedelta(seconds=wish.overlap)
        stored = await self._rules.rotate(principal, path_id(request), overlap)
        return json_answer(self._view(stored, utc_now()))

    def _records(self, request: web.Request) -> Repository[Workspace]:
        return self._parts.store.of(principal_of(request).tenant, WORKSPACES)

    def _view(self, workspace: Workspace, now: datetime) -> AddressView:
        former = [
            FormerAddressView(
                address=self._addresses.write(workspace, it.generation), until=it.until
            )
            for it in workspace.address.former
            if it.until > now
        ]
        own = f"{PREFIX}/workspaces/{workspace.id}"
        return AddressView(
            address=self._addresses.write(workspace),
            accepting=self._parts.settings.smtp_port != 0,
            receipts=workspace.address.receipts,
            former=former,
            links={"self": f"{own}/address", "workspace": own},
        )


def address_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api = IngestAddresses(parts)
    return [
        Operation(
            method="GET",
            path=_PATH,
            handle=api.get,
            name="getIngestAddress",
            summary="The address that takes mail for a workspace",
            tag="workspaces",
            scope=Scope.WRITE,  # who knows the address may send documents
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path=_PATH,
            handle=api.change,
            name="changeIngestAddress",
            summary="Whether senders are told that their mail came in",
            tag="workspaces",
            scope=Scope.ADMIN,
            body=Body(AddressChange),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
        Operation(
            method="POST",
            path=f"{_PATH}/rotate",
            handle=api.rotate,
            name="rotateIngestAddress",
            summary="A new address for a workspace",
            tag="workspaces",
            scope=Scope.ADMIN,
            body=Body(AddressRotation, required=False),
            answers={200: _VIEW},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _reachable(request: web.Request) -> str:
    identity = path_id(request)
    if not principal_of(request).sees_workspace(identity):
        raise Permanent(Code.NOT_FOUND)
    return identity
