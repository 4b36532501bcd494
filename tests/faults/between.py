"""A proxy between services and what they stand on, for as long as a block lasts."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from tests.faults.launch import PLAIN, VARIABLES, Backend, Launch
from tests.faults.proxy import Proxy
from tests.faults.scene import Scene


@asynccontextmanager
async def between(
    scene: Scene,
    backend: Backend,
    *services: str,
    settings: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> AsyncIterator[Proxy]:
    """Start services anew with a proxy before ``backend``; at the end without it.

    ``options`` go into the URL. When the block ends, their jobs should have too.
    """
    world = scene.world
    urls = {"store": world.store_url, "blobs": world.blobs_url, "broker": world.broker_url}
    with Proxy(urls[backend] or "") as proxy:
        chosen = dict(settings or {})
        if options:
            sign = "&" if "?" in proxy.url else "?"
            chosen[VARIABLES[backend]] = f"{proxy.url}{sign}{urlencode(options)}"
        launch = Launch(settings=chosen, via={backend: proxy.port})
        await asyncio.gather(*(world.restart(it, launch) for it in services))
        try:
            yield proxy
        finally:
            proxy.heal()
            await asyncio.gather(*(world.stop(it) for it in services))
            await asyncio.gather(*(world.start(it, PLAIN) for it in services))
