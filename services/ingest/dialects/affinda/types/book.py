"""The document types that a caller sees, with their identifiers and the names of their models."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.dialects.affinda.types.identifiers import identifier_of, name_of
from services.ingest.document_types import DocumentTypes
from services.ingest.modelling.keys import class_names
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.schema import DocumentType, Schema
from shared.models.tenancy import Workspace
from shared.schemas import GENERIC


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """A type; ``own`` is its record where it is no built-in one. ``model`` names its class."""

    schema: Schema
    own: DocumentType | None
    model: str

    @property
    def identifier(self) -> str:
        """Its identifier."""
        return identifier_of(self.schema.name)

    @property
    def title(self) -> str:
        """What people call it."""
        return self.schema.title or self.schema.name


class TypeBook:
    """All types of one caller; what a key does not reach is not in it."""

    def __init__(self, built_in: Mapping[str, Schema], own: list[DocumentType]) -> None:
        records = {it.name: it for it in sorted(own, key=lambda it: it.id)}
        shown = {name: it for name, it in built_in.items() if name not in records}
        schemas = {**shown, **{name: it.fields_schema for name, it in records.items()}}
        models = class_names(schemas)
        self._entries = {
            name: TypeEntry(schema, records.get(name), models[name])
            for name, schema in schemas.items()
        }

    def all(self) -> list[TypeEntry]:
        """The built-in ones, then own ones, the oldest first."""
        return list(self._entries.values())

    def find(self, identifier: str, field: str | None = None) -> TypeEntry:
        """The type of an identifier, given as ``field``; raises ``Permanent(NOT_FOUND)``."""
        found = self._entries.get(name_of(identifier))
        if found is None:
            raise Permanent(Code.NOT_FOUND, "Document type not found.", field=field)
        return found

    def of_workspace(self, workspace: Workspace) -> list[TypeEntry]:
        """Those that documents of a workspace can be of.

        The ones it names, or all but the one for whatever is of no type.
        """
        named = workspace.policies.types
        if named:
            return [self._entries[it] for it in named if it in self._entries]
        return [
            it
            for name, it in self._entries.items()
            if name != GENERIC and (it.own is None or it.own.workspace in {None, workspace.id})
        ]


async def type_book(types: DocumentTypes, principal: Principal) -> TypeBook:
    """The types that a key reaches."""
    return TypeBook(types.built_in, await types.all_own(principal))


def require_whole(principal: Principal) -> None:
    """Return for keys that are not limited to workspaces: types may be of all of them.

    Raises ``Permanent(NOT_ENOUGH_PERMISSIONS)``.
    """
    if principal.tenant.workspaces is not None:
        raise Permanent(Code.NOT_ENOUGH_PERMISSIONS)


def changeable(principal: Principal, entry: TypeEntry) -> TypeEntry:
    """The type, if the key may change it; raises ``Permanent(NOT_ENOUGH_PERMISSIONS)``."""
    if entry.own is None:
        detail = "Document types that come with the product cannot be changed."
        raise Permanent(Code.NOT_ENOUGH_PERMISSIONS, detail)
    if entry.own.workspace is None:
        require_whole(principal)
    return entry
