"""What every broker does with events: see shared/broker/port.py."""

import gc
import weakref

import pytest

from shared.broker.topology import EVENTS_QUEUE
from shared.errors import Transient
from tests.contracts.broker_inbox import Inbox, depth_is, message
from tests.contracts.conftest import OpenBroker


async def test_an_event_that_nobody_is_bound_to_is_an_error(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    with pytest.raises(Transient):
        await broker.announce("nobody.cares", message())
    await broker.listen(["nobody.#"], inbox.take)
    await broker.announce("nobody.cares", message("one does"))
    assert await inbox.next_texts(1) == ["one does"]


@pytest.mark.parametrize(
    ("pattern", "topic", "heard"),
    [
        ("document.received", "document.received", True),
        ("document.received", "document.ready", False),
        ("document.*", "document.ready", True),
        ("document.*", "document.acme.ready", False),
        ("document.#", "document.acme.d1.ready", True),
        ("document.#", "document", True),
        ("document.*.ready", "document.acme.ready", True),
        ("document.*.ready", "document.acme.failed", False),
        ("document.#.ready", "document.ready", True),
        ("document.#.ready", "document.acme.d1.ready", True),
        ("#.ready", "document.acme.ready", True),
        ("*.#", "document", True),
        ("#", "document.ready", True),
    ],
)
async def test_topics(open_broker: OpenBroker, pattern: str, topic: str, *, heard: bool) -> None:
    broker, inbox, all_of_them = await open_broker(), Inbox(), Inbox()
    await broker.listen(["document.#"], all_of_them.take)
    await broker.listen([pattern], inbox.take)
    await broker.announce(topic, message(topic))
    assert await all_of_them.next_texts(1) == [topic]
    if heard:
        assert await inbox.next_texts(1) == [topic]
    else:
        assert await inbox.nothing_comes()


async def test_an_event_reaches_the_bound_queue_once_and_every_listener(
    open_broker: OpenBroker,
) -> None:
    broker, other = await open_broker(), await open_broker()
    events, here, there = Inbox(), Inbox(), Inbox()
    await broker.consume(EVENTS_QUEUE, events.take, 5)
    await broker.listen(["document.acme.#"], here.take)
    await other.listen(["document.#"], there.take)
    await broker.announce("document.acme.ready", message("acme"))
    await broker.announce("document.other.ready", message("other"))
    assert sorted(await events.next_texts(2)) == ["acme", "other"]
    assert sorted(await there.next_texts(2)) == ["acme", "other"]
    assert await here.next_texts(1) == ["acme"]
    for inbox in (events, here, there):
        assert await inbox.nothing_comes()


async def test_an_event_waits_in_the_bound_queue(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    await broker.announce("document.ready", message("early"))
    assert await depth_is(broker, EVENTS_QUEUE, 1)
    await broker.consume(EVENTS_QUEUE, inbox.take, 1)
    assert await inbox.next_texts(1) == ["early"]


async def test_a_listener_hears_only_from_now_on(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    await broker.announce("document.ready", message("before"))
    listener = await broker.listen(["document.#"], inbox.hold)
    await broker.announce("document.ready", message("after"))
    assert await inbox.next_texts(1) == ["after"]
    assert listener.alive
    await listener.cancel()
    assert not listener.alive
    await broker.announce("document.ready", message("too late"))
    assert await inbox.nothing_comes()


async def test_a_listener_that_never_acknowledges_still_hears(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    await broker.listen(["document.#"], inbox.hold)
    for number in range(300):
        await broker.announce("document.ready", message(str(number)))
    assert await inbox.next_texts(300) == [str(number) for number in range(300)]


async def test_a_listener_that_was_cancelled_is_forgotten(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    gone = weakref.ref(inbox)
    listener = await broker.listen(["document.#"], inbox.take)
    await listener.cancel()
    del listener, inbox
    for _ in range(5):
        following = await broker.listen(["document.#"], Inbox().take)
        await following.cancel()
    gc.collect()
    assert gone() is None
