"""Links to the review of one document, for somebody without a key: made, listed, taken back.

A link is a path under a signature. What is stored of it says whether it still holds, so that it
can be taken back, and those who came by it with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ingest.changes import change
from services.ingest.reviews import reviewable
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.http.links import LinkSigner
from shared.models.document import Document
from shared.models.review_link import ReviewLink
from shared.store.collections import API_KEYS, REVIEW_LINKS
from shared.store.port import Query, Repository, Store, Tenant

MOST_PER_DOCUMENT = 50
LINK_PREFIX = "link:"
"""Before the id of a link, where the id of a key stands otherwise."""


@dataclass(frozen=True, slots=True)
class LinkWish:
    """For how long a link is to be good, and what others are told of who works by it."""

    lasts: timedelta
    name: str = ""


class ReviewLinks:
    """Makes them, and says which are good."""

    def __init__(self, store: Store, signer: LinkSigner) -> None:
        self._store = store
        self._signer = signer

    async def make(self, principal: Principal, document: Document, wish: LinkWish) -> ReviewLink:
        """One more link.

        Raises ``Permanent(CONFLICT)`` for a document that has nothing to review, or has too many.
        """
        reviewable(document)
        now = await self._store.now()
        links = self._links(principal)
        for old in await self.all(principal, document):
            if old.expires <= now:
                await links.delete(old.id)
        query = Query({"document": document.id})
        if await links.count(query, MOST_PER_DOCUMENT) >= MOST_PER_DOCUMENT:
            raise Permanent(Code.CONFLICT, f"A document has at most {MOST_PER_DOCUMENT} links.")
        link = ReviewLink(
            organization=document.organization,
            workspace=document.workspace,
            document=document.id,
            key=principal.key,
            by=principal.actor,
            name=wish.name.strip(),
            expires=now + wish.lasts,
        )
        await links.insert(link)
        return link

    async def all(self, principal: Principal, document: Document) -> Sequence[ReviewLink]:
        """Those of a document, the newest first; also what is over or was taken back."""
        query = Query({"document": document.id})
        return await self._links(principal).page(query, None, MOST_PER_DOCUMENT)

    async def revoke(self, principal: Principal, document: Document, link_id: str) -> ReviewLink:
        """Take one back, and all who came by it; raises ``Permanent(NOT_FOUND)``."""
        now = await self._store.now()

        def step(link: ReviewLink) -> ReviewLink:
            if link.document != document.id:
                raise Permanent(Code.NOT_FOUND)
            return link if link.revoked else link.copy_with(revoked=now)

        return await change(self._links(principal), link_id, step)

    def url(self, link: ReviewLink) -> str:
        """Where it leads, without the host."""
        signed = self._signer.sign(_signed_path(link.document, link.id), link.expires)
        return f"/review/{link.document}?link={link.id}&{signed.partition('?')[2]}"

    async def followed(
        self, document_id: str, query: Mapping[str, str], now: datetime
    ) -> ReviewLink | None:
        """The link that a request's query is, where it is good."""
        identity = query.get("link", "")
        if not self._signer.is_good(_signed_path(document_id, identity), query, now):
            return None
        link = await self._store.across(REVIEW_LINKS).get(identity)
        return link if link is not None and await self._holds(link, now) else None

    async def holds(self, organization: str, link_id: str) -> bool:
        """Whether who came by a link may stay."""
        link = await self._store.of(Tenant(organization), REVIEW_LINKS).get(link_id)
        return link is not None and await self._holds(link, await self._store.now())

    async def _holds(self, link: ReviewLink, now: datetime) -> bool:
        if link.revoked is not None or link.expires <= now:
            return False
        key = await self._store.across(API_KEYS).get(link.key)
        return key is not None and key.is_good(now)

    def _links(self, principal: Principal) -> Repository[ReviewLink]:
        return self._store.of(principal.tenant, REVIEW_LINKS)


def _signed_path(document: str, link: str) -> str:
    return f"/review/{document}/{link}"
