"""Messages that nobody can read: set aside with their bytes, never retried, never dropped."""

import asyncio

import structlog

from shared.broker.port import Broker, Incoming, Message
from shared.broker.topology import QUARANTINE_QUEUE
from shared.errors import Transient
from shared.models.ids import new_id

TROUBLE_PAUSE = 2.0
"""Seconds to hold a message back before returning it, while the broker does not answer."""
FROM_QUEUE = "x-docstage-queue"
"""The header that says which queue it came from."""


async def set_aside(broker: Broker, incoming: Incoming, queue: str) -> None:
    """Put a copy into the quarantine, then acknowledge; give it back if that is not possible.

    What it was to wake is found by the sweeper, so nothing depends on it: it is kept for whoever
    wants to know how it came about.
    """
    structlog.get_logger("docstage.quarantine").error("message_quarantined", queue=queue)
    headers = {**incoming.message.headers, FROM_QUEUE: queue}
    copy = Message(new_id(), incoming.message.body, headers, incoming.message.content_type)
    try:
        await broker.send(QUARANTINE_QUEUE, copy)
    except Transient:
        await asyncio.sleep(TROUBLE_PAUSE)
        await incoming.give_back()
        return
    await incoming.ack()
