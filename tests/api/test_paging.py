"""Cursor paging: every rule of A9, on the list of documents and on those made otherwise."""

import asyncio
import base64
import contextlib
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from shared.http.cursors import CursorSigner, ListScope
from shared.models.document import Document, DocumentState
from shared.models.ids import new_id
from shared.store.collections import DOCUMENTS
from shared.store.port import Position
from tests.api.harness import DOCUMENTS_PATH, SECRET, Caller, Gateway

HEADERS = ("X-Cursor-ID", "X-More-Results-Available", "X-Cursor-Was-Broken")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Answered:
    """A page as a client sees it."""

    def __init__(self, ids: list[str], headers: dict[str, str]) -> None:
        self.ids = ids
        self.cursor, more, broken = (headers[it] for it in HEADERS)
        assert {more, broken} <= {"true", "false"}
        self.more, self.broken = more == "true", broken == "true"
        assert all(it in headers["Access-Control-Expose-Headers"] for it in HEADERS)
        assert headers["Cache-Control"] == "no-store"


async def get(caller: Caller, cursor: str | None = None, **query: str) -> Answered:
    if cursor is not None:
        query["cursorId"] = cursor
    async with caller.client.get(DOCUMENTS_PATH, params=query) as answer:
        body = await answer.json()
        assert answer.status == 200, body
        return Answered([it["id"] for it in body["documents"]], dict(answer.headers))


async def walk(caller: Caller, **query: str) -> list[str]:
    seen: list[str] = []
    page = await get(caller, **query)
    seen += page.ids
    while page.more:
        page = await get(caller, page.cursor, **query)
        assert page.ids, "no empty page follows a full one"
        assert not page.broken
        seen += page.ids
    return seen


async def put(gateway: Gateway, caller: Caller, created: datetime = NOON, **changes: object) -> str:
    document = Document(
        organization=caller.organization,
        created=created,
        workspace=caller.workspace,
        name="a.pdf",
        media_type="application/pdf",
        size=1,
        sha256="00",
        blob=f"{caller.organization}/x/original",
    ).copy_with(**changes)
    await gateway.store.of(caller.tenant, DOCUMENTS).insert(document)
    return document.id


