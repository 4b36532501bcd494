"""What both adapters do with a handler: one that fails never loses its message."""

import asyncio

import structlog

from shared.broker.port import Handler, Incoming

_RETURN_PAUSE_SECONDS = 0.5

log = structlog.get_logger(__name__)


async def handle(handler: Handler, incoming: Incoming) -> None:
    """Run a handler on a message, and give the message back if the handler raises.

    The pause before keeps a handler that always fails from spinning; it holds the
    message's place in the prefetch meanwhile.
    """
    try:
        await handler(incoming)
    except asyncio.CancelledError:
        await incoming.give_back()
        raise
    except Exception:
        log.exception("broker.handler_failed", message_id=incoming.message.id)
        await asyncio.sleep(_RETURN_PAUSE_SECONDS)
        await incoming.give_back()
