"""Links to the review of one document, for people without a key."""

from datetime import timedelta

from aiohttp import web
from pydantic import Field

from services.ingest.parts import IngestParts, document_of
from services.ingest.resources.document_views import PREFIX
from services.ingest.review_links import MOST_PER_DOCUMENT, LinkWish, ReviewLinks
from shared.errors import Code
from shared.http.context import principal_of
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation
from shared.models.base import Model
from shared.models.review_link import ReviewLink
from shared.models.tenancy import Scope
from shared.models.time import Timestamp

_DAY = 86_400
_ALL = "/documents/{id}/review-links"
_TAG = "reviews"


class NewReviewLink(Model):
    """A link to be; an empty one is good for a day."""

    expires_in: int = Field(default=_DAY, ge=60, le=30 * _DAY, description="seconds")
    name: str = Field(
        default="", max_length=100, description="what other reviewers are told of who works by it"
    )


class ReviewLinkView(Model):
    """A link; its `url` is told once, as it is made."""

    id: str
    document: str
    name: str
    by: str
    created: Timestamp
    expires: Timestamp
    revoked: Timestamp | None
    url: str | None = Field(default=None, description="for whoever is to review it: told once")
    links: dict[str, str]


class ReviewLinkList(Model):
    """A document's links, newest first."""

    review_links: list[ReviewLinkView]


class ReviewLinkHandlers:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._links = ReviewLinks(parts.store, parts.links)

    async def create(self, request: web.Request) -> web.Response:
        """One more link."""
        document = await document_of(self._parts, request)
        wish = await json_body(request, NewReviewLink) if request.can_read_body else NewReviewLink()
        lasts = timedelta(seconds=wish.expires_in)
        link = await self._links.make(principal_of(request), document, LinkWish(lasts, wish.name))
        base = self._parts.settings.public_url.rstrip("/") or f"{request.scheme}://{request.host}"
        url = f"{base}{self._links.url(link)}"
        return json_answer(_view(link).copy_with(url=url), 201)

    async def list(self, request: web.Request) -> web.Response:
        """The document's links."""
        document = await document_of(self._parts, request)
        found = await self._links.all(principal_of(request), document)
        return json_answer(ReviewLinkList(review_links=[_view(it) for it in found]))

    async def revoke(self, request: web.Request) -> web.Response:
        """Take one back."""
        document = await document_of(self._parts, request)
        name = request.match_info["link"]
        return json_answer(_view(await self._links.revoke(principal_of(request), document, name)))


def review_link_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api = ReviewLinkHandlers(parts)
    return [
        Operation(
            method="POST",
            path=_ALL,
            handle=api.create,
            name="createReviewLink",
            summary="A link by which somebody without a key reviews this document, and no other",
            tag=_TAG,
            scope=Scope.WRITE,
            body=Body(NewReviewLink, required=False),
            answers={201: Answer("the link, with its `url`", ReviewLinkView)},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
        Operation(
            method="GET",
            path=_ALL,
            handle=api.list,
            name="listReviewLinks",
            summary=f"A document's links, {MOST_PER_DOCUMENT} at most",
            tag=_TAG,
            scope=Scope.WRITE,
            answers={200: Answer("its links", ReviewLinkList)},
            errors=(Code.NOT_FOUND,),
        ),
        Operation(
            method="DELETE",
            path=f"{_ALL}/{{link}}",
            handle=api.revoke,
            name="revokeReviewLink",
            summary="Take a link back; whoever came by it is out at once",
            tag=_TAG,
            scope=Scope.WRITE,
            answers={200: Answer("the link", ReviewLinkView)},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _view(link: ReviewLink) -> ReviewLinkView:
    own = f"{PREFIX}/documents/{link.document}"
    return ReviewLinkView(
        id=link.id,
        document=link.document,
        name=link.name,
        by=link.by,
        created=link.created,
        expires=link.expires,
        revoked=link.revoked,
        links={"self": f"{own}/review-links/{link.id}", "document": own},
    )