async def put_many(gateway: Gateway, caller: Caller, count: int) -> list[str]:
    """Documents in threes of the same millisecond; their ids, newest first."""
    rows = [(NOON + timedelta(milliseconds=number // 3), new_id()) for number in range(count)]
    for start in range(0, count, 200):
        some = rows[start : start + 200]
        await asyncio.gather(*(put(gateway, caller, at, id=identity) for at, identity in some))
    return [identity for _, identity in sorted(rows, reverse=True)]


@pytest.mark.parametrize("size", ["1", "2", "3", "7", "100"])
async def test_a_walk_gives_each_document_once_newest_first(
    gateway: Gateway, alice: Caller, bob: Caller, size: str
) -> None:
    expected = await put_many(gateway, alice, 14)
    await put_many(gateway, bob, 5)
    assert await walk(alice, maxRetrieve=size) == expected


async def test_an_empty_list_has_all_headers_and_a_cursor_that_stays(alice: Caller) -> None:
    page = await get(alice)
    assert (page.ids, page.more, page.broken) == ([], False, False)
    again = await get(alice, page.cursor)
    assert (again.ids, again.more, again.broken) == ([], False, False)
    assert again.cursor == page.cursor


async def test_the_cursor_of_an_empty_list_is_before_whatever_comes(
    gateway: Gateway, alice: Caller
) -> None:
    page = await get(alice)
    identity = await put(gateway, alice)
    assert (await get(alice, page.cursor)).ids == [identity]


async def test_the_last_page_has_a_cursor_and_after_it_is_nothing(
    gateway: Gateway, alice: Caller
) -> None:
    await put_many(gateway, alice, 4)
    first = await get(alice, maxRetrieve="3")
    assert (len(first.ids), first.more) == (3, True)
    last = await get(alice, first.cursor, maxRetrieve="3")
    assert (len(last.ids), last.more) == (1, False)
    after = await get(alice, last.cursor)
    assert (after.ids, after.more, after.broken) == ([], False, False)
    assert after.cursor == last.cursor


async def test_a_full_last_page_says_that_there_is_no_more(gateway: Gateway, alice: Caller) -> None:
    await put_many(gateway, alice, 3)
    page = await get(alice, maxRetrieve="3")
    assert (len(page.ids), page.more) == (3, False)


async def test_twenty_by_default_and_never_more_than_a_hundred(
    gateway: Gateway, alice: Caller
) -> None:
    await put_many(gateway, alice, 103)
    assert len((await get(alice)).ids) == 20
    page = await get(alice, maxRetrieve="1000")
    assert (len(page.ids), page.more) == (100, True)


async def test_the_last_of_a_repeated_parameter_counts(gateway: Gateway, alice: Caller) -> None:
    await put_many(gateway, alice, 3)
    body = await alice.call("GET", f"{DOCUMENTS_PATH}?maxRetrieve=x&maxRetrieve=2", 200)
    assert len(body["documents"]) == 2


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", "", "+1", "1e2", "٣", "9" * 30])
async def test_a_bad_max_retrieve_is_a_bad_request(alice: Caller, value: str) -> None:
    body = await alice.call("GET", DOCUMENTS_PATH, 400, params={"maxRetrieve": value})
    assert body["code"] == "BAD_REQUEST"


async def test_an_empty_cursor_is_the_first_page_and_not_broken(
    gateway: Gateway, alice: Caller
) -> None:
    expected = await put_many(gateway, alice, 2)
    page = await get(alice, "")
    assert (page.ids, page.broken) == (expected, False)


async def test_a_broken_cursor_is_the_first_page_with_a_good_new_cursor(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    expected = await put_many(gateway, alice, 5)
    good = (await get(alice, maxRetrieve="2")).cursor
    middle = len(good) // 2
    swapped = "A" if good[middle] != "A" else "B"
    foreign = (await get(bob, maxRetrieve="2")).cursor
    filtered = (await get(alice, state="received")).cursor
    async with alice.client.get("/api/v1/workspaces") as answer:
        elsewhere = answer.headers["X-Cursor-ID"]
    broken = [
        "nonsense",
        "!!!!",
        "é",
        "\x00",
        good[:-1],
        good + "A",
        good + "=",
        good[:middle] + "." + good[middle:],
        good[:middle] + "\n" + good[middle:],
        good[:middle] + swapped + good[middle + 1 :],
        "A" * 5000,
        base64.urlsafe_b64encode(b"\x00" * 70).decode().rstrip("="),
        foreign,
        filtered,
        elsewhere,
    ]
    for cursor in broken:
        page = await get(alice, cursor, maxRetrieve="2")
        assert page.broken, cursor
        assert page.ids == expected[:2]
        following = await get(alice, page.cursor, maxRetrieve="2")
        assert (following.ids, following.broken) == (expected[2:4], False)


def test_no_altered_character_of_a_cursor_goes_unnoticed() -> None:
    signer = CursorSigner(SECRET)
    scope = ListScope("/a", new_id())
    cursor = signer.write(Position(NOON, new_id()), scope)
    assert len(cursor) < 200
    assert signer.read(cursor, scope) is not None
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place, letter in enumerate(cursor):
        for other in alphabet:
            if other != letter:
                altered = cursor[:place] + other + cursor[place + 1 :]
                assert signer.read(altered, scope) is None
    assert CursorSigner(b"another secret" * 3).read(cursor, scope) is None


async def test_a_cursor_goes_on_with_another_page_size(gateway: Gateway, alice: Caller) -> None:
    expected = await put_many(gateway, alice, 9)
    first = await get(alice, maxRetrieve="2")
    second = await get(alice, first.cursor, maxRetrieve="5")
    assert second.ids == expected[2:7]
    assert not second.broken


async def test_a_cursor_outlives_the_row_it_was_made_from(gateway: Gateway, alice: Caller) -> None:
    expected = await put_many(gateway, alice, 6)
    first = await get(alice, maxRetrieve="3")
    await gateway.store.of(alice.tenant, DOCUMENTS).delete(expected[2])
    await gateway.store.of(alice.tenant, DOCUMENTS).delete(expected[3])
    assert (await get(alice, first.cursor)).ids == expected[4:]


async def test_inserts_and_changes_during_a_walk_lose_and_double_nothing(
    gateway: Gateway, alice: Caller
) -> None:
    expected = await put_many(gateway, alice, 60)
    documents = gateway.store.of(alice.tenant, DOCUMENTS)

    async def disturb() -> None:
        for number in range(120):
            await put(gateway, alice, NOON + timedelta(seconds=1 + number))
            record = await documents.get(expected[number // 2])
            assert record is not None
            await documents.replace(record.copy_with(state=DocumentState.READY))

    disturbance = asyncio.create_task(disturb())
    first = await get(alice, maxRetrieve="1")
    seen = [*first.ids]
    page = first
    while page.more:
        page = await get(alice, page.cursor, maxRetrieve="3")
        seen += page.ids
    await disturbance
    assert [it for it in seen if it in set(expected)] == expected
    assert len(set(seen)) == len(seen)


async def test_documents_are_filtered(gateway: Gateway, alice: Caller, bob: Caller) -> None:
    old = await put(
        gateway, alice, NOON - timedelta(days=1), reference="r", state=DocumentState.READY
    )
    new = await put(gateway, alice, NOON + timedelta(days=1), reference="s")
    await put(gateway, bob, NOON, reference="r")
    assert await walk(alice, reference="r") == [old]
    assert await walk(alice, state="ready") == [old]
    assert await walk(alice, workspace=alice.workspace) == [new, old]
    assert await walk(alice, workspace=bob.workspace) == []
    assert await walk(alice, created_after=NOON.isoformat()) == [new]
    assert await walk(alice, created_before="2026-01-15T12:00:00Z") == [old]
    assert await walk(alice, created_before="2026-01-15T13:00:00+01:00") == [old]
    assert await walk(alice, state="failed") == []
    for bad in ({"state": "lost"}, {"created_after": "then"}):
        body = await alice.call("GET", DOCUMENTS_PATH, 400, params=bad)
        assert body["code"] == "BAD_REQUEST"


async def test_filters_belong_to_the_cursor(gateway: Gateway, alice: Caller) -> None:
    for number in range(4):
        await put(gateway, alice, reference="ab"[number % 2])
    first = await get(alice, maxRetrieve="1", reference="a")
    same = await get(alice, first.cursor, maxRetrieve="1", reference="a")
    other = await get(alice, first.cursor, maxRetrieve="1", reference="b")
    assert (same.broken, other.broken) == (False, True)


async def test_short_lists_are_paged_alike(alice: Caller, bob: Caller) -> None:
    names: list[str] = []
    cursor, more = "", True
    while more:
        query = {"maxRetrieve": "1", "cursorId": cursor}
        async with alice.client.get("/api/v1/types", params=query) as answer:
            names += [it["name"] for it in (await answer.json())["types"]]
            cursor = answer.headers["X-Cursor-ID"]
            more = answer.headers["X-More-Results-Available"] == "true"
            assert answer.headers["X-Cursor-Was-Broken"] == "false"
    assert names == sorted(set(names))
    assert {"receipt", "invoice"} <= set(names)
    async with alice.client.get("/api/v1/types", params={"cursorId": cursor}) as answer:
        assert (await answer.json())["types"] == []
        assert answer.headers["X-Cursor-ID"] == cursor
    async with bob.client.get("/api/v1/types", params={"cursorId": cursor}) as answer:
        assert answer.headers["X-Cursor-Was-Broken"] == "true"
        assert (await answer.json())["types"] != []


async def test_ten_thousand_are_walked_in_pages_of_all_sizes_while_others_come(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    expected = await put_many(gateway, alice, 10_000)
    await put_many(gateway, bob, 10)

    async def disturb() -> None:
        for number in itertools.count():
            await put(gateway, alice, NOON + timedelta(hours=1, seconds=number))

    disturbance = asyncio.create_task(disturb())
    seen: list[str] = []
    cursor, more = "", True
    for size in itertools.cycle(range(1, 101)):
        if not more:
            break
        page = await get(alice, cursor, maxRetrieve=str(size))
        seen += page.ids
        cursor, more = page.cursor, page.more
    disturbance.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await disturbance
    old = set(expected)
    assert [it for it in seen if it in old] == expected
    assert len(set(seen)) == len(seen)
