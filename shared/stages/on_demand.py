"""What a service makes when it is first asked for, while one waits."""

import asyncio

from shared.blobs.port import BlobInfo, Blobs
from shared.broker.port import Broker, Message
from shared.errors import Code, Transient
from shared.models.ids import new_id
from shared.models.messages import RequestMessage
from shared.telemetry.tracing import trace_headers

PATIENCE = 10.0
"""Seconds that one waits."""

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.02, 0.5, 1.5


class OnDemand:
    """Asks by a message, and waits until the blob is there."""

    def __init__(self, blobs: Blobs, broker: Broker, patience: float) -> None:
        self._blobs = blobs
        self._broker = broker
        self._patience = patience

    async def made(self, key: str, queue: str, asked: RequestMessage, pending: Code) -> BlobInfo:
        """The blob of that key, once it is made.

        Raises ``Transient``: ``pending`` when it is not made in time, ``DEPENDENCY_DOWN``.
        """
        message = Message(new_id(), asked.model_dump_json().encode(), trace_headers())
        await self._broker.send(queue, message)
        pause = _FIRST_PAUSE
        try:
            async with asyncio.timeout(self._patience):
                while (info := await self._blobs.info(key)) is None:
                    await asyncio.sleep(pause)
                    pause = min(_GROWTH * pause, _LONGEST_PAUSE)
        except TimeoutError:
            raise Transient(pending) from None
        return info
