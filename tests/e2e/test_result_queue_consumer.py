"""Result queues on a real RabbitMQ, read as a new user would from the docs alone."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import aio_pika
import pytest
from aio_pika.exceptions import AMQPError

from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples.invoices import Invoice, invoice_pdf
from tests.servers.process import Unavailable
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.requirement import missing

pytestmark = pytest.mark.services

PAGE = Path(__file__).parents[2] / "docs" / "result-queues.md"
LONG = 120.0
QUEUES = "/api/v1/result-queues"
REFUSED = re.compile("refused", re.IGNORECASE)


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    try:
        node = RabbitMQ(tmp_path_factory.mktemp("rabbitmq"), management=True)
        node.start()
    except Unavailable as reason:
        missing(reason)
    yield node
    node.stop()


@pytest.fixture(scope="module")
def up(rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    settings = {
        "DOCSTAGE_BROKER_URL": rabbitmq.url,
        "DOCSTAGE_RABBITMQ_MANAGEMENT_URL": rabbitmq.management_url,
    }
    with Up(tmp_path_factory.mktemp("up") / "data", **settings) as up:
        yield up


@pytest.fixture
async def api(up: Up) -> AsyncIterator[Api]:
    async with Api(up.url, up.key) as api:
        yield api


class Consumer:
    """The program in the docs, as a process."""

    def __init__(self, folder: Path, access: dict[str, Any]) -> None:
        (program,) = re.findall(r"```python\n(.+?)```", PAGE.read_text(), re.DOTALL)
        code = [line for line in program.splitlines() if line]
        assert len(code) <= 20, "the docs speak of twenty lines"
        self._file = folder / "consumer.py"
        self._file.write_text(program)
        self._environment = {"RESULTS_URL": access["url"], "RESULTS_QUEUE": access["queue"]}

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(self._file), stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **self._environment}, limit=2**20,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await self._process.wait()

    async def number(self) -> str:
        """The invoice number in the next fields it prints."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), LONG)
        return str(json.loads(line)["invoice_number"]["value"])


async def ready(api: Api, number: str) -> str:
    """The id of an invoice with this number that has come all the way."""
    pdf = invoice_pdf(Invoice(number=number), with_xml=True)
    uploaded = await api.upload(pdf, f"{number}.pdf")
    document = await api.finished(uploaded["id"], LONG)
    assert document["state"] == "ready", document["review"]
    return str(document["id"])


async def sent(api: Api, queue: dict[str, Any], count: int) -> None:
    """Wait until so many messages were confirmed by RabbitMQ."""
    async with asyncio.timeout(LONG):
        while True:
            query = {"subscription": queue["id"], "state": "done"}
            found = await api.get("/api/v1/deliveries", **query)
            if len(found["deliveries"]) == count:
                return
            await asyncio.sleep(0.1)


async def waiting(url: str, queue: str) -> list[dict[str, Any]]:
    """All that waits in a queue; it stays there."""
    async with await aio_pika.connect(url) as connection:
        source = await (await connection.channel()).get_queue(queue, ensure=False)
        found = []
        while (message := await source.get(fail=False)) is not None:
            found.append(json.loads(message.body))
        return found


async def test_the_consumer_of_the_docs_misses_nothing(api: Api, tmp_path: Path) -> None:
    queue = await api.post(QUEUES, {"name": "erp", "events": ["document.ready"]})
    assert queue["mode"] == "push"
    assert queue["amqp"]["commands"] == []
    async with Consumer(tmp_path, queue["amqp"]) as consumer:
        await ready(api, "R-1")
        assert await consumer.number() == "R-1"
    for number in ("R-2", "R-3"):
        await ready(api, number)
    await sent(api, queue, 3)
    async with Consumer(tmp_path, queue["amqp"]) as consumer:
        seen: set[str] = set()
        while not seen >= {"R-2", "R-3"}:
            seen.add(await consumer.number())
        # At least once: the first consumer was ended right after it printed R-1, and its
        # acknowledgement may not have got through.
        assert seen <= {"R-1", "R-2", "R-3"}
        await api.post(f"{QUEUES}/erp/replay", {"from": queue["created"]}, status=200)
        again = [await consumer.number() for _ in range(3)]
        assert again == ["R-1", "R-2", "R-3"], "in the order of the events"


async def test_credentials_are_good_for_one_queue(api: Api, rabbitmq: RabbitMQ) -> None:
    async with await api.new_tenant("other") as other:
        ours = (await api.post(QUEUES, {"name": "same"}))["amqp"]
        theirs = (await other.post(QUEUES, {"name": "same"}))["amqp"]
        assert ours["queue"] != theirs["queue"]
        for path in ("", "/replay", "/rotate", "/messages"):
            method = "POST" if path in {"/replay", "/rotate"} else "GET"
            async with other.session.request(
                method, f"{QUEUES}/{await _id_of(api, 'same')}{path}", json={"from": "2026-01-01"}
            ) as answer:
                assert answer.status == 404
        document = await ready(api, "S-1")
        await sent(api, {"id": await _id_of(api, "same")}, 5)
        assert await waiting(theirs["url"], theirs["queue"]) == []
        messages = await waiting(ours["url"], ours["queue"])
        assert {it["subject"] for it in messages} == {document}
        assert sorted(it["data"]["sequence"] for it in messages) == [1, 2, 3, 4, 5]

        for url, queue in ((theirs["url"], ours["queue"]), (ours["url"], "docstage.ocr.normal")):
            with pytest.raises(AMQPError, match=REFUSED):
                await waiting(url, queue)
        async with await aio_pika.connect(ours["url"]) as connection:
            with pytest.raises(AMQPError, match=REFUSED):
                await (await connection.channel()).declare_queue("mine")
            channel = await connection.channel()
            publish = channel.default_exchange.publish
            with pytest.raises(AMQPError, match=REFUSED):
                await publish(aio_pika.Message(b"x"), ours["queue"])

        renewed = await api.post(f"{QUEUES}/same/rotate", None, status=200)
        with pytest.raises(AMQPError):
            await waiting(ours["url"], ours["queue"])
        assert len(await waiting(renewed["url"], renewed["queue"])) == 5
        async with api.session.delete(f"{QUEUES}/same") as answer:
            assert answer.status == 204
        with pytest.raises(AMQPError):
            await waiting(renewed["url"], renewed["queue"])
        with pytest.raises(AMQPError):
            await waiting(rabbitmq.url, ours["queue"])


async def test_a_pull_queue_is_there_beside_rabbitmq(api: Api) -> None:
    await api.post(QUEUES, {"name": "pulled", "mode": "pull", "events": ["document.ready"]})
    document = await ready(api, "P-1")
    found = await api.get(f"{QUEUES}/pulled/messages", wait="20")
    assert [it["subject"] for it in found["messages"]] == [document]
    async with api.session.get(f"{QUEUES}/erp/messages") as answer:
        assert answer.status in {404, 409}, "that one is RabbitMQ's"


async def _id_of(api: Api, name: str) -> str:
    return str((await api.get(f"{QUEUES}/{name}"))["id"])
