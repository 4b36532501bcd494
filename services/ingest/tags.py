"""Tags of workspaces, and the documents that have them.

That a document has a tag is a record of its own: tags are counted and searched by that, and a tag
that is renamed or removed changes no document.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence

from services.ingest.changes import change
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.document import Document
from shared.models.tag import MAX_TAGS, Tag, Tagging, tagging_id
from shared.store.collections import DOCUMENTS, TAGGINGS, TAGS
from shared.store.port import AlreadyExistsError, Position, Query, Repository, Store

MAX_NAME = 100
MOST_COUNTED = 100_000
_BATCH = 100
_TAKEN = "The workspace has a tag of this name already."


class Tags:
    """The application's view of them; every method sees what its principal may see."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self, principal: Principal, workspace: str | None = None) -> list[Tag]:
        """All tags, or those of a workspace, by name."""
        filters = {"workspace": workspace} if workspace else {}
        found: list[Tag] = []
        after: Position | None = None
        while rows := await self._tags(principal).page(Query(filters), after, _BATCH):
            found += rows
            after = Position(rows[-1].created, rows[-1].id)
        return sorted(found, key=lambda it: (it.name.casefold(), it.id))

    async def make(self, principal: Principal, workspace: str, name: str) -> Tag:
        """A new tag; raises ``Permanent(CONFLICT)`` where there is one, or too many."""
        tags = self._tags(principal)
        if await tags.count(Query({"workspace": workspace}), MAX_TAGS) >= MAX_TAGS:
            raise Permanent(Code.CONFLICT, f"The workspace has {MAX_TAGS} tags.")
        tag = Tag(organization=principal.organization, workspace=workspace, name=name)
        try:
            await tags.insert(tag)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, _TAKEN) from None
        return tag

    async def rename(self, principal: Principal, tag_id: str, name: str) -> Tag:
        """Another name; raises ``Permanent(NOT_FOUND)`` and ``Permanent(CONFLICT)``."""
        step: Callable[[Tag], Tag] = lambda it: it.copy_with(name=name)  # noqa: E731
        try:
            return await change(self._tags(principal), tag_id, step)
        except AlreadyExistsError:
            raise Permanent(Code.CONFLICT, _TAKEN) from None

    async def remove(self, principal: Principal, tag_id: str) -> None:
        """Take it off all documents, and away; raises ``Permanent(NOT_FOUND)``."""
        if not await self._tags(principal).delete(tag_id):
            raise Permanent(Code.NOT_FOUND)
        taggings = self._taggings(principal)
        while rows := await taggings.page(Query({"tag": tag_id}), None, _BATCH):
            for row in rows:
                await taggings.delete(row.id)

    async def put_on(self, principal: Principal, tag: Tag, documents: Sequence[str]) -> None:
        """Tag documents; raises ``Permanent(NOT_FOUND)``, and tags none, if one is missing.

        Those of another workspace than the tag's are missing, too.
        """
        for document in await self._wanted(principal, tag, documents):
            tagging = Tagging(
                id=tagging_id(tag.id, document),
                organization=principal.organization,
                workspace=tag.workspace,
                tag=tag.id,
                document=document,
            )
            with contextlib.suppress(AlreadyExistsError):
                await self._taggings(principal).insert(tagging)

    async def take_off(self, principal: Principal, tag: Tag, documents: Sequence[str]) -> None:
        """The opposite of ``put_on``, with the same errors."""
        for document in await self._wanted(principal, tag, documents):
            await self._taggings(principal).delete(tagging_id(tag.id, document))

    async def of_documents(
        self, principal: Principal, documents: Iterable[Document]
    ) -> dict[str, list[Tag]]:
        """The tags of documents by their ids, by name."""
        ids = [it.id for it in documents]
        taggings = self._taggings(principal)
        pages = await asyncio.gather(
            *(taggings.page(Query({"document": it}), None, MAX_TAGS) for it in ids)
        )
        wanted = list(dict.fromkeys(it.tag for page in pages for it in page))
        known = {it.id: it for it in await self._tags(principal).get_many(wanted)}
        found: dict[str, list[Tag]] = {}
        for identity, page in zip(ids, pages, strict=True):
            own = [known[it.tag] for it in page if it.tag in known]
            found[identity] = sorted(own, key=lambda it: it.name.casefold())
        return found

    async def documents_with(
        self, principal: Principal, tags: Iterable[str], most: int
    ) -> list[str]:
        """The ids of documents with any of the tags, at most so many."""
        taggings, found = self._taggings(principal), dict[str, None]()
        for tag in dict.fromkeys(tags):
            after: Position | None = None
            while len(found) < most:
                rows = await taggings.page(Query({"tag": tag}), after, _BATCH)
                found |= dict.fromkeys(it.document for it in rows)
                if len(rows) < _BATCH:
                    break
                after = Position(rows[-1].created, rows[-1].id)
        return list(found)[:most]

    async def counts(self, principal: Principal, tags: Iterable[str]) -> dict[str, int]:
        """How many documents have each tag, counted no further than ``MOST_COUNTED``."""
        ids, taggings = list(dict.fromkeys(tags)), self._taggings(principal)
        counted = (taggings.count(Query({"tag": it}), MOST_COUNTED) for it in ids)
        return dict(zip(ids, await asyncio.gather(*counted), strict=True))

    async def _wanted(self, principal: Principal, tag: Tag, documents: Sequence[str]) -> list[str]:
        ids = list(dict.fromkeys(documents))
        found = await self._store.of(principal.tenant, DOCUMENTS).get_many(ids) if ids else []
        known = {it.id for it in found if it.workspace == tag.workspace}
        missing = [it for it in ids if it not in known]
        if missing:
            raise Permanent(Code.NOT_FOUND, "A document was not found in the tag's workspace.")
        return ids

    def _tags(self, principal: Principal) -> Repository[Tag]:
        return self._store.of(principal.tenant, TAGS)

    def _taggings(self, principal: Principal) -> Repository[Tagging]:
        return self._store.of(principal.tenant, TAGGINGS)
