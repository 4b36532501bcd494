"""Organizations and their licences: for operators."""

from aiohttp import web

from services.ingest.changes import change
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.document_views import PREFIX
from services.ingest.resources.tenancy_models import (
    LicenceView,
    NewOrganization,
    OrganizationChange,
    OrganizationList,
    OrganizationView,
)
from services.ingest.tenants import found_organization
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.tenancy import Organization, Scope
from shared.models.time import utc_now
from shared.store.collections import ORGANIZATIONS
from shared.store.port import AlreadyExistsError, Query


class Organizations:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts

    async def list(self, request: web.Request) -> web.Response:
        """All organizations."""
        asked = self._parts.pager.asked(request, principal_of(request))
        organizations = self._parts.store.across(ORGANIZATIONS)
        page = await self._parts.pager.page(asked, organizations, Query())
        return page.answer(OrganizationList(organizations=[_view(it) for it in page.rows]))

    async def create(self, request: web.Request) -> web.Response:
        """A new organization, with its default workspace."""
        wish = await json_body(request, NewOrganization)
        organization = await found_organization(self._parts.store, wish.name, wish.licence)
        return json_answer(_view(organization), status=201)

    async def get(self, request: web.Request) -> web.Response:
        """One organization."""
        organization = await self._parts.store.across(ORGANIZATIONS).get(path_id(request))
        if organization is None:
            raise Permanent(Code.NOT_FOUND)
        return json_answer(_view(organization))

    async def change(self, request: web.Request) -> web.Response:
        """Rename an organization, or change its licence."""
        wish = await json_body(request, OrganizationChange)

        def step(organization: Organization) -> Organization:
            return organization.copy_with(
                name=wish.name or organization.name,
                licence=wish.licence or organization.licence,
            )

        organizations = self._parts.store.across(ORGANIZATIONS)
        try:
            stored = await change(organizations, path_id(request), step)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, "An organization of that name exists.") from None
        self._parts.authenticator.forget_all()
        return json_answer(_view(stored))


def organization_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api, one = Organizations(parts), Answer("the organization", OrganizationView)
    return [
        Operation(
            method="GET",
            path="/organizations",
            handle=api.list,
            name="listOrganizations",
            summary="List organizations",
            tag="operators",
            scope=Scope.OPERATE,
            answers={200: Answer("a page of organizations", OrganizationList)},
            paged=True,
        ),
        Operation(
            method="POST",
            path="/organizations",
            handle=api.create,
            name="createOrganization",
            summary="Found an organization, with its default workspace",
            tag="operators",
            scope=Scope.OPERATE,
            body=Body(NewOrganization),
            answers={201: one},
            errors=(Code.CONFLICT,),
        ),
        Operation(
            method="GET",
            path="/organizations/{id}",
            handle=api.get,
            name="getOrganization",
            summary="One organization",
            tag="operators",
            scope=Scope.OPERATE,
            answers={200: one},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="PATCH",
            path="/organizations/{id}",
            handle=api.change,
            name="changeOrganization",
            summary="Rename an organization, or change its licence",
            tag="operators",
            scope=Scope.OPERATE,
            body=Body(OrganizationChange),
            answers={200: one},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
    ]


def _view(organization: Organization) -> OrganizationView:
    licence = organization.licence
    return OrganizationView(
        id=organization.id,
        name=organization.name,
        licence=LicenceView(state=licence.state(utc_now()), until=licence.until),
        created=organization.created,
        updated=organization.updated,
        links={
            "self": f"{PREFIX}/organizations/{organization.id}",
            "collection": f"{PREFIX}/organizations",
            "keys": f"{PREFIX}/keys?organization={organization.id}",
        },
    )
