"""Data that somebody gives in place of what is found on a document, kept exactly as given."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.ingest.intake import Intake
from services.ingest.order import Order
from services.ingest.spool import Spool
from shared.blobs.keys import given_key
from shared.blobs.port import Blobs
from shared.errors import Code, Permanent, Transient
from shared.http.context import Principal
from shared.models.document import JSON_TYPE, Document
from shared.models.ids import new_id
from shared.store.collections import DOCUMENTS
from shared.store.port import Store, Tenant

Data = dict[str, Any]
_TRIES = 5
_NAME = "data.json"


class GivenData:
    """The data of all documents; whose they are has been looked at before."""

    def __init__(self, store: Store, blobs: Blobs, intake: Intake, spool: Spool) -> None:
        self._store = store
        self._blobs = blobs
        self._intake = intake
        self._spool = spool

    async def accept(
        self,
        principal: Principal,
        data: Mapping[str, Any],
        order: Order,
        idempotency_key: str | None,
        channel: str,
    ) -> Document:
        """A document that is data and nothing else, ready at once; raises as ``Intake.accept``.

        ``order.requested_type`` is its type.
        """
        file = await self._spool.put_down(order.name or _NAME, _text(data), JSON_TYPE)
        try:
            ordered = replace(order, is_data=True)
            return await self._intake.accept(principal, file, ordered, idempotency_key, channel)
        finally:
            file.discard()

    async def of(self, document: Document) -> Data | None:
        """What was given, ``None`` where nothing was; raises ``Permanent(NOT_FOUND)`` if gone."""
        _, found = await self._read(document)
        return found

    async def change(self, document: Document, step: Callable[[Data | None], Data]) -> Document:
        """Put down what ``step`` makes of what was given before, whatever others give meanwhile.

        Raises ``Permanent(NOT_FOUND)`` when the document is gone, ``Transient`` when too many
        give at once.
        """
        documents = self._store.of(Tenant(document.organization), DOCUMENTS)
        present: Document | None = document
        for _ in range(_TRIES):
            if present is None:
                raise Permanent(Code.NOT_FOUND)
            before, found = await self._read(present)
            key = given_key(document.organization, document.id, new_id())
            await self._blobs.put(key, _text(step(found)), JSON_TYPE)

            def put(it: Document, key: str = key, before: str | None = before) -> Document | None:
                return it.copy_with(given=key) if it.given == before else None

            stored = await documents.change(document.id, put)
            if stored is not None:
                if before is not None and before != stored.blob:
                    await self._blobs.delete(before)
                return stored
            await self._blobs.delete(key)
            present = await documents.get(document.id)
        raise Transient(Code.UNAVAILABLE, retry_after=1)

    async def _read(self, document: Document) -> tuple[str | None, Data | None]:
        """The key of what was given, and that; a file that a newer one took away is looked up."""
        key = document.given
        while key is not None:
            try:
                found = json.loads(await self._blobs.get(key))
            except Permanent as error:
                newer = await self._newer(document, key) if _is_gone(error) else None
                if newer is None:
                    raise
                key = newer
            else:
                return key, found if isinstance(found, dict) else None
        return None, None

    async def _newer(self, document: Document, key: str) -> str | None:
        documents = self._store.of(Tenant(document.organization), DOCUMENTS)
        present = await documents.get(document.id)
        if present is None:
            raise Permanent(Code.NOT_FOUND)
        return present.given if present.given != key else None


def _is_gone(error: Permanent) -> bool:
    return error.code in {Code.BLOB_MISSING, Code.NOT_FOUND}


def _text(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
