"""Guards of what is told: result queues, calls, mail."""

from typing import Any

from services.ingest import pulling as pull_queues
from services.notify import callbacks
from services.notify.mail import compose as letters
from services.notify.mail import sender
from services.notify.resthooks import ResthookSender
from shared.broker import topology
from shared.broker.port import Message
from shared.broker.rabbitmq import declare, publisher
from shared.errors import Transient
from shared.http.result_messages import ResultMessages
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.ids import new_id
from shared.stages import pulling
from tests.faults.guards.registry import Guard

_BOTH = ("ingest", "notify")


def _a_publish_is_not_waited_for() -> None:
    """Whether the broker has taken a result makes no difference."""
    send = publisher.Publisher.send_result

    async def hope(self: Any, spec: Any, message: Message) -> None:
        try:
            await send(self, spec, message)
        except Transient:
            return

    publisher.Publisher.send_result = hope  # type: ignore[method-assign]


def _a_missing_queue_is_not_missed() -> None:
    """Results are published wherever there is no queue for them any more."""

    async def blindly(self: Any, spec: Any, message: Message) -> None:
        wire = await self._ready()
        await wire.basic_publish(
            message.body,
            routing_key=spec.name,
            properties=self._properties(message),
            mandatory=False,
            wait=False,
        )

    publisher.Publisher._send_result = blindly  # type: ignore[method-assign]


def _queues_have_no_end() -> None:
    """A result queue keeps whatever is put into it."""
    limited = declare.declare_result_queue

    async def endless(channel: Any, spec: topology.ResultQueueSpec) -> None:
        await limited(channel, topology.ResultQueueSpec(spec.name, 1_000_000, spec.max_age))

    publisher.declare_result_queue = endless
    from shared.broker.rabbitmq import broker  # noqa: PLC0415 - its name of the same function

    broker.declare_result_queue = endless


def _what_is_lent_is_gone() -> None:
    """A reader that is given a message is taken to have received it."""
    lend = pulling.lend

    def give_away(delivery: Delivery, lease: Any, now: Any) -> Delivery | None:
        lent = lend(delivery, lease, now)
        return None if lent is None else pulling.acknowledge(lent, now)

    pull_queues.pulling.lend = give_away


def _each_message_has_an_id_of_its_own() -> None:
    """A message that is sent again cannot be known as the same."""
    text = ResultMessages.text

    def anew(self: Any, delivery: Delivery, now: Any) -> str:
        return text(self, delivery, now).replace(delivery.event, new_id())

    ResultMessages.text = anew  # type: ignore[method-assign]


def _each_call_names_another_document() -> None:
    """A callback that is repeated says something else."""
    address = callbacks._address

    def anew(callback: Any, delivery: Delivery) -> str:
        return address(callback, delivery.copy_with(document=new_id()))

    callbacks._address = anew


def _a_hook_is_called_once() -> None:
    """What a receiver of REST hooks says makes no difference."""
    send = ResthookSender.send

    async def once(self: Any, delivery: Delivery) -> Any:
        tried = await send(self, delivery)
        return DeliveryAttempt(at=tried.at) if isinstance(tried, DeliveryAttempt) else tried

    ResthookSender.send = once  # type: ignore[method-assign]


def _each_mail_is_another() -> None:
    """A mail that is sent again cannot be known as the same."""

    def anew(head: Any, delivery: Delivery, *rest: Any) -> Any:
        return letters.compose(head, delivery.copy_with(id=new_id()), *rest)

    sender.compose = anew


def _a_mail_is_tried_once() -> None:
    """What the mail server says makes no difference."""
    attempt = sender.MailSender._try

    async def once(self: Any, *words: Any) -> DeliveryAttempt:
        tried = await attempt(self, *words)
        return tried.copy_with(problem=None)

    sender.MailSender._try = once  # type: ignore[method-assign]


GUARDS = {
    "result confirms": Guard(
        "a result counts when the broker has confirmed it", _a_publish_is_not_waited_for,
        ("notify",),
    ),
    "result queues declared": Guard(
        "a result queue that is missing is made again", _a_missing_queue_is_not_missed, _BOTH
    ),
    "result queue limits": Guard("a result queue has an end", _queues_have_no_end, _BOTH),
    "lending": Guard(
        "a pulled message stays until it is acknowledged", _what_is_lent_is_gone, ("ingest",)
    ),
    "result ids": Guard(
        "all copies of a message have one id", _each_message_has_an_id_of_its_own, ("notify",)
    ),
    "callback words": Guard(
        "a repeated callback says the same", _each_call_names_another_document, ("notify",)
    ),
    "REST hook tries": Guard(
        "a hook whose receiver says no is called again", _a_hook_is_called_once, ("notify",)
    ),
    "mail ids": Guard("a mail that comes again is the same", _each_mail_is_another, ("notify",)),
    "mail tries": Guard("a mail not taken is tried again", _a_mail_is_tried_once, ("notify",)),
}  # fmt: skip
