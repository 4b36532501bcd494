"""Guards of disks, pipes, clocks and versions."""

import logging
import sys
from typing import Any

from aio_pika import Channel
from aio_pika.abc import AbstractQueue

from services.ingest import spool
from shared.broker.rabbitmq import declare
from shared.broker.topology import QueueSpec
from shared.models.time import utc_now
from shared.stages import orphans
from shared.store.mongo.store import MongoStore
from shared.store.sqlite.store import SqliteStore
from shared.telemetry import logs
from tests.faults.guards.registry import Guard


def _a_full_disk_is_a_surprise() -> None:
    """That there is no room for an upload is an error like any other."""
    spool._NO_ROOM = frozenset()


def _logs_are_waited_for() -> None:
    """A line is written before anything else happens, however long that takes."""
    logs._outlet = lambda: sys.stderr
    logging.raiseExceptions = False


def _everybody_has_his_own_time() -> None:
    """Leases, and what is due, go by the clock of whoever looks at it."""

    async def own_time(self: Any) -> Any:
        return utc_now()

    MongoStore.now = own_time  # type: ignore[method-assign]
    SqliteStore.now = own_time  # type: ignore[method-assign]


def _queues_must_be_as_we_make_them() -> None:
    """One that is there with other arguments is insisted on."""

    async def insist(channel: Channel, spec: QueueSpec, kind: str) -> AbstractQueue:
        return await channel.declare_queue(
            spec.name, durable=True, arguments={"x-queue-type": kind}
        )

    declare.declare_queue = insist
    from shared.broker.rabbitmq import broker  # noqa: PLC0415 - it has a name of its own for it

    broker.declare_queue = insist


def _orphans_stay() -> None:
    """Nobody compares files with records."""

    async def nothing(self: Any) -> None:
        return None

    orphans.Orphans.run = nothing  # type: ignore[method-assign]


GUARDS = {
    "room is looked after": Guard(
        "a full disk is an answer (507), not an accident", _a_full_disk_is_a_surprise, ("ingest",)
    ),
    "logs never wait": Guard("a log that nobody reads holds nobody up", _logs_are_waited_for),
    "the store's clock": Guard(
        "times are the store's, which never go back", _everybody_has_his_own_time
    ),
    "queues as they are": Guard(
        "a queue with other arguments is used", _queues_must_be_as_we_make_them
    ),
    "orphans are collected": Guard(
        "files without records are told of and removed", _orphans_stay, ("ingest",)
    ),
}
