"""A server that speaks OpenAI's chat protocol and says what a test tells it to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

PROMPT_TOKENS, COMPLETION_TOKENS = 300, 40
KEY = "sk-a-key-that-nobody-else-may-see"
Question = dict[str, Any]
Say = Callable[[Question, web.Request], Awaitable[web.StreamResponse]]


@dataclass
class ChatServer:
    """Answers questions as ``script`` says, one after the other, its last line for ever."""

    script: list[Say] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    port: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def will(self, *script: Say) -> None:
        """What to say next; what was asked before is forgotten."""
        self.script = list(script)
        self.questions.clear()
        self.keys.clear()
        self.paths.clear()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path)
        self.keys.append(request.headers.get("Authorization", ""))
        if request.path == "/v1/models":
            return web.json_response({"object": "list", "data": [{"id": "reader-1"}]})
        if request.path != "/v1/chat/completions":
            return web.Response(status=404)
        question = await request.json()
        self.questions.append(question)
        say = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return await say(question, request)

    def hang(self) -> Say:
        """Say nothing, for as long as the server runs."""

        async def say(_: Question, __: web.Request) -> web.StreamResponse:
            await self.stopping.wait()
            return web.Response(status=503)

        return say


def words_of(question: Question) -> str:
    """All text of a question."""
    texts: list[str] = []
    for message in question["messages"]:
        content = message["content"]
        parts = [{"text": content}] if isinstance(content, str) else content
        texts += [part.get("text", "") for part in parts]
    return "\n".join(texts)


def pictures_of(question: Question) -> list[str]:
    """The addresses of all pictures of a question."""
    return [
        part["image_url"]["url"]
        for message in question["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


def write(content: str, finish: str = "stop") -> Say:
    """Write just this."""

    async def say(_: Question, __: web.Request) -> web.StreamResponse:
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        usage = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": COMPLETION_TOKENS}
        return web.json_response({"object": "chat.completion", "choices": [choice], "usage": usage})

    return say


def state(**values: object) -> Say:
    """Answer with these values."""
    return write(json.dumps(values))


def refuse(status: int, text: str = "", **headers: str) -> Say:
    """Answer with an HTTP status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def say(_: Question, __: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": text}}, status=status, headers=named)

    return say


def pour(pieces: int) -> Say:
    """Send so many times 64 KiB, and never come to an end of the answer."""

    async def say(_: Question, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(pieces):
                await response.write(b" " * 65536)
        return response

    return say


@contextlib.asynccontextmanager
async def chat_server() -> AsyncIterator[ChatServer]:
    """A server on a free port of loopback."""
    server = ChatServer()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        server.stopping.set()
        await runner.cleanup()
