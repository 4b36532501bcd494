"""What is SQLite's own: query plans, durability, its threads, its file."""

import asyncio
import sqlite3
import stat
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Code, Transient
from shared.models.time import utc_now
from shared.models.work import Lane, StageName
from shared.search.terms import read_search
from shared.store.collections import COLLECTIONS, DOCUMENTS, ORGANIZATIONS, Collection
from shared.store.port import AlreadyExistsError, Position, Query, Tenant
from shared.store.scope import Scope
from shared.store.sqlite import SqliteStore, backlog, statements
from shared.store.sqlite.connection import connect
from shared.store.sqlite.migration import migrate
from shared.store.sqlite.statements import Statement
from shared.store.sqlite.tables import Table
from shared.store.standings import Place, Status
from tests.contracts.store_fixtures import OURS, THEIRS, document

REPOSITORY = Path(__file__).parents[2]
NOW = utc_now()
AFTER = Position(NOW, "id")
KEYSET = "(created,id)<(?,?)"


@pytest.fixture
def database(tmp_path: Path) -> sqlite3.Connection:
    connection = connect(tmp_path / "store.db")
    migrate(connection, [Table(it) for it in COLLECTIONS])
    return connection


def plan(database: sqlite3.Connection, statement: Statement) -> list[str]:
    """The steps that touch tables or sort, as SQLite tells them."""
    rows = database.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)
    steps = [str(row[3]) for row in rows]
    return [it for it in steps if "json_each" not in it and not it.startswith("LIST SUBQUERY")]


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda it: it.name)
@pytest.mark.parametrize("workspaces", [None, {"w1"}, {"w1", "w2"}], ids=["all", "one", "two"])
def test_lists_are_searched_in_order_by_the_index_of_their_filter(
    database: sqlite3.Connection, collection: Collection[Any], workspaces: set[str] | None
) -> None:
    table = Table(collection)
    limited = frozenset(workspaces) if workspaces is not None else None
    scope = Scope.of(Tenant("o", limited), collection)
    unfiltered = "newest"
    if workspaces == {"w1"} and collection.by_workspace:
        unfiltered = "by_workspace"
    indexes = {None: unfiltered} | {name: f"by_{name}" for name in collection.filters}
    for name, index in indexes.items():
        equals = {name: "x"} if name else {}
        start = f"SEARCH {table.name} USING INDEX {table.name}_{index} (organization=?"
        for query in (Query(equals), Query(equals, created_before=NOW + timedelta(days=1))):
            for after, end in ((None, ")"), (AFTER, f"{KEYSET})")):
                (step,) = plan(database, statements.page(table, scope, query, after, 50))
                assert step.startswith(start)
                assert step.endswith(end)
                if name:
                    assert f"{name}=?" in step
        upwards = Query(equals, oldest_first=True)
        (step,) = plan(database, statements.page(table, scope, upwards, AFTER, 50))
        assert step.startswith(start)
        assert step.endswith("(created,id)>(?,?))")
        (_, counted, _) = plan(database, statements.count(table, scope, Query(equals), 50))
        assert counted.replace("COVERING ", "").startswith(start)


def test_the_narrowest_filter_leads(database: sqlite3.Connection) -> None:
    query = Query({"state": "ready", "sha256": "x", "workspace": "w1"})
    (step,) = plan(database, statements.page(Table(DOCUMENTS), Scope("o"), query, AFTER, 50))
    assert "documents_by_sha256 (organization=? AND sha256=?" in step


def test_a_search_takes_the_newest_first_from_the_index_without_sorting(
    database: sqlite3.Connection,
) -> None:
    table, search = Table(DOCUMENTS), read_search("alpha beta gam")
    query = Query({"state": "ready"}, below={"confidence": 0.5}, search=search)
    for after in (None, AFTER):
        statement = statements.page(table, Scope("o", frozenset({"w1"})), query, after, 50)
        words, rows = plan(database, statement)
        bound = "<" if after else ""
        assert words == f"SCAN documents_words VIRTUAL TABLE INDEX 192:M3{bound}"  # 192: descending
        assert rows == "SEARCH documents USING INDEX documents_placed (place=?)"


