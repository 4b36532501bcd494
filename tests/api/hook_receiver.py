"""A receiver of REST hooks as Affinda's sample has it: it activates what it is asked about."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.api.harness import serving

Activate = Callable[[str], Awaitable[Any]]


@dataclass
class Receiver:
    """Notes the secrets and messages that it is sent; answers ``status`` to messages."""

    activate: Activate | None = None
    status: int = 200
    url: str = ""
    secrets: list[str] = field(default_factory=list)
    activated: list[Any] = field(default_factory=list)
    messages: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        secret = request.headers.get("X-Hook-Secret")
        if secret is None:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.messages.append((headers, body))
            return web.Response(status=self.status)
        self.secrets.append(secret)
        if self.activate is not None:
            self.activated.append(await self.activate(secret))
        return web.Response()

    async def until(self, *, secrets: int = 0, activated: int = 0, messages: int = 0) -> None:
        async with asyncio.timeout(30):
            while (
                len(self.secrets) < secrets
                or len(self.activated) < activated
                or len(self.messages) < messages
            ):
                await asyncio.sleep(0.02)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.messages]


def is_signed(headers: dict[str, str], body: bytes, key: str) -> bool:
    """As the documentation tells receivers to check."""
    timestamp, signature = headers["x-hook-signature"].split(".")
    expected = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return signature == expected and json.loads(body)["timestamp"] == int(timestamp)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/{any:.*}", receiver.take)
    async with serving(app) as url:
        receiver.url = f"{url}/hook"
        yield receiver
