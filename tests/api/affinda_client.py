"""The official Python client of Affinda against a gateway, and stages that are played meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from affinda import AffindaAPI, TokenCredential

from shared.models.document import DocumentState
from shared.models.resthook import Resthook
from shared.store.collections import DOCUMENTS, RESTHOOKS
from shared.store.port import Query
from tests.api.harness import Caller, Gateway

Call = Callable[..., Awaitable[Any]]

FOUND = {"company": "Grove Street Deli", "total": "12.50", "date": "2026-01-31"}
"""What the played stages find, unless a test says otherwise: fields of a receipt."""


class Client:
    """The client for somebody; its calls block, so each is made in a thread."""

    def __init__(self, gateway: Gateway, caller: Caller) -> None:
        self.caller = caller
        self.gateway = gateway
        self.api = AffindaAPI(TokenCredential(token=caller.key), base_url=gateway.url)
        self.raw = gateway.client(caller.key)

    async def call(self, name: str, /, *args: Any, **named: Any) -> Any:
        """What a method of the client returns; it raises what that raises."""
        method: Callable[..., Any] = getattr(self.api, name)
        return await asyncio.to_thread(method, *args, **named)

    async def done(self, name: str, /, *args: Any, **named: Any) -> Any:
        """The same while stages are played, for calls that wait for documents."""
        async with played(self.gateway, self.caller):
            return await self.call(name, *args, **named)

    async def json(self, method: str, path: str, status: int = 200, **request: Any) -> Any:
        """The JSON of an answer to a call without the client; it must have this status."""
        async with self.raw.request(method, path, **request) as answer:
            text = await answer.text()
            assert answer.status == status, f"{method} {path}: {answer.status} {text}"
            if not text:
                return None
            assert answer.content_type == "application/json", text
            return await answer.json()

    async def refused(self, method: str, path: str, status: int, **request: Any) -> tuple[str, str]:
        """The type and the code of an error, the shape of which is looked at."""
        body = await self.json(method, path, status, **request)
        assert set(body) == {"type", "errors"}, body
        (fault,) = body["errors"]
        assert set(fault) == {"attr", "code", "detail"}, body
        assert fault["detail"], body
        return body["type"], fault["code"]


@asynccontextmanager
async def played(
    gateway: Gateway, caller: Caller, found: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """Whatever comes in meanwhile is read and extracted by nobody but us."""
    task = asyncio.create_task(_play(gateway, caller, found or FOUND))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _play(gateway: Gateway, caller: Caller, found: Mapping[str, str]) -> None:
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    waiting = Query({"state": DocumentState.RECEIVED.value})
    while True:
        for document in await documents.page(waiting, None, 10):
            if document.parts:
                await gateway.finish(caller, document.id, **found)
        await asyncio.sleep(0.01)


def multipart(**fields: Any) -> aiohttp.MultipartWriter:
    """A form as this dialect takes it; bytes are a file without a name, lists repeat a part."""
    form = aiohttp.MultipartWriter("form-data")
    for name, value in fields.items():
        for it in value if isinstance(value, list) else [value]:
            form.append(it).set_content_disposition("form-data", name=name)
    return form


def api_of(gateway: Gateway, caller: Caller) -> AffindaAPI:
    return AffindaAPI(credential=TokenCredential(token=caller.key), base_url=gateway.url)


def calls(api: AffindaAPI, name: str) -> Call:
    """The client blocks: its calls are made in a thread."""
    return lambda *words, **more: asyncio.to_thread(getattr(api, name), *words, **more)


async def hooks_of(gateway: Gateway, caller: Caller) -> list[Resthook]:
    """The subscriptions that are on record."""
    return await gateway.store.of(caller.tenant, RESTHOOKS).page(Query(), None, 100)