def test_a_list_across_organizations_is_walked_by_its_index(database: sqlite3.Connection) -> None:
    table = Table(ORGANIZATIONS)
    (first,) = plan(database, statements.page(table, Scope(), Query(), None, 50))
    (step,) = plan(database, statements.page(table, Scope(), Query(), AFTER, 50))
    assert first == "SCAN organizations USING INDEX organizations_all"  # in order, to the limit
    assert step == f"SEARCH organizations USING INDEX organizations_all ({KEYSET})"


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda it: it.name)
def test_single_records_are_searched(
    database: sqlite3.Connection, collection: Collection[Any]
) -> None:
    table, scope = Table(collection), Scope("o")
    by_id = f"SEARCH {table.name} USING INDEX {table.primary} (id=?)"
    assert plan(database, statements.get(table, scope, "x")) == [by_id]
    assert plan(database, statements.get_many(table, scope, ["x", "y"])) == [by_id]
    assert plan(database, statements.delete(table, scope, "x")) == [by_id]
    for name in table.unique:
        (step,) = plan(database, statements.find(table, scope, name, "x"))
        assert step.startswith(f"SEARCH {table.name} USING INDEX {table.name}_one_{name} (")


@pytest.mark.parametrize(
    "collection", [it for it in COLLECTIONS if it.scheduled], ids=lambda it: it.name
)
def test_the_backlog_is_searched_in_order(
    database: sqlite3.Connection, collection: Collection[Any]
) -> None:
    table = Table(collection)
    conditions = {
        "due (outbox_due<?)": backlog.due(NOW),
        "idle (stage=? AND idle_since<?)": backlog.idle(StageName.OCR, NOW),
        "unannounced (unannounced_since<?)": backlog.unannounced(NOW),
        "unindexed (unindexed_since<?)": backlog.unindexed(NOW),
        "expired (expires<?)": backlog.expired(NOW),
    }
    for search, condition in conditions.items():
        (step,) = plan(database, backlog.select(table, condition, 10))
        assert step == f"SEARCH {table.name} USING COVERING INDEX {table.name}_{search}"


@pytest.mark.parametrize(
    "collection", [it for it in COLLECTIONS if it.scheduled], ids=lambda it: it.name
)
def test_lines_are_counted_inside_their_indexes(
    database: sqlite3.Connection, collection: Collection[Any]
) -> None:
    table, line = Table(collection), Place(StageName.OCR, Lane.NORMAL, Status.WAITING)
    limited = Scope.of(Tenant("o", hidden=frozenset({"w1"})), collection)
    for scope, index, bound in (
        (Scope(), "standing", "standing=?"),
        (Scope("o"), "own_standing", "organization=? AND standing=?"),
        (limited, "own_standing", "organization=? AND standing=?"),
    ):
        start = f"SEARCH {table.name} USING COVERING INDEX {table.name}_{index} ({bound}"
        (_, counted, *_) = plan(database, statements.standing(table, scope, line, NOW, 50))
        assert counted == f"{start} AND standing_since<?)"
        for last in (False, True):
            (step,) = plan(database, statements.end_of_line(table, scope, line, last=last))
            assert step == f"{start})"
        (_, step, *_) = plan(database, statements.count_passed(table, scope, "ocr.low", NOW, 50))
        covered = f"SEARCH {table.name} USING COVERING INDEX {table.name}_passed"
        assert step == f"{covered} (passed=? AND passed_at>?)"
    (step,) = plan(database, statements.passed(table, "ocr.low", 50))
    assert step == f"SEARCH {table.name} USING INDEX {table.name}_passed (passed=?)"
    (step,) = plan(database, statements.first_in_line(table, line, 5))
    assert step.startswith(f"SEARCH {table.name} USING COVERING INDEX {table.name}_standing (")


