"""Dead letters: what has failed for good; tried again at a pace, or let lie with a reason."""

from aiohttp import web

from services.ingest.console.operations.advice import advice
from services.ingest.console.screens import Route
from services.ingest.console.security_headers import ROOT
from services.ingest.console.visit import Fields, Visit
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
    DiscardManyRequest,
    DiscardRequest,
    ReplayManyRequest,
)
from shared.errors import Code, Permanent
from shared.http.json import model_of
from shared.models.dead_letter import DeadLetter, LetterState
from shared.models.failure import FailureKind
from shared.models.tenancy import Scope
from shared.stages.replaying import FromStage
from shared.store.collections import DEAD_LETTERS
from shared.store.port import Query, Repository

_PATH = "/operations/dead-letters"
_CHOICES = ("stage", "kind", "code")
_NEEDS_NOTE = "Say why nothing is to be done."
KIND_WORDS = {
    FailureKind.TRANSIENT_EXHAUSTED: "Something was away for too long",
    FailureKind.ATTEMPTS_SPENT: "It failed as often as is tried",
    FailureKind.PERMANENT: "Trying again cannot help",
}
STATE_WORDS = {
    LetterState.OPEN: ("Open", "bad"),
    LetterState.REPLAYED: ("Tried again", "good"),
    LetterState.DISCARDED: ("Discarded", "calm"),
}


class LetterPages:
    """The handlers and what they work with."""

    def __init__(self, parts: IngestParts) -> None:
        self._parts = parts
        self._remedies = DeadLetters(parts.store, parts.blobs, parts.outbox)

    async def list(self, visit: Visit) -> web.StreamResponse:
        """Those of a filter, the newest first; open ones unless others are asked for."""
        return await self._list(visit)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """One letter, with each try, what was done, and what can be."""
        letter = await self._found(visit)
        return await visit.page(
            "operations/letter.html",
            letter=letter,
            advice=advice(letter.code, letter.kind),
            kinds=KIND_WORDS,
            states=STATE_WORDS,
        )

    async def replay(self, visit: Visit) -> web.StreamResponse:
        """Have one tried again, from where it failed or from the start."""
        stage = (await visit.fields()).text("from")
        if stage not in {"", *FromStage}:
            raise Permanent(Code.BAD_REQUEST, "There is no such stage.")
        letter = await self._found(visit)
        wish = Wish(visit.principal.actor, FromStage(stage) if stage else None)
        await self._remedies.replay(letter, wish)
        return visit.go(f"{_address(letter)}?done=replayed")

    async def discard(self, visit: Visit) -> web.StreamResponse:
        """Let one lie."""
        wish = model_of({"note": (await visit.fields()).text("note")}, DiscardRequest)
        if not wish.note:
            raise Permanent(Code.BAD_REQUEST, _NEEDS_NOTE)
        letter = await self._found(visit)
        await self._remedies.discard(letter, visit.principal.actor, wish.note)
        return visit.go(f"{_address(letter)}?done=discarded")

    async def many(self, visit: Visit) -> web.StreamResponse:
        """All open ones of a filter: counted, tried again at a pace, or let lie."""
        sent = await visit.fields()
        given = {name: sent.text(name) for name in _CHOICES if sent.text(name)}
        if visit.workspace:
            given["workspace"] = visit.workspace
        match sent.text("do"):
            case "count":
                said = await self._replay_many(visit, given, sent, is_dry=True)
            case "replay":
                said = await self._replay_many(visit, given, sent, is_dry=False)
            case "discard":
                said = await self._discard_many(visit, given, sent)
            case _:
                raise Permanent(Code.BAD_REQUEST, "There is no such button.")
        return await self._list(visit, said, given)

    async def _replay_many(
        self, visit: Visit, given: dict[str, str], sent: Fields, *, is_dry: bool
    ) -> str:
        numbers = {it: sent.text(it) for it in ("limit", "per_minute") if sent.text(it)}
        wish = model_of({**given, **numbers}, ReplayManyRequest)
        bulk = Bulk(_open_ones(given), wish.limit, wish.per_minute, is_dry)
        done = await self._remedies.replay_all(
            visit.principal.tenant, bulk, Wish(visit.principal.actor)
        )
        word = "would be tried again" if is_dry else "are tried again"
        return _told(done, word)

    async def _discard_many(self, visit: Visit, given: dict[str, str], sent: Fields) -> str:
        numbers = {it: sent.text(it) for it in ("limit",) if sent.text(it)}
        wish = model_of({**given, **numbers, "note": sent.text("note")}, DiscardManyRequest)
        if not wish.note:
            raise Permanent(Code.BAD_REQUEST, _NEEDS_NOTE)
        principal = visit.principal
        done = await self._remedies.discard_all(
            principal.tenant, Bulk(_open_ones(given), wish.limit), principal.actor, wish.note
        )
        return _told(done, "are discarded")

    async def _list(
        self, visit: Visit, said: str = "", given: dict[str, str] | None = None
    ) -> web.Response:
        filters = {it: visit.query(it) for it in LETTER_FILTERS if visit.query(it)}
        filters |= given or {}
        filters.setdefault("state", LetterState.OPEN.value)
        if visit.workspace:
            filters["workspace"] = visit.workspace
        if filters["state"] == "all":
            del filters["state"]
        query = letters_query(filters)
        asked = self._parts.pager.asked(visit.request, visit.principal, filters)
        page = await self._parts.pager.page(asked, self._letters(visit), query)
        older = {**filters, "state": filters.get("state", "all"), "cursorId": page.cursor}
        older.pop("workspace", None)
        url = visit.request.rel_url.with_path(f"{ROOT}{_PATH}").with_query(older)
        context = {
            "page": page,
            "filters": filters,
            "enums": LETTER_ENUMS,
            "older": str(url),
            "said": said,
            "kinds": KIND_WORDS,
            "states": STATE_WORDS,
        }
        if visit.is_swap:
            return visit.fragments("operations/_letters.html", **context)
        return await visit.page("operations/letters.html", **context)

    async def _found(self, visit: Visit) -> DeadLetter:
        letter = await self._letters(visit).get(path_id(visit.request))
        if letter is None:
            raise Permanent(Code.NOT_FOUND)
        return letter

    def _letters(self, visit: Visit) -> Repository[DeadLetter]:
        return self._parts.store.of(visit.principal.tenant, DEAD_LETTERS)


def letter_routes(parts: IngestParts) -> list[Route]:
    """The pages and their buttons."""
    pages, one = LetterPages(parts), f"{_PATH}/{{id}}"
    return [
        Route("GET", _PATH, pages.list, Scope.READ),
        Route("POST", _PATH, pages.many, Scope.ADMIN),
        Route("GET", one, pages.show, Scope.READ),
        Route("POST", f"{one}/replay", pages.replay, Scope.ADMIN),
        Route("POST", f"{one}/discard", pages.discard, Scope.ADMIN),
    ]


def _open_ones(given: dict[str, str]) -> Query:
    return letters_query({**given, "state": LetterState.OPEN.value}, oldest=True)


def _told(done: Done, word: str) -> str:
    left = f" {len(done.left)} were left: {next(iter(done.left.values()))}" if done.left else ""
    more = " There are more: ask again." if done.more else ""
    return f"{len(done.changed)} {word}.{left}{more}"


def _address(letter: DeadLetter) -> str:
    return f"{ROOT}{_PATH}/{letter.id}"
