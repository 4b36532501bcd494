"""The console's stream of events, as a browser reads it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.api.console_client import Browser


class Stream:
    """The events that a browser is told."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event and its data; raises ``EOFError`` at the end."""
        name = ""
        async with asyncio.timeout(30):
            while line := (await self.answer.content.readline()).decode():
                field, _, value = line.strip().partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    return name, json.loads(value)
        raise EOFError

    async def told(self) -> tuple[str, str]:
        """The next document and what happened to it."""
        while True:
            name, data = await self.next()
            if name == "document":
                return data["document"], data["name"]


@asynccontextmanager
async def listening(browser: Browser) -> AsyncIterator[Stream]:
    async with browser.client.get("/console/live") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["X-Accel-Buffering"] == "no"
        stream = Stream(answer)
        assert (await stream.next())[0] == "again"  # from here on it is heard
        yield stream
