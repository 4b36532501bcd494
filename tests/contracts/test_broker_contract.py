"""What every broker does: see shared/broker/port.py."""

import asyncio

import pytest

from shared.broker.port import Incoming
from shared.broker.topology import QUARANTINE_QUEUE
from shared.errors import Code, Transient
from tests.contracts.broker_inbox import EXTRACT, LONG, OCR, Inbox, depth_is, message
from tests.contracts.conftest import OpenBroker


async def test_a_message_comes_as_it_was_sent(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    await broker.consume(OCR, inbox.take, 1)
    sent = message('{"ü": "€"}', traceparent="00-ab-cd-01")
    await broker.send(OCR, sent)
    incoming = await inbox.next()
    assert incoming.message == sent
    assert not incoming.redelivered


async def test_a_message_waits_for_a_consumer_in_another_process(open_broker: OpenBroker) -> None:
    sender, receiver, inbox = await open_broker(), await open_broker(), Inbox()
    for text in ("1", "2", "3"):
        await sender.send(OCR, message(text))
    assert await depth_is(receiver, OCR, 3)
    await receiver.consume(OCR, inbox.take, 1)
    assert await inbox.next_texts(3) == ["1", "2", "3"]


async def test_an_unknown_queue_is_an_error(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    with pytest.raises(Transient) as caught:
        await broker.send("docstage.none", message())
    assert caught.value.code is Code.DEPENDENCY_DOWN
    with pytest.raises(ValueError, match="queue"):
        await broker.consume("docstage.none", inbox.take, 1)
    with pytest.raises(ValueError, match="queue"):
        await broker.depth("docstage.none")
    await broker.send(OCR, message())  # and nothing was broken by it
    assert await depth_is(broker, OCR, 1)


@pytest.mark.parametrize("prefetch", [0, -1])
async def test_a_prefetch_below_one_is_refused(open_broker: OpenBroker, prefetch: int) -> None:
    broker = await open_broker()
    with pytest.raises(ValueError, match="prefetch"):
        await broker.consume(OCR, Inbox().take, prefetch)


async def test_no_more_than_the_prefetch_is_in_hand(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    for number in range(5):
        await broker.send(OCR, message(str(number)))
    await broker.consume(OCR, inbox.hold, 2)
    first, second = await inbox.next(), await inbox.next()
    assert await inbox.nothing_comes()
    assert await depth_is(broker, OCR, 3)
    await second.ack()
    third = await inbox.next()
    assert await inbox.nothing_comes()
    texts = [incoming.message.body for incoming in (first, second, third)]
    assert texts == [b"0", b"1", b"2"]


async def test_handlers_run_side_by_side(open_broker: OpenBroker) -> None:
    broker = await open_broker()
    together, inbox = asyncio.Barrier(3), Inbox()

    async def meet(incoming: Incoming) -> None:
        await together.wait()
        await inbox.take(incoming)

    await broker.consume(OCR, meet, 3)
    for text in ("1", "2", "3"):
        await broker.send(OCR, message(text))
    assert sorted(await inbox.next_texts(3)) == ["1", "2", "3"]


async def test_what_was_acknowledged_never_comes_again(open_broker: OpenBroker) -> None:
    broker, inbox, later = await open_broker(), Inbox(), Inbox()
    await broker.send(OCR, message())
    await broker.consume(OCR, inbox.take, 1)
    await inbox.next()
    await broker.close()
    other = await open_broker()
    await other.consume(OCR, later.take, 1)
    assert await later.nothing_comes()


async def test_a_second_answer_is_ignored(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    await broker.consume(OCR, inbox.hold, 1)
    for text in ("acknowledged", "given back"):
        await broker.send(OCR, message(text))
    incoming = await inbox.next()
    await incoming.ack()
    await incoming.ack()
    await incoming.give_back()
    incoming = await inbox.next()
    await incoming.give_back()
    await incoming.give_back()
    await incoming.ack()
    again = await inbox.next()
    assert again.message.body == b"given back"
    await again.ack()
    assert await inbox.nothing_comes()
    assert await depth_is(broker, OCR, 0)


async def test_what_was_given_back_goes_to_another_consumer(open_broker: OpenBroker) -> None:
    first, second = await open_broker(), await open_broker()
    inbox, other = Inbox(), Inbox()
    consumer = await first.consume(OCR, inbox.hold, 1)
    sent = message("again")
    await first.send(OCR, sent)
    incoming = await inbox.next()
    assert not incoming.redelivered
    await consumer.cancel()
    await second.consume(OCR, other.take, 1)
    await incoming.give_back()
    again = await other.next()
    assert again.redelivered
    assert again.message == sent


async def test_a_failing_handler_loses_no_message(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    failures = 0

    async def fail_twice(incoming: Incoming) -> None:
        nonlocal failures
        if failures < 2:
            failures += 1
            raise RuntimeError("no good")
        await inbox.take(incoming)

    await broker.consume(OCR, fail_twice, 1)
    await broker.send(OCR, message("hard"))
    incoming = await inbox.next()
    assert incoming.message.body == b"hard"
    assert incoming.redelivered
    assert failures == 2


async def test_a_handler_that_failed_after_its_answer_repeats_nothing(
    open_broker: OpenBroker,
) -> None:
    broker, inbox = await open_broker(), Inbox()

    async def fail_late(incoming: Incoming) -> None:
        await inbox.take(incoming)
        raise RuntimeError("too late")

    await broker.consume(OCR, fail_late, 1)
    await broker.send(OCR, message("1"))
    await broker.send(OCR, message("2"))
    assert await inbox.next_texts(2) == ["1", "2"]
    await asyncio.sleep(1.0)  # longer than a failed message is held
    assert await inbox.nothing_comes()


async def test_a_cancelled_handler_gives_its_message_back(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()

    async def cancelled_first(incoming: Incoming) -> None:
        if not incoming.redelivered:
            raise asyncio.CancelledError
        await inbox.take(incoming)

    await broker.consume(OCR, cancelled_first, 1)
    await broker.send(OCR, message("1"))
    assert await inbox.next_texts(1) == ["1"]


async def test_after_cancel_no_more_comes_and_what_is_in_hand_can_be_answered(
    open_broker: OpenBroker,
) -> None:
    broker, inbox = await open_broker(), Inbox()
    consumer = await broker.consume(OCR, inbox.hold, 2)
    for text in ("done", "given back", "left"):
        await broker.send(OCR, message(text))
    done, returned = await inbox.next(), await inbox.next()
    assert consumer.alive
    await consumer.cancel()
    await consumer.cancel()
    assert not consumer.alive
    await done.ack()
    await returned.give_back()
    assert await inbox.nothing_comes()
    await broker.close()
    other, rest = await open_broker(), Inbox()
    await other.consume(OCR, rest.take, 5)
    assert sorted(await rest.next_texts(2)) == ["given back", "left"]
    assert await rest.nothing_comes()


async def test_what_is_unanswered_returns_when_its_consumer_closes(
    open_broker: OpenBroker,
) -> None:
    broker, other = await open_broker(), await open_broker()
    inbox, rest = Inbox(), Inbox()
    await broker.consume(OCR, inbox.hold, 3)
    for text in ("1", "2", "3"):
        await broker.send(OCR, message(text))
    held = [await inbox.next() for _ in range(3)]
    assert await depth_is(other, OCR, 0)
    await broker.close()
    for incoming in held:
        await incoming.ack()  # too late, and no error
    await other.consume(OCR, rest.take, 3)
    again = [await rest.next() for _ in range(3)]
    assert sorted(incoming.message.body for incoming in again) == [b"1", b"2", b"3"]
    assert all(incoming.redelivered for incoming in again)


async def test_closing_stops_the_handlers(open_broker: OpenBroker) -> None:
    broker = await open_broker()
    started, stopped = asyncio.Event(), asyncio.Event()

    async def endless(incoming: Incoming) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await broker.consume(OCR, endless, 1)
    await broker.send(OCR, message())
    async with asyncio.timeout(LONG):
        await started.wait()
    await broker.close()
    assert stopped.is_set()
    other = await open_broker()
    assert await depth_is(other, OCR, 1)


async def test_consumers_share_a_queue(open_broker: OpenBroker) -> None:
    one, two = await open_broker(), await open_broker()
    first, second = Inbox(), Inbox()
    await one.consume(OCR, first.hold, 1)
    await two.consume(OCR, second.hold, 1)
    for text in ("1", "2"):
        await one.send(OCR, message(text))
    assert sorted(await first.next_texts(1) + await second.next_texts(1)) == ["1", "2"]


async def test_queues_do_not_mix(open_broker: OpenBroker) -> None:
    broker, ocr, extract = await open_broker(), Inbox(), Inbox()
    await broker.consume(OCR, ocr.take, 5)
    await broker.consume(EXTRACT, extract.take, 5)
    await broker.send(EXTRACT, message("extract"))
    await broker.send(OCR, message("ocr"))
    assert await ocr.next_texts(1) == ["ocr"]
    assert await extract.next_texts(1) == ["extract"]
    assert await ocr.nothing_comes()
    assert await extract.nothing_comes()


async def test_depth_counts_what_waits_and_not_what_is_in_hand(open_broker: OpenBroker) -> None:
    broker, inbox = await open_broker(), Inbox()
    assert await broker.depth(QUARANTINE_QUEUE) == 0
    for number in range(7):
        await broker.send(OCR, message(str(number)))
    assert await depth_is(broker, OCR, 7)
    await broker.consume(OCR, inbox.hold, 2)
    await inbox.next()
    await inbox.next()
    assert await depth_is(broker, OCR, 5)


async def test_a_thousand_messages_of_two_organizations_and_none_is_lost(
    open_broker: OpenBroker,
) -> None:
    sender, one, two = await open_broker(), await open_broker(), await open_broker()
    sent = [message(f"{org}/{number}") for number in range(500) for org in ("acme", "other")]
    inbox = Inbox()

    async def sometimes_give_back(incoming: Incoming) -> None:
        if not incoming.redelivered and incoming.message.body.endswith(b"7"):
            await incoming.give_back()
        else:
            await inbox.take(incoming)

    await one.consume(OCR, sometimes_give_back, 4)
    await two.consume(OCR, sometimes_give_back, 16)
    for begin in range(0, len(sent), 50):
        await asyncio.gather(*(sender.send(OCR, one) for one in sent[begin : begin + 50]))
    received = [(await inbox.next()).message.id for _ in sent]
    assert sorted(received) == sorted(one.id for one in sent)
    assert await inbox.nothing_comes()
    assert await depth_is(sender, OCR, 0)


async def test_a_broker_that_is_not_open_refuses(open_broker: OpenBroker) -> None:
    broker = await open_broker()
    await broker.ping()
    await broker.close()
    await broker.close()
    with pytest.raises(Transient):
        await broker.ping()
    with pytest.raises(Transient):
        await broker.send(OCR, message())
    with pytest.raises(Transient):
        await broker.announce("document.ready", message())
    with pytest.raises(Transient):
        await broker.consume(OCR, Inbox().take, 1)
    with pytest.raises(Transient):
        await broker.listen(["document.#"], Inbox().take)
    with pytest.raises(Transient):
        await broker.depth(OCR)
