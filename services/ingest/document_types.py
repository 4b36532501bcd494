"""The document types that an organization can ask for: its own, and the built-in ones."""

import contextlib
import re
import unicodedata
from collections.abc import Mapping

from services.ingest.changes import change
from services.ingest.reach import require_whole_organization
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.schema import MAX_TYPES, DocumentType, Schema
from shared.store.collections import DOCUMENT_TYPES
from shared.store.port import AlreadyExistsError, Query, Repository, Store

_WORDS = re.compile("[a-z0-9]+")
_LONGEST_NAME = 90


class NameTakenError(Permanent):
    """There is a document type of that name."""


class DocumentTypes:
    """Finds, makes and changes types by their name; an own one goes before a built-in one."""

    def __init__(self, store: Store, built_in: Mapping[str, Schema]) -> None:
        self._store = store
        self.built_in = built_in

    async def own(self, principal: Principal, name: str) -> DocumentType | None:
        """The organization's own type of that name, if the key reaches it."""
        found = await self._types(principal).find("name", name)
        return found if found is not None and _reaches(principal, found) else None

    async def all_own(self, principal: Principal) -> list[DocumentType]:
        """The organization's own types that the key reaches."""
        found = await self._types(principal).page(Query(), None, MAX_TYPES)
        return [it for it in found if _reaches(principal, it)]

    async def all(self, principal: Principal) -> dict[str, Schema]:
        """All types by name: the built-in ones, then own ones, the oldest first."""
        own = sorted(await self.all_own(principal), key=lambda it: it.id)
        names = {it.name for it in own}
        shown = {name: it for name, it in self.built_in.items() if name not in names}
        return shown | {it.name: it.fields_schema for it in own}

    async def find(
        self, principal: Principal, name: str, workspace: str | None = None
    ) -> Schema | None:
        """The schema of a type, ``None`` if there is none that the key reaches.

        With a workspace, of one that documents there can be of.
        """
        own = await self.own(principal, name)
        if own is None or (workspace is not None and own.workspace not in (None, workspace)):
            return self.built_in.get(name)
        return own.fields_schema

    async def known(self, principal: Principal, name: str, workspace: str) -> str | None:
        """The type's name where there is one of that name, ``None`` for an empty one.

        Raises ``Permanent(UNKNOWN_TYPE)``.
        """
        if not name:
            return None
        if await self.find(principal, name, workspace) is None:
            raise Permanent(Code.UNKNOWN_TYPE)
        return name

    async def create(
        self, principal: Principal, schema: Schema, workspace: str | None
    ) -> DocumentType:
        """A new type of the organization.

        Raises ``NameTakenError``, and ``Permanent(CONFLICT)`` where there are too many.
        """
        types = self._types(principal)
        if await types.count(Query(), MAX_TYPES) >= MAX_TYPES:
            raise Permanent(Code.CONFLICT, f"There are {MAX_TYPES} document types already.")
        made = DocumentType(
            organization=principal.organization,
            workspace=workspace,
            name=schema.name,
            title=schema.title,
            fields_schema=schema,
        )
        try:
            await types.insert(made)
        except AlreadyExistsError:
            raise NameTakenError(Code.CONFLICT, "A document type of that name exists.") from None
        return made

    async def create_titled(
        self, principal: Principal, title: str, description: str, workspace: str | None
    ) -> DocumentType:
        """A new type without fields, named after its title.

        Raises ``Permanent(CONFLICT)``: there are too many.
        """
        wanted = _name_of(title)
        for number in range(1, MAX_TYPES + 2):
            name = wanted if number == 1 else f"{wanted}_{number}"
            if await self.find(principal, name) is not None:
                continue
            schema = Schema(name=name, title=title, description=description)
            with contextlib.suppress(NameTakenError):  # by one that the key does not reach
                return await self.create(principal, schema, workspace)
        raise Permanent(Code.CONFLICT, f"There are {MAX_TYPES} document types already.")

    async def check_change(self, principal: Principal, name: str) -> None:
        """Refuse keys that are limited to workspaces a type of the whole organization.

        Raises ``Permanent(NOT_ENOUGH_PERMISSIONS)``.
        """
        own = await self.own(principal, name)
        if own is not None and own.workspace is None:
            require_whole_organization(principal)

    async def replace(
        self,
        principal: Principal,
        name: str,
        changes: Mapping[str, object],
        version: int | None = None,
    ) -> DocumentType:
        """The type with these parts of its schema changed, and the next version.

        Raises ``Permanent``: NOT_FOUND; CONFLICT where ``version`` is given, and another has
        been made of it since.
        """
        own = await self._reached(principal, name)

        def step(stored: DocumentType) -> DocumentType:
            before = stored.fields_schema
            if version is not None and before.version != version:
                detail = f"Somebody has saved version {before.version} meanwhile."
                raise Permanent(Code.CONFLICT, detail)
            schema = before.copy_with(**{**changes, "version": before.version + 1})
            return stored.copy_with(title=schema.title, fields_schema=schema)

        return await change(self._types(principal), own.id, step)

    async def delete(self, principal: Principal, name: str) -> None:
        """Remove a type; documents of it stay as they are.

        Raises ``Permanent(NOT_FOUND)``.
        """
        own = await self._reached(principal, name)
        await self._types(principal).delete(own.id)

    async def _reached(self, principal: Principal, name: str) -> DocumentType:
        own = await self.own(principal, name)
        if own is None:
            raise Permanent(Code.NOT_FOUND)
        return own

    def _types(self, principal: Principal) -> Repository[DocumentType]:
        return self._store.of(principal.tenant, DOCUMENT_TYPES)


def _name_of(title: str) -> str:
    """``W-9 (2024)`` as ``w_9_2024``; what has no letters of that kind is a ``type``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = "_".join(_WORDS.findall(plain))[:_LONGEST_NAME].lstrip("_0123456789")
    return name or "type"


def _reaches(principal: Principal, found: DocumentType) -> bool:
    return found.workspace is None or principal.sees_workspace(found.workspace)
