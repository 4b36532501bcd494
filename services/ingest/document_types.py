"""The document types that an organization can ask for: its own, and the built-in ones."""

from collections.abc import Mapping

from shared.http.context import Principal
from shared.models.schema import Schema
from shared.store.collections import DOCUMENT_TYPES
from shared.store.port import Store


class DocumentTypes:
    """Finds schemas by the name of their type; an own one goes before a built-in one."""

    def __init__(self, store: Store, built_in: Mapping[str, Schema]) -> None:
        self._store = store
        self.built_in = built_in

    async def find(self, principal: Principal, name: str) -> Schema | None:
        """The schema of a type, ``None`` if there is none that the key reaches."""
        own = await self._store.of(principal.tenant, DOCUMENT_TYPES).find("name", name)
        if own is None or not (own.workspace is None or principal.sees_workspace(own.workspace)):
            return self.built_in.get(name)
        return own.fields_schema
