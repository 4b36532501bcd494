"""Dead letters: list, look, replay, discard; one, or all of a filter."""

from aiohttp import web

from services.ingest.dead_letters import (
    LETTER_ENUMS,
    LETTER_FILTERS,
    Bulk,
    DeadLetters,
    Done,
    Wish,
    letters_query,
)
from services.ingest.parts import IngestParts, path_id
from services.ingest.resources.dead_letter_models import (
    ClosingView,
    DeadLetterList,
    DeadLetterView,
    DiscardManyRequest,
    DiscardRequest,
    LeftLetter,
    LetterFilter,
    LettersDone,
    ReplayManyRequest,
    ReplayRequest,
    TryView,
)
from services.ingest.resources.document_views import PREFIX
from shared.errors import Code, Permanent
from shared.http.context import principal_of
from shared.http.filters import TIME_FILTERS, given_filters, moment
from shared.http.json import json_answer, json_body
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.dead_letter import DeadLetter, LetterState, Subject
from shared.models.tenancy import Scope
from shared.store.collections import DEAD_LETTERS
from shared.store.port import Repository

_FILTERS = LETTER_FILTERS
_TIME = {"type": "string", "format": "date-time"}
_PARAMETERS = (
    *(
        Parameter(name, f"only this {name}", {"type": "string", "enum": list(values)})
        for name, values in LETTER_ENUMS.items()
    ),
    Parameter("code", "only this error code"),
    Parameter("workspace", "only this workspace, by id"),
    Parameter("document", "only of this document, by id"),
    Parameter("created_after", "later than this time", _TIME),
    Parameter("created_before", "earlier than this time", _TIME),
)
_ONE = "/dead-letters/{id}"


class DeadLetterCalls:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._remedies = DeadLetters(parts.store, parts.blobs, parts.outbox)

    async def list(self, request: web.Request) -> web.Response:
        """Dead letters, newest first."""
        filters = given_filters(request, (*_FILTERS, *TIME_FILTERS))
        query = letters_query(
            {name: filters[name] for name in _FILTERS if name in filters},
            moment(filters, "created_after"),
            moment(filters, "created_before"),
        )
        asked = self._parts.pager.asked(request, principal_of(request), filters)
        page = await self._parts.pager.page(asked, self._letters(request), query)
        return page.answer(DeadLetterList(dead_letters=[letter_view(it) for it in page.rows]))

    async def get(self, request: web.Request) -> web.Response:
        """One letter."""
        return json_answer(letter_view(await self._letter(request)))

    async def replay(self, request: web.Request) -> web.Response:
        """Have it tried again; once, however often that is asked for."""
        wish = ReplayRequest()
        if request.can_read_body:
            wish = await json_body(request, ReplayRequest)
        by = principal_of(request).actor
        letter = await self._letter(request)
        await self._remedies.replay(letter, Wish(by, wish.from_stage, wish.not_before))
        return json_answer(letter_view(await self._letter(request)), 202)

    async def discard(self, request: web.Request) -> web.Response:
        """Say that nothing is to be done."""
        wish = DiscardRequest()
        if request.can_read_body:
            wish = await json_body(request, DiscardRequest)
        by = principal_of(request).actor
        await self._remedies.discard(await self._letter(request), by, wish.note)
        return json_answer(letter_view(await self._letter(request)))

    async def replay_many(self, request: web.Request) -> web.Response:
        """Have all of a filter tried again, at a pace."""
        wish = await json_body(request, ReplayManyRequest)
        principal = principal_of(request)
        done = await self._remedies.replay_all(
            principal.tenant,
            _bulk(wish, wish.per_minute),
            Wish(principal.actor, wish.from_stage, wish.not_before),
        )
        return _told(done, wish)

    async def discard_many(self, request: web.Request) -> web.Response:
        """Let all of a filter lie."""
        wish = await json_body(request, DiscardManyRequest)
        principal = principal_of(request)
        done = await self._remedies.discard_all(
            principal.tenant, _bulk(wish), principal.actor, wish.note
        )
        return _told(done, wish)

    def _letters(self, request: web.Request) -> Repository[DeadLetter]:
        return self._parts.store.of(principal_of(request).tenant, DEAD_LETTERS)

    async def _letter(self, request: web.Request) -> DeadLetter:
        letter = await self._letters(request).get(path_id(request))
        if letter is None:
            raise Permanent(Code.NOT_FOUND)
        return letter


def dead_letter_operations(parts: IngestParts) -> list[Operation]:
    """The table."""
    api = DeadLetterCalls(parts)
    return [*_looks(api), *_remedies(api), *_remedies_of_many(api)]


