"""A message that RabbitMQ itself gives up goes to the quarantine, by the policies we ship."""

import asyncio
import json
import re
from pathlib import Path

import pytest
import yaml

from shared.broker.port import Incoming, Message
from shared.broker.topology import QUARANTINE_QUEUE, QUEUES, job_queue
from shared.models.ids import new_id
from shared.models.work import Lane, StageName
from tests.contracts.conftest import OpenBroker
from tests.servers.rabbitmq import RabbitMQ

pytestmark = pytest.mark.services

POLICIES = Path("deploy/k8s/components/rabbitmq-operator/policies.yaml")
QUEUE = job_queue(StageName.NOTIFY, Lane.LOW)
_NEWER = frozenset({"consumer-timeout"})
"""Parts of the policies that RabbitMQ knows from 3.12 on."""


def policies() -> list[dict[str, object]]:
    root = Path(__file__).parents[2]
    return [it["spec"] for it in yaml.safe_load_all((root / POLICIES).read_text())]


def test_every_queue_that_somebody_reads_has_a_place_for_what_is_given_up() -> None:
    for queue in QUEUES:
        if queue.name == QUARANTINE_QUEUE:
            continue
        (own,) = [it for it in policies() if re.match(str(it["pattern"]), queue.name)]
        definition = own["definition"]
        assert isinstance(definition, dict)
        assert definition["dead-letter-exchange"] == ""
        assert definition["dead-letter-routing-key"] == QUARANTINE_QUEUE
        # At least once needs this overflow; with any other RabbitMQ falls back to at most once.
        assert definition["dead-letter-strategy"] == "at-least-once"
        assert definition["overflow"] == "reject-publish"


async def test_a_message_that_comes_back_too_often_is_kept_there(
    open_rabbit: OpenBroker, rabbitmq_node: RabbitMQ
) -> None:
    broker = await open_rabbit()
    (shipped,) = [it for it in policies() if "notify" in str(it["pattern"])]
    given = shipped["definition"]
    assert isinstance(given, dict)
    definition = {it: given[it] for it in given if it not in _NEWER} | {"delivery-limit": 2}
    words = ["set_policy", "dead", f"^{QUEUE}$", json.dumps(definition), "--apply-to", "queues"]
    await asyncio.to_thread(rabbitmq_node.control, *words)
    kept: asyncio.Queue[Message] = asyncio.Queue()

    async def refuse(incoming: Incoming) -> None:
        await incoming.give_back()

    async def keep(incoming: Incoming) -> None:
        await incoming.ack()
        kept.put_nowait(incoming.message)

    try:
        refusing = await broker.consume(QUEUE, refuse, 1)
        keeping = await broker.consume(QUARANTINE_QUEUE, keep, 1)
        await broker.send(QUEUE, Message(new_id(), b"nobody wants it", {"traceparent": "t"}))
        async with asyncio.timeout(60):
            found = await kept.get()
        assert (found.body, found.headers["traceparent"]) == (b"nobody wants it", "t")
        await refusing.cancel()
        await keeping.cancel()
    finally:
        await asyncio.to_thread(rabbitmq_node.control, "clear_policy", "dead")
