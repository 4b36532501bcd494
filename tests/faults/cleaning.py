"""Making a world usable again after a scenario has left it broken."""

import asyncio
from contextlib import suppress
from typing import Any

import aio_pika
import pymongo
from aio_pika.exceptions import ChannelNotFoundEntity

from shared.broker.topology import QUEUES
from shared.store.collections import DEAD_LETTERS, DELIVERIES, DOCUMENTS, EXTRACTIONS
from tests.faults.world import World


async def clean(world: World) -> None:
    """Take away all documents and messages; who works on one finds it gone."""
    if world.broker_url is None:
        await world.begin_anew()
        return
    await asyncio.to_thread(_forget_records, world.store_url)
    await _empty_queues(world.broker_url)
    for folder in world.spools():
        for path in folder.glob("*.part"):
            path.unlink(missing_ok=True)


def _forget_records(url: str) -> None:
    with pymongo.MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=10_000) as client:
        database = client.get_default_database("docstage")
        for collection in (DOCUMENTS, EXTRACTIONS, DELIVERIES, DEAD_LETTERS):
            database[collection.name].delete_many({})


async def _empty_queues(url: str) -> None:
    async with await aio_pika.connect(url) as connection:
        for spec in QUEUES:
            with suppress(ChannelNotFoundEntity):
                async with connection.channel() as channel:
                    queue = await channel.declare_queue(spec.name, passive=True)
                    await queue.purge()
