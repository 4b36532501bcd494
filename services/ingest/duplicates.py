"""Duplicates: the same bytes again in one workspace.

A twin is a document that was looked at, or will be, and is not over: deleted, expired, rejected,
failed and cancelled ones never stand in the way. Of equal files that come at the same time one is
the first, which the store decides: ``Document.content`` is unique.
"""

from collections.abc import Callable
from datetime import datetime

from shared.errors import Code, Permanent, Transient
from shared.models.document import Document, DocumentState
from shared.models.policies import DuplicatePolicy, Policies
from shared.models.work import Problem
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS
from shared.store.port import AlreadyExistsError, Query, Repository, Store, Tenant

_OVER = frozenset(
    {
        DocumentState.FAILED,
        DocumentState.REJECTED,
        DocumentState.CANCELLED,
        DocumentState.EXPIRED,
    }
)
_LOOKED_AT = 100
_TRIES = 5
CONTENT = "content"
Receive = Callable[[Document, datetime], Document]


class DuplicateError(Permanent):
    """A file that its workspace has already, and does not want twice."""

    def __init__(self, twin: str) -> None:
        super().__init__(Code.DUPLICATE_DOCUMENT, f"The same file is document {twin}.")
        self.twin = twin


class Duplicates:
    """Looks for twins, and sees to it that there is one first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def check(self, document: Document) -> None:
        """Raise ``DuplicateError`` for one that is not wanted, before its file is stored."""
        policies = document.policies or Policies()
        if policies.duplicates is DuplicatePolicy.REJECT:
            twin = await self._twin(self._documents(document), document)
            if twin is not None:
                raise DuplicateError(twin)

    async def insert(self, document: Document, receive: Receive = lifecycle.receive) -> Document:
        """Store a new document as ``receive`` begins it: the first of its bytes, or a twin.

        Raises ``DuplicateError`` under the policy ``reject``, and ``AlreadyExistsError`` as
        ``Repository.insert`` does.
        """
        documents, now = self._documents(document), document.created
        policies = document.policies or Policies()
        if policies.duplicates is DuplicatePolicy.OFF:
            return await _inserted(documents, receive(document, now))
        for _ in range(_TRIES):
            twin = await self._twin(documents, document)
            if twin is not None:
                marked = _as_twin(document, twin, policies)
                return await _inserted(documents, receive(marked, now))
            first = document.copy_with(content=_content(document.workspace, document.sha256))
            try:
                return await _inserted(documents, receive(first, now))
            except AlreadyExistsError as error:
                if error.field != CONTENT:
                    raise
        raise Transient(Code.UNAVAILABLE, retry_after=1)

    async def claim(self, document: Document, sha256: str) -> str | None:
        """The id of the twin of a document whose file has come by now; ``None``: it is first.

        Raises ``DuplicateError`` under the policy ``reject``.
        """
        policies = document.policies or Policies()
        if policies.duplicates is DuplicatePolicy.OFF:
            return None
        documents = self._documents(document)
        content = _content(document.workspace, sha256)
        for _ in range(_TRIES):
            twin = await self._twin(documents, document.copy_with(sha256=sha256))
            if twin is not None:
                return _as_twin(document, twin, policies).duplicate_of
            try:
                await documents.change(document.id, lambda it: it.copy_with(content=content))
            except AlreadyExistsError:
                continue
            return None
        raise Transient(Code.UNAVAILABLE, retry_after=1)

    def _documents(self, document: Document) -> Repository[Document]:
        return self._store.of(Tenant(document.organization), DOCUMENTS)

    async def _twin(self, documents: Repository[Document], document: Document) -> str | None:
        """The oldest twin there is; whoever is over lets go of being the first."""
        same = Query(
            {"workspace": document.workspace, "sha256": document.sha256}, oldest_first=True
        )
        for found in await documents.page(same, None, _LOOKED_AT):
            if found.id != document.id and not is_over(found) and not found.is_linked:
                return found.id
        holder = await documents.find(CONTENT, _content(document.workspace, document.sha256))
        if holder is None or holder.id == document.id:
            return None
        if not is_over(holder):
            return holder.id  # being fetched: its bytes are not on record yet
        await documents.change(holder.id, _let_go)
        return None


def refused_duplicate(document: Document, error: DuplicateError) -> Document:
    """A document that its workspace has already, to be kept as a rejected one of its own."""
    now = document.created
    received = lifecycle.receive(document.copy_with(duplicate_of=error.twin), now)
    return lifecycle.reject(received, Problem(code=error.code, detail=error.detail), now)


async def _inserted(documents: Repository[Document], document: Document) -> Document:
    await documents.insert(document)
    return document


def is_over(document: Document) -> bool:
    """Whether a document is none that another could be a duplicate of."""
    return document.state in _OVER


def _let_go(document: Document) -> Document:
    return document.copy_with(content=None) if is_over(document) else document


def _as_twin(document: Document, twin: str, policies: Policies) -> Document:
    if policies.duplicates is DuplicatePolicy.REJECT:
        raise DuplicateError(twin)
    return document.copy_with(duplicate_of=twin)


def _content(workspace: str, sha256: str) -> str:
    return f"{workspace}:{sha256}"
