"""Evidence of one scene: what is left in stores, queues, spools and journals."""

import asyncio
from contextlib import suppress

import aio_pika
from aio_pika.exceptions import ChannelNotFoundEntity

from shared.broker.topology import QUEUES
from shared.models.dead_letter import LetterState, Subject
from tests.faults.dump import dump_store, hash_blobs
from tests.faults.evidence import Evidence
from tests.faults.journal import Journal
from tests.faults.listener import Listener
from tests.faults.world import World


async def gather(world: World, organization: str, journal: Journal, listener: Listener) -> Evidence:
    """All that concerns an organization, and what lies in queues and spools of anybody."""
    dump = await asyncio.to_thread(dump_store, world.store_url)
    documents = [it for it in dump.documents if it.organization == organization]
    keys = [it.blob for it in documents if it.blob]
    return Evidence(
        uploads=journal.uploads(),
        documents=documents,
        extractions=[it for it in dump.extractions if it.organization == organization],
        deliveries=[it for it in dump.deliveries if it.organization == organization],
        subscriptions=[it for it in dump.subscriptions if it.organization == organization],
        blobs=await asyncio.to_thread(hash_blobs, world.blobs_url, keys),
        receipts=listener.receipts(),
        queues=await _depths(world),
        dead=[
            it.document
            for it in dump.letters
            if it.organization == organization
            and it.subject is Subject.DOCUMENT
            and it.state is LetterState.OPEN
        ],
        spool=[path.name for folder in world.spools() for path in folder.glob("*.part")],
    )


async def _depths(world: World) -> dict[str, int]:
    """Messages that wait or are in somebody's hands are not counted apart by a declaration."""
    if world.broker_url is None:
        return {}
    depths: dict[str, int] = {}
    async with await aio_pika.connect(world.broker_url) as connection:
        for spec in QUEUES:
            # One that was deleted, and not made again yet, has nothing in it.
            with suppress(ChannelNotFoundEntity):
                async with connection.channel() as channel:
                    queue = await channel.declare_queue(spec.name, passive=True)
                depths[spec.name] = queue.declaration_result.message_count or 0
    return depths
