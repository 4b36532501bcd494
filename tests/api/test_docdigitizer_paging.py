"""The dialect's lists: cursors, their headers, filters."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.models.document import Document, DocumentState, Review
from shared.models.extraction import TypeGuess
from shared.models.ids import new_id
from shared.store.collections import DOCUMENTS
from tests.api.docdigitizer_client import DOCUMENTS_PATH, TASKS_PATH, Client
from tests.api.harness import Gateway

HEADERS = ("X-Cursor-ID", "X-More-Results-Available", "X-Cursor-Was-Broken")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Answered:
    """A page as a client sees it; ``ids`` are of documents in both lists."""

    def __init__(self, rows: list[dict[str, str]], headers: dict[str, str]) -> None:
        self.ids = [it.get("document_id") or it["id"] for it in rows]
        self.cursor, more, broken = (headers[it] for it in HEADERS)
        assert {more, broken} <= {"true", "false"}
        self.more, self.broken = more == "true", broken == "true"
        assert all(it in headers["Access-Control-Expose-Headers"] for it in HEADERS)
        assert headers["Cache-Control"] == "no-store"


async def get(
    client: Client, cursor: str | None = None, path: str = DOCUMENTS_PATH, **query: str
) -> Answered:
    if cursor is not None:
        query["cursorId"] = cursor
    async with client.session.get(path, params=query) as answer:
        body = await answer.json()
        assert answer.status == 200, body
        (rows,) = body.values()
        return Answered(rows, dict(answer.headers))


async def walk(client: Client, path: str = DOCUMENTS_PATH, **query: str) -> list[str]:
    page = await get(client, path=path, **query)
    seen = list(page.ids)
    while page.more:
        page = await get(client, page.cursor, path, **query)
        assert page.ids, "no empty page follows a full one"
        assert not page.broken
        seen += page.ids
    after = await get(client, page.cursor, path, **query)
    assert (after.ids, after.more, after.broken, after.cursor) == ([], False, False, page.cursor)
    return seen


async def put(gateway: Gateway, client: Client, created: datetime = NOON, **more: object) -> str:
    document = Document(
        organization=client.caller.organization,
        created=created,
        workspace=client.caller.workspace,
        name="a.pdf",
        media_type="application/pdf",
        size=1,
        sha256="00",
        blob=f"{client.caller.organization}/x/original",
    ).copy_with(**more)
    await gateway.store.of(client.caller.tenant, DOCUMENTS).insert(document)
    return document.id


async def put_ties(gateway: Gateway, client: Client, count: int, at: datetime = NOON) -> list[str]:
    """Documents of one millisecond; their ids in the order of the list."""
    ids = [new_id() for _ in range(count)]
    await asyncio.gather(*(put(gateway, client, at, id=identity) for identity in ids))
    return sorted(ids, reverse=True)


@pytest.mark.parametrize("path", [DOCUMENTS_PATH, TASKS_PATH])
@pytest.mark.parametrize("size", ["1", "2", "5", "100"])
async def test_ties_in_created_are_walked_without_loss(
    gateway: Gateway, ada: Client, ben: Client, path: str, size: str
) -> None:
    old = await put_ties(gateway, ada, 6, NOON - timedelta(milliseconds=1))
    new = await put_ties(gateway, ada, 6)
    await put_ties(gateway, ben, 3)
    assert await walk(ada, path, maxRetrieve=size) == new + old


async def test_uploads_at_the_same_time_are_walked_one_by_one(ada: Client) -> None:
    tasks = await asyncio.gather(*(ada.annotate() for _ in range(12)))
    seen = await walk(ada, maxRetrieve="1")
    assert len(seen) == 12
    assert set(seen) == {it["document_id"] for it in tasks}


@pytest.mark.parametrize("path", [DOCUMENTS_PATH, TASKS_PATH])
async def test_an_empty_list_has_all_headers(ada: Client, path: str) -> None:
    page = await get(ada, path=path)
    assert (page.ids, page.more, page.broken) == ([], False, False)
    again = await get(ada, page.cursor, path)
    assert (again.ids, again.cursor) == ([], page.cursor)


async def test_twenty_by_default_and_never_more_than_a_hundred(
    gateway: Gateway, ada: Client
) -> None:
    await put_ties(gateway, ada, 103)
    assert len((await get(ada)).ids) == 20
    page = await get(ada, maxRetrieve="1000")
    assert (len(page.ids), page.more) == (100, True)
    body = await ada.call("GET", f"{DOCUMENTS_PATH}?maxRetrieve=x&maxRetrieve=2", 200)
    assert len(body["documents"]) == 2


@pytest.mark.parametrize("path", [DOCUMENTS_PATH, TASKS_PATH])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", ""])
async def test_a_bad_max_retrieve_is_a_bad_request(ada: Client, path: str, value: str) -> None:
    body = await ada.call("GET", path, 400, params={"maxRetrieve": value})
    assert body["code"] == "BAD_REQUEST"


async def test_a_broken_cursor_is_the_first_page_with_a_good_one(
    gateway: Gateway, ada: Client, ben: Client
) -> None:
    expected = await put_ties(gateway, ada, 5)
    good = (await get(ada, maxRetrieve="2")).cursor
    foreign = (await get(ben)).cursor
    tasks = (await get(ada, path=TASKS_PATH)).cursor
    filtered = (await get(ada, status="pending")).cursor
    async with ada.caller.client.get("/api/v1/documents") as native:
        native_cursor = native.headers["X-Cursor-ID"]
    for cursor in ("nonsense", good[:-1], f"{good}A", good.swapcase(), foreign, tasks, filtered,
                   native_cursor):  # fmt: skip
        page = await get(ada, cursor, maxRetrieve="2")
        assert page.broken, cursor
        assert page.ids == expected[:2]
        following = await get(ada, page.cursor, maxRetrieve="2")
        assert (following.ids, following.broken) == (expected[2:4], False)
    empty = await get(ada, "", maxRetrieve="2")
    assert (empty.ids, empty.broken) == (expected[:2], False)


async def test_a_slash_at_the_end_is_the_same_list(gateway: Gateway, ada: Client) -> None:
    expected = await put_ties(gateway, ada, 4)
    first = await get(ada, path=f"{DOCUMENTS_PATH}/", maxRetrieve="2")
    second = await get(ada, first.cursor, maxRetrieve="2")
    assert (second.ids, second.broken) == (expected[2:], False)


async def test_what_comes_during_a_walk_is_not_seen_by_it(gateway: Gateway, ada: Client) -> None:
    expected = await put_ties(gateway, ada, 7)
    page = await get(ada, maxRetrieve="2")
    seen = list(page.ids)
    while page.more:
        await put(gateway, ada, NOON + timedelta(hours=1))
        page = await get(ada, page.cursor, maxRetrieve="2")
        seen += page.ids
    assert seen == expected


async def test_documents_and_tasks_are_filtered(gateway: Gateway, ada: Client, ben: Client) -> None:
    ids = {
        state: await put(gateway, ada, NOON + timedelta(seconds=number), state=state)
        for number, state in enumerate(DocumentState)
    }
    await put(gateway, ben, state=DocumentState.READY)

    def of(*states: str) -> list[str]:
        return [ids[DocumentState(it)] for it in states]

    assert await walk(ada, status="pending", maxRetrieve="1") == of("received")
    assert await walk(ada, status="processing", maxRetrieve="1") == of("extracting", "reading")
    assert await walk(ada, status="success", maxRetrieve="1") == of("needs_review", "ready")
    assert await walk(ada, status="error", maxRetrieve="1") == of("failed")
    assert await walk(ada, status="rejected", maxRetrieve="2") == of(
        "expired", "cancelled", "rejected"
    )
    assert await walk(ada, TASKS_PATH, status="PENDING") == of("received")
    assert await walk(ada, TASKS_PATH, status="FAILURE", maxRetrieve="1") == of(
        "expired", "cancelled", "rejected", "failed"
    )
    noon = NOON.isoformat().replace("+00:00", "Z")
    assert await walk(ada, created_before=noon) == []
    assert len(await walk(ada, TASKS_PATH, created_after=noon)) == len(DocumentState) - 1


async def test_classes_and_reviews_are_filtered(gateway: Gateway, ada: Client) -> None:
    def kind(name: str) -> TypeGuess:
        return TypeGuess(name=name, confidence=0.9)

    at = (NOON + timedelta(seconds=number) for number in range(10))
    invoice = await put(gateway, ada, next(at), type=kind("invoice"), state=DocumentState.READY)
    wished = await put(gateway, ada, next(at), requested_class="financial-document")
    strict = await put(
        gateway, ada, next(at), type=kind("invoice"), requested_class="invoice",
        state=DocumentState.READY, review=Review(done=True),
    )  # fmt: skip
    unknown = await put(gateway, ada, next(at), state=DocumentState.READY)
    early = await put(gateway, ada, next(at))
    financial = {"class": "financial-document"}
    assert await walk(ada, maxRetrieve="1", **financial) == [wished, invoice]
    assert await walk(ada, **{"class": "invoice"}) == [strict]
    assert await walk(ada, **{"class": "generic"}) == [unknown]
    assert await walk(ada, **{"class": "passport"}) == []
    assert await walk(ada, reviewed="true") == [strict]
    assert await walk(ada, reviewed="false", maxRetrieve="2") == [early, unknown, wished, invoice]
    assert await walk(ada, reviewed="false", status="success", **financial) == [invoice]
    assert await walk(ada, status="", reviewed="") == [early, unknown, strict, wished, invoice]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (DOCUMENTS_PATH, {"status": "SUCCESS"}),
        (DOCUMENTS_PATH, {"reviewed": "yes"}),
        (DOCUMENTS_PATH, {"created_after": "yesterday"}),
        (TASKS_PATH, {"status": "success"}),
        (TASKS_PATH, {"created_before": "x"}),
    ],
)
async def test_a_bad_filter_is_a_bad_request(ada: Client, path: str, query: dict[str, str]) -> None:
    body = await ada.call("GET", path, 400, params=query)
    assert body["code"] == "BAD_REQUEST"
