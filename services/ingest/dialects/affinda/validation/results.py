"""The handlers of validation results."""

from collections.abc import Sequence

from aiohttp import web

from services.ingest.changes import change
from services.ingest.dialects.affinda.context import AffindaParts, named_document
from services.ingest.dialects.affinda.documents.views import Views
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.validation.models import (
    ValidationResultCreate,
    ValidationResultCreates,
    ValidationResultIds,
    ValidationResultUpdate,
    ValidationResultView,
)
from services.ingest.dialects.affinda.wire import answer, asked_part, path_number, read_body
from shared.errors import Code, Permanent
from shared.http.context import Principal, principal_of
from shared.models.check import MAX_CHECKS, Check
from shared.models.document import Document
from shared.models.ids import new_id
from shared.store.collections import CHECKS
from shared.store.port import Query, Repository


class ValidationResults:
    """The handlers and what they work with."""

    def __init__(self, parts: AffindaParts) -> None:
        self._parts = parts
        self._views = Views(parts)

    async def list(self, request: web.Request) -> web.Response:
        """Those of a document, the oldest first."""
        principal, part = principal_of(request), asked_part(request)
        identifier = request.query.get("document", "").strip()
        if not identifier:
            raise Permanent(Code.BAD_REQUEST, "Say of which document.", field="document")
        document = await named_document(self._parts, principal, identifier, "document")
        query = Query({"document": document.id}, oldest_first=True)
        limit = part.limit if "limit" in request.query else MAX_CHECKS
        rows = await self._checks(principal).page(query, None, limit, part.offset)
        return answer([await self._view(it) for it in rows])

    async def get(self, request: web.Request) -> web.Response:
        """One of them."""
        return answer(await self._view(await self._asked(request)))

    async def create(self, request: web.Request) -> web.Response:
        """A new one."""
        principal, wish = principal_of(request), await read_body(request, ValidationResultCreate)
        (made,) = await self._made(principal, [wish])
        return answer(await self._view(made), 201)

    async def create_all(self, request: web.Request) -> web.Response:
        """Several new ones: all of them, or none where one cannot be."""
        principal = principal_of(request)
        wishes = await read_body(request, ValidationResultCreates)
        made = await self._made(principal, wishes.root)
        return answer([await self._view(it) for it in made], 201)

    async def update(self, request: web.Request) -> web.Response:
        """Change one; raises ``Permanent(BAD_REQUEST)`` for another document."""
        principal, check = principal_of(request), await self._asked(request)
        wish = await read_body(request, ValidationResultUpdate)
        document = await named_document(self._parts, principal, check.document)
        if wish.document is not None and wish.document.strip().lower() != document.id:
            await named_document(self._parts, principal, wish.document, "document")
            detail = "A validation result stays with its document."
            raise Permanent(Code.BAD_REQUEST, detail, field="document")
        given: dict[str, object] = {}
        if wish.annotations is not None:
            given["places"] = [*await self._places(principal, document, wish.annotations)]
        if wish.rule_slug is not None:
            given["rule"] = wish.rule_slug
        if wish.message is not None:
            given["message"] = wish.message
        if "passed" in wish.model_fields_set:
            given["passed"] = wish.passed
        stored = await change(
            self._checks(principal), check.id, lambda it: it.copy_with(**given) if given else it
        )
        return answer(await self._view(stored))

    async def delete(self, request: web.Request) -> web.Response:
        """Take one away."""
        check = await self._asked(request)
        await self._checks(principal_of(request)).delete(check.id)
        return web.Response(status=204)

    async def delete_all(self, request: web.Request) -> web.Response:
        """Take several away: all of them, or none where one is unknown."""
        principal = principal_of(request)
        wish = await read_body(request, ValidationResultIds)
        found = [await self._numbered(principal, it, "ids") for it in dict.fromkeys(wish.ids)]
        for check in found:
            await self._checks(principal).delete(check.id)
        return web.Response(status=204)

    async def _made(
        self, principal: Principal, wishes: Sequence[ValidationResultCreate]
    ) -> Sequence[Check]:
        checks, made = self._checks(principal), []
        # Lists have those of one millisecond in the order of their ids.
        ids = sorted(new_id() for _ in wishes)
        for identity, wish in zip(ids, wishes, strict=True):
            document = await named_document(self._parts, principal, wish.document, "document")
            places = await self._places(principal, document, wish.annotations)
            check = Check(
                id=identity,
                organization=principal.organization,
                workspace=document.workspace,
                document=document.id,
                rule=wish.rule_slug,
                message=wish.message,
                passed=wish.passed,
                places=list(places),
            )
            made.append(check)
        for identity in {it.document for it in made}:
            count = await checks.count(Query({"document": identity}), MAX_CHECKS)
            if count + sum(it.document == identity for it in made) > MAX_CHECKS:
                raise Permanent(Code.CONFLICT, f"A document has at most {MAX_CHECKS} of them.")
        for check in made:
            await checks.insert(check)
        return made

    async def _places(
        self, principal: Principal, document: Document, numbers: Sequence[int]
    ) -> Sequence[str]:
        annotated = await self._views.annotated(principal, document)
        known = set(annotated.names()) if annotated else set()
        places = []
        for number in numbers:
            part = await self._parts.numbers.part(principal.organization, Kind.DOCUMENT, number)
            if part is None or part[0] != document.id or part[1] not in known:
                raise Permanent(Code.NOT_FOUND, "Annotation not found.", field="annotations")
            places.append(part[1])
        return places

    async def _view(self, check: Check) -> ValidationResultView:
        owner, numbers = check.organization, self._parts.numbers
        number = await numbers.of(owner, Kind.VALIDATION, check.id)
        places = await numbers.of_parts(owner, Kind.DOCUMENT, check.document, check.places)
        return ValidationResultView(
            id=number,
            annotations=[places[it] for it in check.places],
            passed=check.passed,
            rule_slug=check.rule,
            message=check.message,
            document=check.document,
        )

    async def _asked(self, request: web.Request) -> Check:
        return await self._numbered(principal_of(request), path_number(request))

    async def _numbered(self, principal: Principal, number: int, field: str | None = None) -> Check:
        numbers = self._parts.numbers
        target = await numbers.target(principal.organization, Kind.VALIDATION, number)
        check = await self._checks(principal).get(target) if target else None
        if check is None:
            raise Permanent(Code.NOT_FOUND, "Validation result not found.", field=field)
        return check

    def _checks(self, principal: Principal) -> Repository[Check]:
        return self._parts.store.of(principal.tenant, CHECKS)
