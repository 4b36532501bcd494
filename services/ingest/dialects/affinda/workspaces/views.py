"""Telling of workspaces."""

import asyncio

from aiohttp import web

from services.ingest.dialects.affinda.context import AffindaParts, organization_of
from services.ingest.dialects.affinda.organizations.views import organization_view
from services.ingest.dialects.affinda.people import people_of
from services.ingest.dialects.affinda.references import Named
from services.ingest.dialects.affinda.splitters import splitter_of
from services.ingest.dialects.affinda.types.book import TypeBook, TypeEntry, type_book
from services.ingest.dialects.affinda.types.identifiers import identifier_of
from services.ingest.dialects.affinda.workspaces.models import (
    BaseExtractorView,
    TypeExtractorView,
    WorkspaceCollectionView,
    WorkspaceView,
)
from services.ingest.mail.addresses import Addresses
from shared.http.context import Principal
from shared.models.document import Desk
from shared.models.policies import DuplicatePolicy
from shared.models.tenancy import Scope, Workspace
from shared.store.collections import DOCUMENTS, workspace_desk
from shared.store.port import Query, Tenant

MOST_COUNTED = 10_000
"""Documents of a workspace that are counted; more are told as so many."""
_CATEGORIES = {"resume": "Recruitment", "job_description": "Recruitment"}
_OTHER_CATEGORY = "Document"


async def workspace_views(
    parts: AffindaParts, request: web.Request, principal: Principal, workspaces: list[Workspace]
) -> list[WorkspaceView]:
    """The workspaces as their caller may know them."""
    organization = organization_view(
        parts, request, principal, await organization_of(parts, principal)
    )
    book = await type_book(parts.types, principal)
    members = [it for workspace in workspaces for it in workspace.members]
    people = await people_of(parts, principal.organization, members)
    addresses = Addresses(parts.secret, parts.settings.mail_domain)
    may_send = bool({Scope.WRITE, Scope.ADMIN} & principal.scopes)
    views = []
    for workspace in workspaces:
        to_review, confirmed = await _counts(parts, workspace)
        policies, senders = workspace.policies, workspace.senders
        splitter = splitter_of(policies.split)
        views.append(
            WorkspaceView(
                identifier=workspace.id,
                organization=organization,
                name=workspace.name,
                visibility=workspace.visibility,
                collections=_collections(book, workspace),
                document_types=[identifier_of(it) for it in policies.types],
                reject_invalid_documents=policies.reject_invalid,
                reject_duplicates=policies.duplicates is DuplicatePolicy.REJECT,
                members=[people[it] for it in workspace.members if it in people],
                unvalidated_docs_count=to_review,
                confirmed_docs_count=confirmed,
                ingest_email=addresses.write(workspace) if may_send else None,
                whitelist_ingest_addresses=senders.allowed or None,
                document_splitter=Named(identifier=splitter[0], name=splitter[1])
                if splitter
                else None,
            )
        )
    return views


def extractor_view(entry: TypeEntry) -> TypeExtractorView:
    """What finds the fields of a type, as the older notion of an extractor."""
    own = entry.own
    base = BaseExtractorView(
        identifier=entry.identifier,
        name=entry.title,
        name_plural=f"{entry.title} documents",
        is_custom=own is not None,
        created_dt=own.created if own else None,
    )
    category = _CATEGORIES.get(entry.schema.name, _OTHER_CATEGORY)
    return TypeExtractorView(**base.model_dump(), category=category)


def _collections(book: TypeBook, workspace: Workspace) -> list[WorkspaceCollectionView]:
    return [
        WorkspaceCollectionView(
            identifier=it.identifier, name=it.title, extractor=extractor_view(it)
        )
        for it in book.of_workspace(workspace)
    ]


async def _counts(parts: AffindaParts, workspace: Workspace) -> tuple[int, int]:
    tenant = Tenant(workspace.organization, frozenset({workspace.id}))
    documents = parts.store.of(tenant, DOCUMENTS)
    counts = await asyncio.gather(
        *(
            documents.count(
                Query({"workspace_desk": workspace_desk(workspace.id, desk)}), MOST_COUNTED
            )
            for desk in (Desk.TO_REVIEW, Desk.CONFIRMED)
        )
    )
    return counts[0], counts[1]
