"""Guards of webhooks: pauses, limits of answers, what an answer means, turns, secrets, targets."""

from collections import Counter
from datetime import timedelta
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from services.notify import trying, turns, webhooks
from shared.http import client
from shared.http.targets import TargetPolicy
from shared.models.delivery import DeliveryAttempt
from shared.models.ids import new_id
from shared.stages import notifying
from tests.faults.guards.registry import Guard

TURNING = "turning.test"
"""Hosts of this domain are at ``GOOD`` when they are looked up first, and at ``BAD`` then."""

GOOD, BAD = "127.0.0.1", "127.0.0.66"
_NOTIFY = ("notify",)


def _each_try_has_an_id_of_its_own() -> None:
    """A webhook that is sent again cannot be known as the same."""
    signed = webhooks.signed_headers

    def signed_anew(secret: Any, message_id: str, *rest: Any, **named: Any) -> dict[str, str]:
        return signed(secret, new_id(), *rest, **named)

    webhooks.signed_headers = signed_anew


def _no_pause_between_tries() -> None:
    """What failed is sent again at once."""

    def at_once(slot: timedelta, attempt: DeliveryAttempt) -> timedelta:
        return timedelta(0)

    notifying.pause_after = at_once


def _answers_without_end() -> None:
    """An answer is read to its end, however long that is and takes."""

    async def everything(content: aiohttp.StreamReader, limit: int) -> bytes:
        return await content.read()

    client.at_most = everything
    webhooks.CALL_SECONDS = 1e6


def _any_answer_is_good() -> None:
    """That a receiver has answered is enough; what, nobody looks at."""
    trying._judge = lambda _: None


def _no_turns() -> None:
    """As many may call an endpoint as there are slots in the process."""
    turns.MOST = turns.ROOM = 10_000


def _one_secret() -> None:
    """Messages are signed with the newest secret alone."""
    signed = webhooks.signed_headers

    def by_one(secret: str, message_id: str, at: Any, body: bytes, _: Any = ()) -> dict[str, str]:
        return signed(secret, message_id, at, body)

    webhooks.signed_headers = by_one


def _any_address() -> None:
    """A socket is opened to whatever a name has turned out to be."""
    TargetPolicy.allows = lambda *_, **__: True  # type: ignore[method-assign,assignment]


class _Turning(AbstractResolver):
    """A name service that changes its mind, for one domain."""

    def __init__(self) -> None:
        self._asked = Counter[str]()
        self._others = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        if not host.endswith(TURNING):
            return await self._others.resolve(host, port, family)
        self._asked[host] += 1
        address = GOOD if self._asked[host] == 1 else BAD
        return [ResolveResult(hostname=host, host=address, port=port, family=2, proto=6, flags=0)]

    async def close(self) -> None:
        await self._others.close()


def _names_turn() -> None:
    """No guard: a name that leads elsewhere when it is looked up again."""
    make = client.SafeClient.__init__

    def turning(self: Any, *args: Any, **named: Any) -> None:
        make(self, *args, **{"resolver": None, **named})
        self._resolver = self._resolver or _Turning()

    client.SafeClient.__init__ = turning  # type: ignore[method-assign]


GUARDS = {
    "webhook ids": Guard(
        "all tries of a delivery have one id", _each_try_has_an_id_of_its_own, _NOTIFY
    ),
    "webhook pauses": Guard("failed tries wait, by a schedule", _no_pause_between_tries, _NOTIFY),
    "answer limits": Guard("answers are cut in time and size", _answers_without_end, _NOTIFY),
    "answers judged": Guard("only 2xx is delivered", _any_answer_is_good, _NOTIFY),
    "turns": Guard("an endpoint has few of the slots", _no_turns, _NOTIFY),
    "former secrets": Guard("rotated secrets sign for a while", _one_secret, _NOTIFY),
    "checked at the socket": Guard("addresses are checked as dialled", _any_address, _NOTIFY),
    "names that turn": Guard("(a fault) names lead elsewhere later", _names_turn, _NOTIFY),
}