async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    command = [sys.executable, "-m", "tests.contracts.store_writer", url]
    writer = await create_subprocess_exec(*command, cwd=REPOSITORY, stdout=PIPE)
    assert writer.stdout is not None
    lines = [await writer.stdout.readline() for _ in range(400)]
    writer.kill()
    lines += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()

    acknowledged = [line.decode().split() for line in lines if line.endswith(b"\n")]
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    for tenant in (OURS, THEIRS):
        ids = [it[1] for it in acknowledged if it[0] == tenant.organization]
        assert len(ids) > 100
        found = await store.of(tenant, DOCUMENTS).get_many(ids)
        assert {it.id for it in found} == set(ids)
    await store.of(OURS, DOCUMENTS).insert(document())
    await store.close()
    (verdict,) = connect(tmp_path / "store.db").execute("PRAGMA integrity_check").fetchone()
    assert verdict == "ok"


async def test_a_conflict_does_not_touch_the_writes_committed_with_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    ours, theirs = store.of(OURS, DOCUMENTS), store.of(THEIRS, DOCUMENTS)
    taken = document(idempotency_key="k")
    await ours.insert(taken)
    good, bad = [document() for _ in range(40)], [document(idempotency_key="k") for _ in range(40)]
    unreadable = document(reference="\ud800")  # cannot be written at all
    writes = [ours.insert(it) for pair in zip(good, bad, strict=True) for it in pair]
    outcomes = await asyncio.gather(
        *writes, ours.insert(unreadable), theirs.insert(document(THEIRS)), return_exceptions=True
    )
    assert all(it is None for it in (*outcomes[:-2:2], outcomes[-1]))
    assert all(isinstance(it, AlreadyExistsError) for it in outcomes[1:-2:2])
    assert isinstance(outcomes[-2], ValueError)
    assert len(await ours.get_many([it.id for it in good])) == 40
    assert await ours.count(Query(), 100) == 41
    await store.close()


async def test_a_cancelled_caller_does_not_disturb_the_others(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    documents = store.of(OURS, DOCUMENTS)
    tasks = [asyncio.create_task(documents.insert(document())) for _ in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes[1::2] == [None] * 10
    assert await documents.count(Query(), 100) == 20  # they were under way
    await store.close()


async def test_closing_finishes_what_was_begun(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    documents = store.of(OURS, DOCUMENTS)
    tasks = [asyncio.create_task(documents.insert(document())) for _ in range(500)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*tasks) == [None] * 500
    for call in (store.ping(), documents.insert(document()), store.backlog.due(NOW, 5)):
        with pytest.raises(Transient) as refused:
            await call
        assert refused.value.code is Code.DEPENDENCY_DOWN
    await store.open()
    assert await store.of(OURS, DOCUMENTS).count(Query(), 1000) == 500
    await store.close()


async def test_another_process_may_write_at_the_same_time(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    command = [
        sys.executable,
        "-m",
        "tests.contracts.store_writer",
        f"sqlite:///{tmp_path}/store.db",
    ]
    writer = await create_subprocess_exec(*command, cwd=REPOSITORY, stdout=PIPE)
    assert writer.stdout is not None
    documents = store.of(OURS, DOCUMENTS)
    for _ in range(100):
        await documents.insert(document(reference="mine"))
        organization, record_id = (await writer.stdout.readline()).decode().split()
        tenant = OURS if organization == OURS.organization else THEIRS
        assert await store.of(tenant, DOCUMENTS).get(record_id) is not None
    writer.kill()
    await writer.communicate()
    assert await documents.count(Query({"reference": "mine"}), 200) == 100
    await store.close()


async def test_a_lock_that_is_never_released_is_transient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.store.sqlite.connection.BUSY_SECONDS", 0.05)
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    other = connect(tmp_path / "store.db")
    other.execute("BEGIN IMMEDIATE")
    one = document()
    with pytest.raises(Transient):
        await store.of(OURS, DOCUMENTS).insert(one)
    other.execute("ROLLBACK")
    other.close()
    await store.of(OURS, DOCUMENTS).insert(one)
    await store.close()


async def test_a_file_that_is_no_database_is_transient(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"this is not a database\n" * 100)
    with pytest.raises(Transient):
        await SqliteStore(tmp_path / "store.db").open()


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    await store.open()
    await store.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 1000")
    connection.close()
    with pytest.raises(RuntimeError, match="newer"):
        await SqliteStore(path).open()


async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    await store.of(OURS, DOCUMENTS).insert(document())
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    await store.close()
