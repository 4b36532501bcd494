"""The bare pipeline: upload, fsync, SQLite (FULL), 202, words in a warm child, three commits.

Writes that wait together are committed together. There are no tenants, keys, leases, retries,
fencing, extraction or notifications: the floor that Docstage's idle latency and throughput are
compared with.

    python -m benchmarks.reference.pipeline PORT FOLDER [--amqp URL] [--children N]

With an AMQP URL the stages are woken through three durable queues. With ``--children`` so many
of them read and extract with Docstage's own code, where one child only fetches words otherwise.
"""

import argparse
import asyncio
import hashlib
import multiprocessing
import os
import queue
import sqlite3
import threading
import uuid
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import aio_pika
from aiohttp import web

from benchmarks.reference.work import durable, everything, prepare, words

STAGES = ("ocr", "extract", "notify")
AT_A_TIME = 16  # of each stage; the words are read one after the other all the same
Write = tuple[str, str, asyncio.AbstractEventLoop, asyncio.Future[None]]


class Pipeline:
    """The state, the queues and the handlers."""

    def __init__(self, folder: Path, amqp: str | None, children: int) -> None:
        self.folder = folder
        self.amqp = amqp
        self.state: dict[str, str] = {}
        self.done: dict[str, asyncio.Future[None]] = {}
        context = multiprocessing.get_context("spawn")
        self.work = everything if children else words
        self.pool = ProcessPoolExecutor(
            children or 1, mp_context=context, initializer=prepare if children else None
        )
        self.writes: queue.SimpleQueue[Write] = queue.SimpleQueue()
        self.queues = {stage: asyncio.Queue[str]() for stage in STAGES}

    async def start(self, _: web.Application) -> None:
        """Connect, and begin to consume."""
        threading.Thread(target=self.keep_writing, daemon=True).start()
        if self.amqp:
            connection = await aio_pika.connect_robust(self.amqp)
            self.channel = await connection.channel()
            for stage in STAGES:
                queue = await self.channel.declare_queue(self._queue(stage), durable=True)
                await queue.consume(self._consumer(stage))
        else:
            stages = [stage for stage in STAGES for _ in range(AT_A_TIME)]
            self.tasks = [asyncio.create_task(self._loop(stage)) for stage in stages]

    async def send(self, stage: str, key: str) -> None:
        """Wake a stage for a document."""
        if self.amqp:
            message = aio_pika.Message(key.encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await self.channel.default_exchange.publish(message, self._queue(stage))
        else:
            self.queues[stage].put_nowait(key)

    def _queue(self, stage: str) -> str:
        return f"bare.{os.getpid()}.{stage}"

    def _consumer(self, stage: str):  # noqa: ANN202
        async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            await self.handle(stage, message.body.decode())
            await message.ack()

        return take

    async def _loop(self, stage: str) -> None:
        while True:
            await self.handle(stage, await self.queues[stage].get())

    async def handle(self, stage: str, key: str) -> None:
        """A stage: claim, work, commit, wake the next."""
        await self.write(key, f"{stage}-claimed")
        if stage == "ocr":
            source, out = str(self.folder / f"{key}.pdf"), str(self.folder / f"{key}.json")
            await asyncio.get_running_loop().run_in_executor(self.pool, self.work, source, out)
        following = STAGES[STAGES.index(stage) + 1 :]
        await self.write(key, f"{following[0]}-waiting" if following else "ready")
        if following:
            await self.send(following[0], key)

    async def write(self, key: str, state: str) -> None:
        """Commit a state."""
        loop = asyncio.get_running_loop()
        committed = loop.create_future()
        self.writes.put((key, state, loop, committed))
        await committed
        self.state[key] = state
        if state == "ready" and key in self.done:
            self.done.pop(key).set_result(None)

    def keep_writing(self) -> None:
        """Commit what waits at the same time together: one fsync for all of it."""
        db = sqlite3.connect(self.folder / "bare.db")
        db.executescript(
            "pragma journal_mode=wal; pragma synchronous=full;"
            "create table if not exists d (id text primary key, state text)"
        )
        while True:
            group = [self.writes.get()]
            while not self.writes.empty():
                group.append(self.writes.get())
            with db:
                rows = [(key, state) for key, state, *_ in group]
                db.executemany("insert or replace into d values (?, ?)", rows)
            for *_, loop, committed in group:
                loop.call_soon_threadsafe(committed.set_result, None)

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file; 202 when file and state are durable, 200 at the end if asked to wait."""
        reader = await request.multipart()
        part = await reader.next()
        waits = part.name == "wait"  # type: ignore[union-attr]
        if waits:
            await part.read()  # type: ignore[union-attr]
            part = await reader.next()
        key, digest = uuid.uuid4().hex, hashlib.sha256()
        content = bytearray()
        while chunk := await part.read_chunk(262144):  # type: ignore[union-attr]
            digest.update(chunk)
            content += chunk
        await asyncio.to_thread(durable, self.folder / f"{key}.pdf", bytes(content))
        await self.write(key, "received")
        if waits:
            self.done[key] = done = asyncio.get_running_loop().create_future()
        await self.send("ocr", key)
        if waits:
            await done
        answer = {"documents": [{"id": key, "state": self.state[key]}]}
        return web.json_response(answer, status=200 if waits else 202)

    async def show(self, request: web.Request) -> web.Response:
        """Where a document stands."""
        return web.json_response({"state": self.state[request.match_info["id"]]})


def main() -> None:
    """Serve until killed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("port", type=int)
    options.add_argument("folder", type=Path)
    options.add_argument("--amqp")
    options.add_argument("--children", type=int, default=0)
    given = options.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    pipeline = Pipeline(given.folder, given.amqp, given.children)
    app = web.Application()
    app.on_startup.append(pipeline.start)
    app.router.add_post("/api/v1/documents", pipeline.upload)
    app.router.add_get("/api/v1/documents/{id}", pipeline.show)
    app.router.add_get("/readyz", lambda _: web.Response())
    web.run_app(app, host="127.0.0.1", port=given.port, print=None)


if __name__ == "__main__":
    main()
