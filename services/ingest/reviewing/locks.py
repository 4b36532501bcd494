"""Locks: one person at a time works on a review. A lease, by compare-and-set.

The lease is part of the extraction, so that a write checks it and changes the values at once.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ingest.changes import change
from services.ingest.review_links import LINK_PREFIX
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.extraction import Extraction
from shared.models.reviewing import ActionKind, ReviewAction, ReviewLock
from shared.models.tenancy import Scope
from shared.store.collections import API_KEYS, EXTRACTIONS, REVIEW_LINKS, USERS
from shared.store.port import Store

LEASE = timedelta(seconds=30)
"""For how long; its holder renews it every ten seconds."""


class LockedError(Permanent):
    """Somebody else has the review; ``holder`` is the lease."""

    def __init__(self, holder: ReviewLock) -> None:
        super().__init__(Code.LOCKED, f"{holder.name} is reviewing the document.")
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person at a review.

    ``session`` is the browser, which may have its own lease again; ``token`` shows that a lease
    is one's own. ``name`` is what others are told.
    """

    principal: Principal
    name: str
    session: str = ""
    token: str = ""

    @property
    def by(self) -> str:
        """The id of the person, or of the key where it belongs to none."""
        return self.principal.actor


async def reviewer_of(
    store: Store, principal: Principal, *, session: str = "", token: str = ""
) -> Reviewer:
    """The person behind a key, by her name, or by the key's."""
    person = await store.of(principal.tenant, USERS).get(principal.user) if principal.user else None
    if person is not None:
        return Reviewer(principal, person.name, session, token)
    if principal.key.startswith(LINK_PREFIX):
        link_id = principal.key.removeprefix(LINK_PREFIX)
        link = await store.of(principal.tenant, REVIEW_LINKS).get(link_id)
        name = link.name if link is not None else ""
        return Reviewer(principal, name or "somebody with a link", session, token)
    key = await store.across(API_KEYS).get(principal.key)
    is_ours = key is not None and key.organization == principal.organization
    name = key.name if key is not None and is_ours else "somebody"
    return Reviewer(principal, name, session, token)


def holder_of(extraction: Extraction, now: datetime) -> ReviewLock | None:
    """The lease, where it has not run out."""
    lock = extraction.review_work.lock
    return lock if lock is not None and lock.until > now else None


def check_lock(extraction: Extraction, reviewer: Reviewer, now: datetime) -> None:
    """Return if nobody else has the review; raises ``LockedError``."""
    holder = holder_of(extraction, now)
    if holder is not None and not _is_own(holder, reviewer):
        raise LockedError(holder)


def locked(
    extraction: Extraction, reviewer: Reviewer, now: datetime, *, take_over: bool = False
) -> Extraction:
    """The extraction with the lease taken or renewed; raises ``LockedError``."""
    work, holder = extraction.review_work, holder_of(extraction, now)
    is_own = holder is not None and _is_own(holder, reviewer)
    if holder is not None and not is_own:
        if not (take_over and Scope.ADMIN in reviewer.principal.scopes):
            raise LockedError(holder)
        work = work.with_action(
            ReviewAction(at=now, by=reviewer.by, kind=ActionKind.TAKE_OVER, note=holder.name)
        )
    keeps = holder is not None and is_own and holder.session == reviewer.session
    lock = ReviewLock(
        token=holder.token if keeps and holder is not None else secrets.token_urlsafe(18),
        by=reviewer.by,
        name=reviewer.name,
        session=reviewer.session,
        since=holder.since if is_own and holder is not None else now,
        until=now + LEASE,
    )
    return extraction.copy_with(review_work=work.copy_with(lock=lock))


def freed(extraction: Extraction) -> Extraction:
    """The extraction without a lease."""
    work = extraction.review_work
    return extraction.copy_with(review_work=work.copy_with(lock=None)) if work.lock else extraction


class Locks:
    """Takes, renews and frees them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(
        self, reviewer: Reviewer, extraction_id: str, *, take_over: bool = False
    ) -> Extraction:
        """The extraction, which the reviewer has now, for ``LEASE``, again if it was hers.

        An administrator may ``take_over`` what somebody else has; that is written down. Raises
        ``LockedError``, ``Permanent(NOT_FOUND)``.
        """
        now = await self._store.now()
        extractions = self._store.of(reviewer.principal.tenant, EXTRACTIONS)
        return await change(
            extractions, extraction_id, lambda it: locked(it, reviewer, now, take_over=take_over)
        )

    async def free(self, reviewer: Reviewer, extraction_id: str) -> None:
        """Let go of one's own lease; somebody else's stays."""
        now = await self._store.now()

        def step(extraction: Extraction) -> Extraction:
            holder = holder_of(extraction, now)
            is_own = holder is not None and _is_own(holder, reviewer)
            return freed(extraction) if is_own else extraction

        extractions = self._store.of(reviewer.principal.tenant, EXTRACTIONS)
        await change(extractions, extraction_id, step)


def _is_own(holder: ReviewLock, reviewer: Reviewer) -> bool:
    if reviewer.token and secrets.compare_digest(holder.token, reviewer.token):
        return True
    return bool(reviewer.session) and holder.session == reviewer.session
