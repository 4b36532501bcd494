"""The handlers of annotations."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from aiohttp import web

from services.ingest.dialects.affinda.annotations.models import (
    AnnotationCreate,
    AnnotationCreates,
    AnnotationIds,
    AnnotationUpdate,
    AnnotationUpdates,
    Removed,
)
from services.ingest.dialects.affinda.annotations.places import edit_of, new_place
from services.ingest.dialects.affinda.context import AffindaParts, named_document
from services.ingest.dialects.affinda.documents.annotations import AnnotationView
from services.ingest.dialects.affinda.documents.views import Views
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.wire import (
    Found,
    answer,
    asked_part,
    paged,
    path_number,
    read_body,
)
from services.ingest.edits import Edit, Edits, edited
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.models.document import Document


class Annotations:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts
        self._views = Views(parts)
        self._edits = Edits(parts.store, parts.outbox)

    async def list(self, request: web.Request) -> web.Response:
        """The values of a document, groups before their parts."""
        principal, part = principal_of(request), asked_part(request)
        identifier = request.query.get("document", "").strip()
        if not identifier:
            raise Permanent(Code.BAD_REQUEST, "Say of which document.", field="document")
        document = await named_document(self._parts, principal, identifier, "document")
        views = await self._all(principal, document)
        # The clients neither ask for a part nor for what follows one.
        end = part.offset + part.limit if "limit" in request.query else len(views)
        found = Found([*views[part.offset : end]], len(views), len(views) > end)
        return answer(paged(request, self._parts.base_url(request), part, found))

    async def get(self, request: web.Request) -> web.Response:
        """One value."""
        principal, number = principal_of(request), path_number(request)
        document, _ = await self._place(principal, number)
        return await self._shown(principal, document, [number])

    async def create(self, request: web.Request) -> web.Response:
        """A value that was not found."""
        principal, wish = principal_of(request), await read_body(request, AnnotationCreate)
        (view,) = await self._made(principal, [wish])
        return answer(view, 201)

    async def create_all(self, request: web.Request) -> web.Response:
        """Several, of one document or of several; one that cannot be fails its document's."""
        principal, wishes = principal_of(request), await read_body(request, AnnotationCreates)
        return answer([*await self._made(principal, wishes.root)], 201)

    async def update(self, request: web.Request) -> web.Response:
        """Change a value, or say that it is right."""
        principal, number = principal_of(request), path_number(request)
        await self._place(principal, number)
        wish = await read_body(request, AnnotationUpdate)
        document = await self._update(principal, [(number, wish)])
        return await self._shown(principal, document, [number])

    async def update_all(self, request: web.Request) -> web.Response:
        """The same for several."""
        principal = principal_of(request)
        wishes = (await read_body(request, AnnotationUpdates)).root
        by_document: dict[str, list[tuple[int, AnnotationUpdate]]] = defaultdict(list)
        for wish in wishes:
            document, _ = await self._place(principal, wish.id)
            by_document[document.id].append((wish.id, wish))
        views: dict[int, AnnotationView] = {}
        for some in by_document.values():
            document = await self._update(principal, some)
            views |= {it.id: it for it in await self._all(principal, document)}
        return answer([views[it.id] for it in wishes if it.id in views])

    async def delete(self, request: web.Request) -> web.Response:
        """Say that there is no such value."""
        await self._remove(principal_of(request), [path_number(request)])
        return answer(Removed())

    async def delete_all(self, request: web.Request) -> web.Response:
        """The same for several."""
        numbers = (await read_body(request, AnnotationIds)).root
        await self._remove(principal_of(request), numbers)
        return answer(Removed())

    async def _made(
        self, principal: Principal, wishes: Sequence[AnnotationCreate]
    ) -> Sequence[AnnotationView]:
        made: dict[int, AnnotationView] = {}
        by_document: dict[str, list[int]] = defaultdict(list)
        for index, wish in enumerate(wishes):
            by_document[wish.document.strip().lower()].append(index)
        for identifier, indexes in by_document.items():
            document = await named_document(self._parts, principal, identifier, "document")
            places = await self._create(principal, document, [wishes[it] for it in indexes])
            numbers = await self._numbers(document, places)
            views = {it.id: it for it in await self._all(principal, document)}
            made |= {at: views[numbers[it]] for at, it in zip(indexes, places, strict=True)}
        return [made[it] for it in range(len(wishes))]

    async def _create(
        self, principal: Principal, document: Document, wishes: Sequence[AnnotationCreate]
    ) -> Sequence[str]:
        """The places of the new values."""
        annotated = await self._views.annotated(principal, document)
        if annotated is None:
            raise Permanent(Code.CONFLICT, "The document has no values.")
        schema, fields = annotated.schema, annotated.fields
        specs = {it.name: it for it in schema.fields}
        places: list[str] = []
        edits: list[Edit] = []
        for wish in wishes:
            parent = None
            if wish.parent is not None:
                owner, parent = await self._place(principal, wish.parent, "parent")
                if owner.id != document.id:
                    raise Permanent(Code.NOT_FOUND, "Annotation not found.", field="parent")
            place = new_place(wish, parent, schema, fields)
            edit = edit_of(place, wish, schema.fields)
            fields = edited(fields, specs, [edit])
            places.append(place)
            edits.append(edit)
        await self._edits.make(principal, document, specs, edits)
        return places

    async def _update(
        self, principal: Principal, wishes: Sequence[tuple[int, AnnotationUpdate]]
    ) -> Document:
        """Change values of one document."""
        placed = [(await self._place(principal, number), wish) for number, wish in wishes]
        ((document, _), _), *_ = placed
        annotated = await self._views.annotated(principal, document)
        if annotated is None:
            raise Permanent(Code.NOT_FOUND, "Annotation not found.")
        fields = annotated.schema.fields
        edits = [edit_of(place, wish, fields) for (_, place), wish in placed]
        specs = {it.name: it for it in fields}
        await self._edits.make(principal, document, specs, edits)
        return document

    async def _remove(self, principal: Principal, numbers: Iterable[int]) -> None:
        by_document: dict[str, tuple[Document, list[Edit]]] = {}
        for number in numbers:
            document, place = await self._place(principal, number)
            _, edits = by_document.setdefault(document.id, (document, []))
            edits.append(Edit(place, removed=True))
        for document, edits in by_document.values():
            await self._edits.make(principal, document, {}, edits)

    async def _place(
        self, principal: Principal, number: int, field: str | None = None
    ) -> tuple[Document, str]:
        """The document of a value, and its place there; raises ``Permanent(NOT_FOUND)``."""
        part = await self._parts.numbers.part(principal.organization, Kind.DOCUMENT, number)
        document = await self._parts.documents(principal).get(part[0]) if part else None
        annotated = await self._views.annotated(principal, document) if document else None
        if part is None or document is None or annotated is None:
            raise Permanent(Code.NOT_FOUND, "Annotation not found.", field=field)
        if part[1] not in annotated.names():
            raise Permanent(Code.NOT_FOUND, "Annotation not found.", field=field)
        return document, part[1]

    async def _all(self, principal: Principal, document: Document) -> Sequence[AnnotationView]:
        annotated = await self._views.annotated(principal, document)
        if annotated is None:
            return []
        numbers = await self._numbers(document, annotated.names())
        return list(annotated.flat(numbers))

    async def _numbers(self, document: Document, places: Sequence[str]) -> dict[str, int]:
        owner, numbers = document.organization, self._parts.numbers
        return await numbers.of_parts(owner, Kind.DOCUMENT, document.id, places)

    async def _shown(
        self, principal: Principal, document: Document, numbers: Sequence[int]
    ) -> web.Response:
        views = {it.id: it for it in await self._all(principal, document)}
        return answer(views[numbers[0]])
