"""What a scenario says to RabbitMQ by itself, and asks it."""

import asyncio

import aio_pika
from aio_pika.abc import AbstractExchange

from shared.broker.topology import EVENTS_EXCHANGE, job_queue
from shared.models.document import Document
from shared.models.ids import new_id
from shared.models.messages import EventMessage, JobMessage
from shared.models.work import Lane, StageName
from tests.faults.scene import Scene
from tests.servers.rabbitmq import RabbitMQ


async def connections(rabbitmq: RabbitMQ, name: str) -> list[str]:
    """The connections of that name, by where they come from."""
    told = await asyncio.to_thread(
        rabbitmq.control, "-q", "list_connections", "peer_port", "client_properties"
    )
    return sorted(line.split("\t")[0] for line in told.splitlines() if name in line)


async def in_hands(rabbitmq: RabbitMQ, queue: str) -> int:
    """How many of a queue's messages were handed out and not acknowledged."""
    told = await asyncio.to_thread(
        rabbitmq.control, "-q", "list_queues", "name", "messages_unacknowledged"
    )
    return int(next(it.split("\t")[1] for it in told.splitlines() if it.startswith(queue)))


async def told_before_its_time(scene: Scene, identities: list[str]) -> None:
    """Ask for the extraction of documents that are not read yet."""
    await _publish_jobs(scene, [(StageName.EXTRACT, it, 1) for it in identities])


async def told_of_old(scene: Scene, identity: str) -> None:
    """Ask again for what belongs to the first revision of a document."""
    await _publish_jobs(scene, [(it, identity, 1) for it in (StageName.OCR, StageName.EXTRACT)])


async def told_again(scene: Scene) -> None:
    """Announce all events of all documents again, the last first."""
    documents = (await scene.look()).documents
    async with await aio_pika.connect(scene.world.broker_url or "") as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(EVENTS_EXCHANGE)
        for document in documents:
            for event in reversed(document.events):
                told = _told(document, event.id, event.sequence)
                await _publish(exchange, event.name.value, told.model_dump_json())


def _told(document: Document, event: str, sequence: int) -> EventMessage:
    name = next(it.name for it in document.events if it.id == event)
    return EventMessage(
        id=event, name=name, organization=document.organization, workspace=document.workspace,
        document=document.id, sequence=sequence,
    )  # fmt: skip


async def _publish_jobs(scene: Scene, jobs: list[tuple[StageName, str, int]]) -> None:
    async with await aio_pika.connect(scene.world.broker_url or "") as connection:
        channel = await connection.channel()
        for stage, document, revision in jobs:
            job = JobMessage(
                id=new_id(), stage=stage, lane=Lane.NORMAL, organization=scene.organization,
                document=document, revision=revision,
            )  # fmt: skip
            queue = job_queue(stage, Lane.NORMAL)
            await _publish(channel.default_exchange, queue, job.model_dump_json())


async def _publish(exchange: AbstractExchange, key: str, body: str) -> None:
    message = aio_pika.Message(body.encode(), message_id=new_id(), content_type="application/json")
    await exchange.publish(message, key)