def _looks(api: DeadLetterCalls) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/dead-letters",
            handle=api.list,
            name="listDeadLetters",
            summary="List what has failed for good",
            tag="dead letters",
            scope=Scope.READ,
            parameters=_PARAMETERS,
            answers={200: Answer("a page of dead letters", DeadLetterList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getDeadLetter",
            summary="Why it has failed, each try, and what was done about it",
            tag="dead letters",
            scope=Scope.READ,
            answers={200: Answer("the dead letter", DeadLetterView)},
            errors=(Code.NOT_FOUND,),
        ),
    ]


def _remedies(api: DeadLetterCalls) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path=f"{_ONE}/replay",
            handle=api.replay,
            name="replayDeadLetter",
            summary="Have it tried again",
            tag="dead letters",
            scope=Scope.ADMIN,
            body=Body(ReplayRequest, required=False),
            answers={202: Answer("it begins again, or has begun", DeadLetterView)},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/discard",
            handle=api.discard,
            name="discardDeadLetter",
            summary="Say that nothing is to be done about it",
            tag="dead letters",
            scope=Scope.ADMIN,
            body=Body(DiscardRequest, required=False),
            answers={200: Answer("it is discarded", DeadLetterView)},
            errors=(Code.NOT_FOUND, Code.CONFLICT),
        ),
    ]


def _remedies_of_many(api: DeadLetterCalls) -> list[Operation]:
    done = Answer("what became of them", LettersDone)
    return [
        Operation(
            method="POST",
            path="/dead-letters/replay",
            handle=api.replay_many,
            name="replayDeadLetters",
            summary="Have all open ones of a filter tried again, at a pace",
            tag="dead letters",
            scope=Scope.ADMIN,
            body=Body(ReplayManyRequest),
            answers={200: done},
        ),
        Operation(
            method="POST",
            path="/dead-letters/discard",
            handle=api.discard_many,
            name="discardDeadLetters",
            summary="Discard all open ones of a filter",
            tag="dead letters",
            scope=Scope.ADMIN,
            body=Body(DiscardManyRequest),
            answers={200: done},
        ),
    ]


def letter_view(letter: DeadLetter) -> DeadLetterView:
    """A letter as the API shows it."""
    tries = [
        TryView(at=it.at, worker=it.worker, code=it.code, detail=it.detail) for it in letter.tries
    ]
    audit = [
        ClosingView(what=it.what, by=it.by, at=it.at, due=it.due, note=it.note)
        for it in letter.audit
    ]
    return DeadLetterView(
        id=letter.id,
        workspace=letter.workspace,
        subject=letter.subject,
        target=letter.target,
        document=letter.document or None,
        revision=letter.revision,
        state=letter.state,
        code=letter.code,
        detail=letter.detail,
        kind=letter.kind,
        stage=letter.stage,
        attempts=letter.attempts,
        tries=tries,
        worker=letter.worker,
        trace_id=letter.trace_id,
        earlier=letter.earlier,
        created=letter.created,
        updated=letter.updated,
        audit=audit,
        links=_links(letter),
    )


def _links(letter: DeadLetter) -> dict[str, str]:
    links = {
        "self": f"{PREFIX}/dead-letters/{letter.id}",
        "collection": f"{PREFIX}/dead-letters",
    }
    if letter.document:
        links["document"] = f"{PREFIX}/documents/{letter.document}"
    if letter.subject is Subject.DELIVERY:
        links["delivery"] = f"{PREFIX}/deliveries/{letter.target}"
    if letter.earlier is not None:
        links["earlier"] = f"{PREFIX}/dead-letters/{letter.earlier}"
    return links


def _bulk(wish: LetterFilter, per_minute: int = 0) -> Bulk:
    given = {name: getattr(wish, name) for name in _FILTERS if name != "state"}
    equals = {name: str(value) for name, value in given.items() if value is not None}
    query = letters_query(
        {**equals, "state": LetterState.OPEN.value},
        wish.created_after,
        wish.created_before,
        oldest=True,
    )
    return Bulk(query, wish.limit, per_minute, wish.dry_run)


def _told(done: Done, wish: LetterFilter) -> web.Response:
    left = [LeftLetter(id=name, detail=why) for name, why in done.left.items()]
    return json_answer(
        LettersDone(
            dry_run=wish.dry_run,
            letters=done.changed,
            left=left,
            more=done.more,
            next_due=done.next_due,
        )
    )
