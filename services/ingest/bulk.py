"""One action on many documents, with an answer for each."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.ingest.document_lists import DocumentList
from services.ingest.processing import Again, Processing
from services.ingest.removal import remove_document
from shared.blobs.port import Blobs
from shared.errors import Code, DocstageError, Permanent
from shared.http.context import Principal
from shared.models.document import Document
from shared.store.collections import DOCUMENTS
from shared.store.port import Position, Store

MOST = 1_000
"""Documents in one call."""
_AT_A_TIME = 8
_PAGE = 100


class Action(StrEnum):
    """What can be done to many documents."""

    REPROCESS = "reprocess"
    RETYPE = "retype"
    DELETE = "delete"


class Result(StrEnum):
    """What became of one; ``unchanged``: it was so, or is under way, already."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document, with the reason in words where nothing did."""

    id: str
    result: Result
    name: str = ""
    code: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Ids of documents, and whether there are ``more`` behind them."""

    ids: list[str]
    last: Position | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Bulk:
    """Does it. What was done already is left as it is, so a call may be repeated."""

    store: Store
    blobs: Blobs
    processing: Processing

    async def choose(
        self, principal: Principal, wanted: DocumentList, after: Position | None, most: int
    ) -> Chosen:
        """The newest documents of a list, ``most`` of them at most."""
        documents = self.store.of(principal.tenant, DOCUMENTS)
        ids: list[str] = []
        while rows := await documents.page(wanted.query, after, min(_PAGE, most + 1)):
            for row in rows:
                if wanted.wanted is not None and not wanted.wanted(row):
                    after = Position(row.created, row.id)
                    continue
                if len(ids) == most:
                    return Chosen(ids, after, more=True)
                ids.append(row.id)
                after = Position(row.created, row.id)
        return Chosen(ids, after)

    async def run(
        self, principal: Principal, action: Action, ids: Sequence[str], type_: str | None = None
    ) -> list[Outcome]:
        """The outcome for each of the ids, in their order.

        Raises ``Permanent(BAD_REQUEST)`` for a type that is missing or not due, and
        ``Permanent(UNKNOWN_TYPE)`` where nobody has such a type.
        """
        if (action is Action.RETYPE) != (type_ is not None):
            raise Permanent(Code.BAD_REQUEST, "type goes with retype, and only with that.")
        if type_ and await self.processing.types.find(principal, type_) is None:
            raise Permanent(Code.UNKNOWN_TYPE)
        room = asyncio.Semaphore(_AT_A_TIME)

        async def one(document_id: str) -> Outcome:
            async with room:
                return await self._one(principal, action, document_id, type_)

        return await asyncio.gather(*(one(it) for it in dict.fromkeys(ids)))

    async def _one(
        self, principal: Principal, action: Action, document_id: str, type_: str | None
    ) -> Outcome:
        document = await self.store.of(principal.tenant, DOCUMENTS).get(document_id)
        if document is None:
            detail = "There is no such document."
            return Outcome(document_id, Result.FAILED, code=Code.NOT_FOUND, detail=detail)
        try:
            done = await self._act(principal, action, document, type_)
        except DocstageError as error:
            failed = Result.FAILED
            return Outcome(document_id, failed, document.name, error.code, error.detail)
        result = Result.DONE if done else Result.UNCHANGED
        return Outcome(document_id, result, document.name)

    async def _act(
        self, principal: Principal, action: Action, document: Document, type_: str | None
    ) -> bool:
        if action is Action.DELETE:
            await remove_document(self.store, self.blobs, document)
            return True
        if action is Action.REPROCESS and not document.is_final:
            return False
        if type_ and document.requested_type == type_:
            present = document.type.name if document.type else None
            if present == type_ or not document.is_final:
                return False
        await self.processing.again(principal, document, Again(type_))
        return True
