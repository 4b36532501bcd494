"""What is MongoDB's own: the queries and indexes, the clock, answers that get lost.

The server here is a stand-in, whose planner is not MongoDB's: what is asserted are the
query and the index it names, and that the stand-in can use that index.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from shared.errors import Code, Transient
from shared.models.time import utc_now
from shared.models.work import Lane, StageName
from shared.store.collections import COLLECTIONS, DOCUMENTS, EXTRACTIONS, Collection
from shared.store.mongo import MongoStore, queries
from shared.store.mongo.clock import REFRESH_SECONDS, ServerClock
from shared.store.mongo.driver import Find
from shared.store.mongo.layout import Layout
from shared.store.port import AlreadyExistsError, Position, Query
from shared.store.scope import Scope
from shared.store.standings import Place, Status
from tests.contracts.store_fixtures import OURS, THEIRS, document, mongo_wire
from tests.servers.mongo_wire import MongoWireServer
from tests.servers.process import HOST, free_ports

__all__ = ["mongo_wire"]

NOW = utc_now()
AFTER = Position(NOW, "id")
BOTH = Scope("o", frozenset({"w1", "w2"}))


def keys(collection: Collection[Any], name: str) -> list[str]:
    (found,) = [it for it in Layout(collection).indexes() if it.name == name]
    return [f"{field}:{direction}" for field, direction in found.keys]


def test_a_page_is_bounded_by_its_position_and_names_its_index() -> None:
    layout = Layout(DOCUMENTS)
    assert queries.listed(layout, Scope("o"), Query({"state": "ready"}), AFTER, 50) == Find(
        filter={
            "organization": "o",
            "filters.state": "ready",
            "created": {"$lte": NOW},
            "$or": [{"created": {"$lt": NOW}}, {"created": NOW, "_id": {"$lt": "id"}}],
        },
        sort=(("created", -1), ("_id", -1)),
        limit=50,
        hint="by_state",
    )
    assert keys(DOCUMENTS, "by_state") == [
        "organization:1", "filters.state:1", "created:-1", "_id:-1", "filters.workspace:1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "query", "hint", "wanted"),
    [
        (Scope("o"), Query(), "newest", {"organization": "o"}),
        (
            Scope("o", frozenset({"w1"})),
            Query(),
            "by_workspace",
            {"organization": "o", "filters.workspace": "w1"},
        ),
        (
            BOTH,
            Query({"sha256": "x", "state": "ready"}),
            "by_sha256",
            {
                "organization": "o",
                "filters.workspace": {"$in": ["w1", "w2"]},
                "filters.sha256": "x",
                "filters.state": "ready",
            },
        ),
        (
            BOTH,
            Query({"workspace": "w3"}),
            "by_workspace",
            {
                "$and": [
                    {"filters.workspace": "w3"},
                    {"organization": "o", "filters.workspace": {"$in": ["w1", "w2"]}},
                ]
            },
        ),
        (Scope(), Query(), "all", {}),
    ],
)
def test_lists_name_the_index_of_their_narrowest_filter(
    scope: Scope, query: Query, hint: str, wanted: dict[str, Any]
) -> None:
    find = queries.listed(Layout(DOCUMENTS), scope, query, None, 50)
    assert (find.hint, find.filter, find.sort) == (hint, wanted, (("created", -1), ("_id", -1)))


def test_every_list_has_its_index_in_its_order() -> None:
    for collection in COLLECTIONS:
        sift = ["filters.workspace:1"] if collection.by_workspace else []
        order = ["created:-1", "_id:-1"]
        assert keys(collection, "all") == order
        assert keys(collection, "newest") == ["organization:1", *order, *sift]
        for name in collection.filters:
            last = [] if name == "workspace" else sift
            expected = ["organization:1", f"filters.{name}:1", *order, *last]
            assert keys(collection, f"by_{name}") == expected


def test_the_backlog_names_partial_indexes_in_its_order() -> None:
    assert queries.idle(StageName.OCR, NOW, 7) == Find(
        filter={"schedule.idle_since": {"$lt": NOW}, "schedule.stage": "ocr"},
        sort=(("schedule.idle_since", 1),),
        limit=7,
        hint="idle",
        fields=("organization", "schedule"),
    )
    assert keys(EXTRACTIONS, "idle") == ["schedule.stage:1", "schedule.idle_since:1"]
    assert keys(EXTRACTIONS, "due") == ["schedule.outbox_due:1"]
    present = {it.name: it.present for it in Layout(EXTRACTIONS).indexes()}
    assert present["idle"] == "schedule.idle_since"
    assert present["due"] == "schedule.outbox_due"
    assert queries.due(NOW, 7).hint == "due"
    assert queries.unannounced(NOW, 7).hint == "unannounced"
    assert queries.expired(NOW, 7).hint == "expired"


def test_lines_name_partial_indexes_that_hold_all_they_ask_for() -> None:
    place = Place(StageName.OCR, Lane.LOW, Status.WAITING)
    line = ["standing.place:1", "standing.since:1"]
    assert keys(DOCUMENTS, "standing") == line
    assert keys(DOCUMENTS, "own_standing") == ["organization:1", *line, "filters.workspace:1"]
    assert keys(DOCUMENTS, "passed")[:2] == ["standing.passed:1", "standing.passed_at:1"]
    present = {it.name: it.present for it in Layout(DOCUMENTS).indexes()}
    assert present["standing"] == present["own_standing"] == "standing.place"
    assert present["passed"] == "standing.passed"
    assert queries.standing(Scope(), place, NOW, 7) == Find(
        filter={"standing.place": "ocr.low.waiting", "standing.since": {"$lt": NOW}},
        limit=7,
        hint="standing",
    )
    own = queries.end_of_line(Scope("o"), place, last=True)
    assert (own.hint, own.filter["organization"]) == ("own_standing", "o")
    assert own.sort == (("standing.since", -1),)
    passed = queries.passed("ocr.low", 7)
    assert (passed.hint, passed.sort) == ("passed", (("standing.passed_at", -1),))
    counted = queries.passed_since(Scope("o"), "ocr.low", NOW, 7)
    assert (counted.hint, counted.limit) == ("passed", 7)
    assert counted.filter["standing.passed_at"] == {"$gt": NOW}


def test_unique_indexes_are_partial() -> None:
    unique = [it for it in Layout(DOCUMENTS).indexes() if it.unique]
    names = ("unique.idempotency_key", "unique.content")
    assert [it.keys for it in unique] == [(("organization", 1), (name, 1)) for name in names]
    assert [it.present for it in unique] == list(names)


async def test_the_server_walks_the_named_index(mongo_wire: MongoWireServer) -> None:
    store = MongoStore(mongo_wire.url(f"test_{uuid4().hex}"))
    await store.open()
    await store.of(OURS, DOCUMENTS).insert(document())
    for query, index in ((Query(), "newest"), (Query({"state": "received"}), "by_state")):
        find = queries.listed(Layout(DOCUMENTS), Scope(OURS.organization), query, AFTER, 5)
        told = await store._driver.explain("documents", find)
        stages = str(told["queryPlanner"]["winningPlan"])
        assert "'IXSCAN'" in stages
        assert f"'indexName': '{index}'" in stages
        assert "COLLSCAN" not in stages
    await store.close()


async def test_times_are_dates_and_what_is_searched_by_stands_beside_the_body(
    mongo_wire: MongoWireServer,
) -> None:
    url = mongo_wire.url(f"test_{uuid4().hex}")
    store = MongoStore(url)
    await store.open()
    one = document(reference="r")
    await store.of(OURS, DOCUMENTS).insert(one)
    client: MongoClient[dict[str, Any]] = MongoClient(url, tz_aware=True)
    found = client.get_default_database()["documents"].find_one({"_id": one.id})
    client.close()
    await store.close()
    assert found is not None
    assert found["created"] == one.created
    assert found["filters"]["reference"] == "r"
    assert "type" not in found["filters"]
    assert found["unique"] == {}
    assert found["schedule"]["stage"] == "ocr"
    assert found["body"]["metadata"] == {}


async def test_the_clock_is_the_servers_and_seldom_asked() -> None:
    asked: list[float] = []
    seconds = 100.0

    async def read() -> datetime:
        asked.append(seconds)
        return NOW + timedelta(hours=3, seconds=seconds)

    clock = ServerClock(read, lambda: seconds)
    first = await clock.now()
    seconds += REFRESH_SECONDS / 2
    assert await clock.now() - first == timedelta(seconds=REFRESH_SECONDS / 2)
    assert first == NOW + timedelta(hours=3, seconds=100)
    assert len(asked) == 1
    seconds += REFRESH_SECONDS
    assert await clock.now() - first == timedelta(seconds=1.5 * REFRESH_SECONDS)
    assert len(asked) == 2


class Wire:
    """A TCP proxy before the server that can lose the answer to a command."""

    def __init__(self, mongo_wire: MongoWireServer) -> None:
        self._target = int(mongo_wire.url().split(":")[2].split("/")[0])
        self._server: asyncio.Server | None = None
        self.lose_answer_to: bytes | None = None
        self.lost = 0

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        port = self._server.sockets[0].getsockname()[1]
        # One answer per request, and no way round the proxy.
        options = "retryWrites=false&directConnection=true&serverMonitoringMode=poll"
        return f"mongodb://{HOST}:{port}/test_{uuid4().hex}?{options}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        below_reader, below_writer = await asyncio.open_connection(HOST, self._target)
        try:
            while request := await _message(reader):
                below_writer.write(request)
                answer = await _message(below_reader)
                if self.lose_answer_to is not None and self.lose_answer_to in request:
                    self.lose_answer_to = None
                    self.lost += 1
                    return
                writer.write(answer)
        finally:
            writer.close()
            below_writer.close()


async def _message(reader: StreamReader) -> bytes:
    try:
        head = await reader.readexactly(4)
        return head + await reader.readexactly(int.from_bytes(head, "little") - 4)
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@pytest.fixture
async def wire(mongo_wire: MongoWireServer) -> AsyncIterator[Wire]:
    proxy = Wire(mongo_wire)
    yield proxy
    await proxy.stop()


async def test_writes_whose_answer_is_lost_happen_once(wire: Wire) -> None:
    store = MongoStore(await wire.start())
    await store.open()
    documents, theirs = store.of(OURS, DOCUMENTS), store.of(THEIRS, DOCUMENTS)
    one, other = document(idempotency_key="k"), document(THEIRS)
    await theirs.insert(other)

    wire.lose_answer_to = b"\x02insert\x00"
    await documents.insert(one)
    assert await documents.get(one.id) == one
    with pytest.raises(AlreadyExistsError):
        await documents.insert(one)

    wire.lose_answer_to = b"\x02update\x00"
    second = await documents.replace(one.copy_with(name="second"))
    assert second is not None
    assert (second.rev, await documents.get(one.id)) == (1, second)

    wire.lose_answer_to = b"\x02update\x00"
    assert await documents.replace(one.copy_with(name="late")) is None
    wire.lose_answer_to = b"\x02delete\x00"
    assert await documents.delete(one.id)
    assert await documents.get(one.id) is None

    wire.lose_answer_to = b"\x02insert\x00"
    with pytest.raises(AlreadyExistsError):
        await documents.insert(other.copy_with(organization=OURS.organization))
    assert wire.lost == 5
    assert await theirs.get(other.id) == other
    await store.close()


async def test_a_server_that_is_gone_is_transient() -> None:
    (port,) = free_ports(1)
    url = f"mongodb://{HOST}:{port}/docstage?serverSelectionTimeoutMS=200"
    with pytest.raises(Transient) as refused:
        await MongoStore(url).open()
    assert refused.value.code is Code.DEPENDENCY_DOWN


async def test_every_call_says_when_the_server_is_gone_and_works_when_it_is_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    server = MongoWireServer(tmp_path_factory.mktemp("mongo"))
    server.start()
    store = MongoStore(server.url() + "&serverSelectionTimeoutMS=300")
    await store.open()
    ours, theirs = store.of(OURS, DOCUMENTS), store.of(THEIRS, DOCUMENTS)
    one, other = document(), document(THEIRS)
    await ours.insert(one)
    await theirs.insert(other)
    server.kill()
    calls = [
        store.ping,
        lambda: ours.insert(document()),
        lambda: ours.get(one.id),
        lambda: ours.replace(one),
        lambda: ours.delete(one.id),
        lambda: ours.page(Query(), None, 5),
        lambda: ours.count(Query(), 5),
        lambda: store.backlog.due(NOW, 5),
    ]
    for call in calls:
        with pytest.raises(Transient):
            await call()
    server.start()
    assert await ours.get(one.id) == one
    assert await theirs.get(other.id) == other
    await store.close()
    server.stop()
