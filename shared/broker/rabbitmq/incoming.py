"""A message from RabbitMQ in a handler's hands."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiormq.abc import DeliveredMessage

from shared.broker.port import JSON, Message
from shared.broker.rabbitmq.link import STEP_SECONDS, own_cancellation_only

log = structlog.get_logger(__name__)


class RabbitIncoming:
    """One delivery; ``on_settled`` hears once that it was acknowledged or given back.

    ``acknowledged`` deliveries were acknowledged by being sent (listeners).
    """

    __slots__ = ("_message", "_on_settled", "_raw", "_settled")

    def __init__(
        self,
        raw: DeliveredMessage,
        on_settled: Callable[["RabbitIncoming"], None],
        *,
        acknowledged: bool,
    ) -> None:
        self._raw = raw
        self._message = _from_wire(raw)
        self._on_settled = on_settled
        self._settled = acknowledged

    @property
    def message(self) -> Message:
        """The message."""
        return self._message

    @property
    def redelivered(self) -> bool:
        """Whether it was handed out before."""
        return bool(self._raw.redelivered)

    async def ack(self) -> None:
        """Done with; the broker delivers again what it never heard of."""
        await self._settle(lambda: self._raw.channel.basic_ack(self._tag, wait=False))

    async def give_back(self) -> None:
        """Return it to its queue."""
        await self._settle(lambda: self._raw.channel.basic_nack(self._tag, requeue=True))

    @property
    def _tag(self) -> int:
        return self._raw.delivery_tag or 0

    async def _settle(self, answer: Callable[[], Awaitable[None]]) -> None:
        if self._settled:
            return
        self._settled = True
        try:
            with own_cancellation_only():
                async with asyncio.timeout(STEP_SECONDS):
                    await answer()
        except Exception as error:  # noqa: BLE001 - the channel is gone: the broker has it back
            log.info("broker.answer_lost", message_id=self._message.id, reason=repr(error))
        finally:
            self._on_settled(self)


def _from_wire(raw: DeliveredMessage) -> Message:
    given = raw.header.properties
    headers = {key: value for key, value in (given.headers or {}).items() if isinstance(value, str)}
    identity = given.correlation_id or given.message_id or ""
    return Message(identity, raw.body, headers, given.content_type or JSON)
