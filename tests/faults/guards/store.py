"""Guards of what is stored: answers wait for it, lost answers are looked up, files are compared."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared.blobs import folder, pace, s3
from shared.errors import Transient
from shared.models.work import Problem, Work
from shared.stages import heart
from shared.stages import work as works
from shared.store.mongo.repository import MongoRepository
from shared.store.sqlite.repository import SqliteRepository
from tests.faults.guards.registry import Guard


def _records_are_taken_for_stored() -> None:
    """What the store did not answer to an insert is not listened to."""

    def deaf(insert: Callable[..., Any]) -> Callable[..., Any]:
        async def insert_unheard(self: Any, record: Any) -> None:
            try:
                await insert(self, record)
            except Transient:
                return

        return insert_unheard

    for repository in (MongoRepository, SqliteRepository):
        repository.insert = deaf(repository.insert)  # type: ignore[method-assign]


def _writes_have_no_names() -> None:
    """A write of ours that had arrived is taken for somebody else's."""

    async def nobodys(self: Any, record_id: str) -> str | None:
        return None

    async def not_ours(self: Any, record: Any, write: str) -> bool:
        return False

    MongoRepository._write_of = nobodys  # type: ignore[method-assign]
    MongoRepository._had_arrived = not_ours  # type: ignore[method-assign]


def _hearts_do_not_beat() -> None:
    """A lease lasts as long as it was claimed for."""
    heart.Heart._start = lambda _: None  # type: ignore[method-assign]


def _outages_cost_attempts() -> None:
    """That a dependency was down counts as a failed attempt."""

    def hold_out(work: Work, problem: Problem, now: datetime, due: datetime) -> Work:
        return works.try_again(work, problem, due)

    works.hold_out = hold_out


def _files_are_not_compared() -> None:
    """What is read is taken for what was stored."""
    for module in (folder, s3):
        module.require_same = lambda *_: None


def _what_is_missing_may_come() -> None:
    """A file that is not there is waited for, like a store that is down."""
    for module in (folder, s3):
        module.Permanent = Transient  # type: ignore[assignment]


def _transfers_take_their_time() -> None:
    """A store may send a byte now and then, or nothing, for ever."""
    make = s3.http_pool
    s3.http_pool = lambda connections, _: make(connections, 1e6)
    pace.Pace.moved = lambda *_: None  # type: ignore[method-assign]


_WORKERS = ("ocr", "extract")

GUARDS = {
    "answers after writes": Guard(
        "nothing is accepted before the store has it", _records_are_taken_for_stored, ("ingest",)
    ),
    "named writes": Guard(
        "a write whose answer was lost is known by its name", _writes_have_no_names
    ),
    "heartbeat": Guard("a lease is renewed while its job runs", _hearts_do_not_beat, _WORKERS),
    "outages for free": Guard(
        "a dependency that is down costs no attempt", _outages_cost_attempts, ("ingest", *_WORKERS)
    ),
    "checksums": Guard(
        "a file is compared with its SHA-256 when it is read", _files_are_not_compared
    ),
    "missing for good": Guard(
        "a file that is not there fails its document", _what_is_missing_may_come, _WORKERS
    ),
    "paced transfers": Guard(
        "a blob store has to keep up a pace", _transfers_take_their_time, ("ingest", *_WORKERS)
    ),
}
