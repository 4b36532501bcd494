"""``GET /documents``: which documents, in which order, which part of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from services.ingest.dialects.affinda.context import AffindaParts
from services.ingest.dialects.affinda.documents.annotations import Annotated
from services.ingest.dialects.affinda.documents.troubles import has_failed
from services.ingest.dialects.affinda.documents.views import Views
from services.ingest.dialects.affinda.numbers import Kind
from services.ingest.dialects.affinda.types.identifiers import name_of
from services.ingest.dialects.affinda.wire import Part, items_asked, truth_asked
from services.ingest.tags import Tags
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.models.document import Desk, Document
from shared.models.extraction import Field
from shared.models.time import utc_now
from shared.store.port import Position, Query, Repository

MOST_LOOKED_AT = 10_000
"""Documents that are looked at for what the store has no index for, the newest."""
MOST_COUNTED = 1_000_000
_AT_A_TIME = 200
_STATES: Mapping[str, Desk] = {
    "uploaded": Desk.COMING,
    "review": Desk.TO_REVIEW,
    "validated": Desk.CONFIRMED,
    "archived": Desk.ARCHIVED,
    "rejected": Desk.REJECTED,
}
_DAYS = {"week": 7, "month": 30, "year": 365}
_PARSED = "parsed__"
Test = Callable[[Document], bool]
Key = Callable[[Document], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which documents: what the store finds, and of those the ones that pass all ``tests``.

    ``orders`` are the keys to sort by, the first one first, each with whether it descends.
    """

    query: Query
    tests: Sequence[Test] = ()
    orders: Sequence[tuple[str, bool]] = ()
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of a list; ``count`` is of all that are wanted, where it is known."""

    documents: list[Document] = field(default_factory=list)
    count: int | None = 0
    more: bool = False


async def asked_documents(parts: AffindaParts, request: web.Request, principal: Principal) -> Asked:
    """What the query of a request asks for; raises ``Permanent(BAD_REQUEST)``."""
    equals: dict[str, str] = {}
    for name, ours in (("workspace", "workspace"), ("custom_identifier", "reference")):
        if value := request.query.get(name, "").strip():
            equals[ours] = value
    if kind := request.query.get("collection", "").strip():
        equals["type"] = name_of(kind)
    if state := request.query.get("state", "").strip().lower():
        if state not in _STATES:
            raise Permanent(Code.BAD_REQUEST, f"One of {', '.join(_STATES)}.", field="state")
        equals["desk"] = _STATES[state].value
    orders = _orders(request)
    plain = orders[0][1] if [it[0] for it in orders] == ["created_dt"] else True
    since, until = _span(request.query.get("created_dt", "").strip().lower())
    query = Query(equals, created_after=since, created_before=until, oldest_first=not plain)
    tests = list(_tests(request))
    tagged = await _tagged(parts, principal, items_asked(request, "tags"))
    if tagged is not None:
        tests.append(lambda it: it.id in tagged)
    if search := request.query.get("search", "").strip().casefold():
        also = await _tagged_like(parts, principal, search)
        tests.append(lambda it: it.id in also or _is_named(it, search))
    if [it[0] for it in orders] == ["created_dt"]:
        orders = []
    return Asked(query, tests, orders, nothing=tagged is not None and not tagged)


class Listing:
    """Finds the documents that are asked for."""

    def __init__(self, parts: AffindaParts, views: Views) -> None:
        self._parts = parts
        self._views = views

    async def part(self, principal: Principal, asked: Asked, part: Part, *, count: bool) -> Listed:
        """A part of them; ``count`` is whether their number is wanted."""
        if asked.nothing:
            return Listed()
        documents = self._parts.documents(principal)
        if asked.tests or asked.orders:
            found = await _looked_through(documents, asked)
            found = await _sorted(self._views, principal, found, asked.orders)
            rows = found[part.offset : part.offset + part.limit]
            return Listed(rows, len(found), len(found) > part.offset + part.limit)
        rows = await documents.page(asked.query, None, part.limit + 1, part.offset)
        total = await documents.count(asked.query, MOST_COUNTED) if count else None
        return Listed(rows[: part.limit], total, len(rows) > part.limit)


async def _looked_through(repository: Repository[Document], asked: Asked) -> list[Document]:
    kept: list[Document] = []
    after: Position | None = None
    for _ in range(MOST_LOOKED_AT // _AT_A_TIME):
        rows = await repository.page(asked.query, after, _AT_A_TIME)
        kept += [row for row in rows if all(test(row) for test in asked.tests)]
        if len(rows) < _AT_A_TIME:
            break
        after = Position(rows[-1].created, rows[-1].id)
    return kept


async def _sorted(
    views: Views,
    principal: Principal,
    documents: list[Document],
    orders: Sequence[tuple[str, bool]],
) -> list[Document]:
    """Stable: the last order first. Those without a value come last."""
    found: dict[str, Annotated | None] = {}
    if any(name.startswith(_PARSED) for name, _ in orders):
        found = {it.id: await views.annotated(principal, it) for it in documents}
    for name, descends in reversed(orders):
        key = _KEYS.get(name) or _by_value(name.removeprefix(_PARSED), found)
        with_value = [it for it in documents if key(it)]
        without = [it for it in documents if not key(it)]
        documents = [*sorted(with_value, key=key, reverse=descends), *without]
    return documents


def _by_value(slug: str, found: Mapping[str, Annotated | None]) -> Key:
    def key(document: Document) -> str:
        annotated = found.get(document.id)
        value = annotated.fields.get(slug) if annotated else None
        if not isinstance(value, Field) or value.value is None:
            return ""
        text = str(value.value)
        try:
            return f"{float(text) + 1e15:025.6f}"  # numbers by size, as texts of one length
        except (ValueError, OverflowError):
            return text.casefold()

    return key


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


_KEYS: Mapping[str, Key] = {
    "file_name": lambda it: it.name.casefold(),
    "extractor": lambda it: it.type.name if it.type else "",
    "created_dt": lambda it: _iso(it.created),
    "validated_dt": lambda it: _iso(it.review.at),
    "archived_dt": lambda it: _iso(it.archived.at if it.archived else None),
}


def _orders(request: web.Request) -> list[tuple[str, bool]]:
    orders = [(it.lstrip("-"), it.startswith("-")) for it in items_asked(request, "ordering")]
    for name, _ in orders:
        if name not in _KEYS and not (name.startswith(_PARSED) and len(name) > len(_PARSED)):
            detail = f"One of {', '.join(_KEYS)}, parsed__<field>; with - the other way round."
            raise Permanent(Code.BAD_REQUEST, detail, field="ordering")
    return orders


def _span(text: str) -> tuple[datetime | None, datetime | None]:
    """The time that documents came in; days are those of UTC."""
    if not text:
        return None, None
    now = utc_now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    tick = timedelta(milliseconds=1)  # both ends are exclusive
    match text:
        case "today":
            return midnight - tick, None
        case "yesterday":
            return midnight - timedelta(days=1) - tick, midnight
        case _ if text in _DAYS:
            return now - timedelta(days=_DAYS[text]), None
    detail = f"One of today, yesterday, {', '.join(_DAYS)}."
    raise Permanent(Code.BAD_REQUEST, detail, field="created_dt")


def _tests(request: web.Request) -> list[Test]:
    tests: list[Test] = []

    def wants(name: str, holds: Test) -> None:
        wanted = truth_asked(request, name)
        if wanted is not None:
            tests.append(lambda it: holds(it) is wanted)

    wants("in_review", lambda it: it.desk is Desk.TO_REVIEW)
    wants("failed", has_failed)
    wants("ready", lambda it: it.is_final)
    wants("validatable", lambda it: it.extraction is not None)
    wants("has_challenges", lambda it: it.review.needed)
    if excluded := frozenset(items_asked(request, "exclude")):
        tests.append(lambda it: it.id not in excluded)
    return tests


def _is_named(document: Document, text: str) -> bool:
    return text in document.name.casefold() or text in (document.reference or "").casefold()


async def _tagged(
    parts: AffindaParts, principal: Principal, numbers: Sequence[str]
) -> frozenset[str] | None:
    """The documents with any of the tags; ``None`` where none is asked for."""
    if not numbers:
        return None
    tags = [await _tag(parts, principal, it) for it in numbers]
    wanted = [it for it in tags if it is not None]
    return frozenset(await Tags(parts.store).documents_with(principal, wanted, MOST_LOOKED_AT))


async def _tagged_like(parts: AffindaParts, principal: Principal, text: str) -> frozenset[str]:
    tags = Tags(parts.store)
    alike = [it.id for it in await tags.all(principal) if text in it.name.casefold()]
    return frozenset(await tags.documents_with(principal, alike, MOST_LOOKED_AT))


async def _tag(parts: AffindaParts, principal: Principal, text: str) -> str | None:
    if not text.isascii() or not text.isdigit():
        raise Permanent(Code.BAD_REQUEST, "Tags are whole numbers.", field="tags")
    return await parts.numbers.target(principal.organization, Kind.TAG, int(text[:20]))
