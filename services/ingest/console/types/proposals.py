"""Types proposed by the machine: of what stands on a sample, or of a sentence."""

import re
import unicodedata
from dataclasses import replace

from aiohttp import web

from services.ingest.console.screens import Route
from services.ingest.console.types.drafts import Draft, FieldDraft, draft_of_schema
from services.ingest.console.types.editor import Editor
from services.ingest.console.types.trying import Trying
from services.ingest.console.visit import Visit
from services.ingest.described_schemas import described_schema
from services.ingest.induced import InducedSchemas
from services.ingest.parts import IngestParts
from shared.errors import Code, Permanent
from shared.models.schema import Schema
from shared.models.tenancy import Scope
from shared.stages.on_demand import PATIENCE, OnDemand

_STRANGE = re.compile("[^A-Za-z0-9_]+")
_LONGEST = 100


class Proposals:
    """Makes drafts that a person goes on with."""

    def __init__(self, parts: IngestParts, editor: Editor, trying: Trying) -> None:
        self._editor = editor
        self._trying = trying
        on_demand = OnDemand(parts.blobs, parts.broker, PATIENCE)
        self._induced = InducedSchemas(parts.blobs, on_demand)

    async def described(self, visit: Visit) -> web.StreamResponse:
        """A draft of a sentence that lists what is wanted."""
        sent = await visit.fields()
        title, text = sent.text("title"), sent.text("description")
        schema = described_schema(title, text)
        if schema is None:
            detail = "Name what is to be found, such as: invoice number, date, total, line items."
            raise Permanent(Code.BAD_REQUEST, detail)
        return await self._editor.page(visit, proposed(schema, title or "Described"), whole=True)

    async def sampled(self, visit: Visit) -> web.StreamResponse:
        """A draft of what stands on a document: one of a file, or one that is there."""
        form = await self._trying.form(visit)
        title = form.fields.get("title", "").strip()
        document = await self._trying.sample(visit, form)
        document = await self._trying.trials.read(visit.principal, document)
        schema = await self._induced.of(document)
        draft = proposed(schema, title or schema.title or "Sample")
        return await self._editor.page(visit, draft, sample=document, whole=True)


def proposed(schema: Schema, title: str) -> Draft:
    """A schema as a draft of a new type, with names as our types have them."""
    draft = draft_of_schema(schema)
    fields = _named(draft.fields)
    return replace(draft, name=plain_name(title).lower(), title=title, engine="", fields=fields)


def _named(fields: tuple[FieldDraft, ...]) -> tuple[FieldDraft, ...]:
    taken: set[str] = set()
    named = []
    for it in fields:
        name = _free(plain_name(it.name), taken)
        taken.add(name)
        named.append(replace(it, name=name, columns=_named(it.columns)))
    return tuple(named)


def _free(name: str, taken: set[str]) -> str:
    wanted, number = name, 2
    while name in taken:
        name, number = f"{wanted[:90]}_{number}", number + 1
    return name


def plain_name(text: str) -> str:
    """A name as types and fields have it: ``Numéro de TVA`` as ``Numero_de_TVA``."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = _STRANGE.sub("_", letters).strip("_")[:_LONGEST]
    return name if name[:1].isalpha() else f"field_{name}".rstrip("_")


def proposal_routes(proposals: Proposals) -> list[Route]:
    """The two ways."""
    return [
        Route("POST", "/types/describe", proposals.described, Scope.ADMIN),
        Route("POST", "/types/sample", proposals.sampled, Scope.ADMIN, checks_token=True),
    ]
