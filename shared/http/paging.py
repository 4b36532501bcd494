"""Lists: cursor paging with three headers, the same for every list of ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel

from shared.errors import Code, DocstageError
from shared.http.context import Principal
from shared.http.cursors import NEWEST, CursorSigner, ListScope
from shared.http.json import json_answer
from shared.models.base import Record
from shared.store.port import Position, Query, Repository

T = TypeVar("T")
R = TypeVar("R", bound=Record)

DEFAULT_RETRIEVE = 20
MAX_RETRIEVE = 100
CURSOR_HEADERS = ("X-Cursor-ID", "X-More-Results-Available", "X-Cursor-Was-Broken")
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_SCANS = 10


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its rows, and the headers that go with them."""

    rows: list[T]
    cursor: str
    more: bool
    broken: bool

    @property
    def headers(self) -> dict[str, str]:
        """The three cursor headers, and what lets browsers and caches treat them right."""
        values = (self.cursor, str(self.more).lower(), str(self.broken).lower())
        return {
            **dict(zip(CURSOR_HEADERS, values, strict=True)),
            "Access-Control-Expose-Headers": ", ".join(CURSOR_HEADERS),
            "Cache-Control": "no-store",
        }

    def answer(self, model: BaseModel) -> web.Response:
        """The list as an HTTP answer."""
        return json_answer(model, headers=self.headers)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for. ``after`` is ``None`` for the first one."""

    scope: ListScope
    limit: int
    after: Position | None
    broken: bool


class Pager:
    """Reads page requests and answers them, with cursors signed by one secret."""

    def __init__(self, signer: CursorSigner) -> None:
        self._signer = signer

    def asked(
        self, request: web.Request, principal: Principal, filters: Mapping[str, str] | None = None
    ) -> PageRequest:
        """What ``maxRetrieve`` and ``cursorId`` ask for; a broken cursor is the first page.

        Raises ``DocstageError(BAD_REQUEST)`` for a bad ``maxRetrieve``.
        """
        endpoint = request.path.rstrip("/")
        scope = ListScope(endpoint, principal.organization, tuple((filters or {}).items()))
        limit = _limit(request.query.getall("maxRetrieve", []))
        cursor = request.query.getall("cursorId", [""])[-1]
        after = self._signer.read(cursor, scope) if cursor else None
        return PageRequest(scope, limit, after, broken=bool(cursor) and after is None)

    def read(self, cursor: str, scope: ListScope) -> Position | None:
        """The position that a cursor of a list names; ``None`` for none, or a broken one."""
        return self._signer.read(cursor, scope) if cursor else None

    def write(self, position: Position | None, scope: ListScope) -> str:
        """The cursor of a position in a list, ``None`` being its beginning."""
        return self._signer.write(position or NEWEST, scope)

    async def page(self, asked: PageRequest, repository: Repository[R], query: Query) -> Page[R]:
        """A page of stored records, newest first."""
        rows = await repository.page(query, asked.after, asked.limit + 1)
        kept = rows[: asked.limit]
        last = _position(kept[-1]) if kept else asked.after or NEWEST
        return self._page(asked, kept, last, more=len(rows) > asked.limit)

    async def page_where(
        self,
        asked: PageRequest,
        repository: Repository[R],
        query: Query,
        wanted: Callable[[R], bool],
    ) -> Page[R]:
        """Like ``page``, for a condition the store has no index for.

        A page may be short, even empty, with more to come: the search stops after a while.
        """
        kept: list[R] = []
        last = asked.after
        for _ in range(_SCANS):
            rows = await repository.page(query, last, MAX_RETRIEVE)
            for row in rows:
                if wanted(row):
                    if len(kept) == asked.limit:
                        return self._page(asked, kept, last or NEWEST, more=True)
                    kept.append(row)
                last = _position(row)
            if len(rows) < MAX_RETRIEVE:
                return self._page(asked, kept, last or NEWEST, more=False)
        return self._page(asked, kept, last or NEWEST, more=True)

    def slice(self, asked: PageRequest, items: Sequence[T], key: Callable[[T], str]) -> Page[T]:
        """A page of a short list that is at hand, in the ascending order of ``key``."""
        after = asked.after.id if asked.after else ""
        rest = [item for item in items if key(item) > after]
        kept = rest[: asked.limit]
        last = key(kept[-1]) if kept else after
        return self._page(asked, kept, Position(_ANY_TIME, last), more=len(rest) > asked.limit)

    def _page(self, asked: PageRequest, rows: list[T], last: Position, *, more: bool) -> Page[T]:
        return Page(rows, self._signer.write(last, asked.scope), more, asked.broken)


def _position(record: Record) -> Position:
    return Position(record.created, record.id)


def _limit(given: Sequence[str]) -> int:
    if not given:
        return DEFAULT_RETRIEVE
    value = given[-1]
    if not value.isascii() or not value.isdigit() or len(value) > 9 or int(value) < 1:  # noqa: PLR2004
        raise DocstageError(Code.BAD_REQUEST, "maxRetrieve must be a whole number from 1 on.")
    return min(int(value), MAX_RETRIEVE)
