"""A service's memory that nobody needs any more, given back while it runs."""

import asyncio
import gc

from shared.allocator import give_back

EVERY_SECONDS = 60.0


async def keep_giving_back() -> None:
    """Give back now and once a minute, beside the event loop.

    First what only circles hold: of each document something was in use when the collector looked
    at the young, and at the old it would look when there are some hundred thousand more.
    """
    while True:
        gc.collect()
        await asyncio.to_thread(give_back)
        await asyncio.sleep(EVERY_SECONDS)
