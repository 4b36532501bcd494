"""Rows H: webhook receivers that fail, hang, lie, and lead elsewhere."""

import asyncio
import time
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4

import standardwebhooks

from tests.faults import targets
from tests.faults.deadlines import unhurried
from tests.faults.guards.webhooks import BAD, GOOD, TURNING
from tests.faults.launch import Launch
from tests.faults.matrix import Row
from tests.faults.scene import Scene
from tests.faults.targets import Flood, Hanging, status

_HOOKS, _DELIVERIES = "/api/v1/subscriptions", "/api/v1/deliveries"
_FIRST = ["document.received"]
_PAUSES = (4, 5)
_LONG_PAUSES = (10, 10)
"""Where tries have to be late by more than the whole schedule's jitter to be given up early."""
_UPLOADS = 12
"""Told to two that hang: together more than the 16 calls that notify makes at a time."""
_LATE = 4.0
"""Seconds that the relay, and a machine at work, may take beyond a pause."""

_LAUNCH = Launch(settings={"DOCSTAGE_WEBHOOK_SCHEDULE": ",".join(map(str, _PAUSES))})
_LONG = Launch(settings={"DOCSTAGE_WEBHOOK_SCHEDULE": ",".join(map(str, _LONG_PAUSES))})
_TURNING = Launch(
    settings={**_LAUNCH.settings, "DOCSTAGE_DENY_TARGETS": f"{BAD}/32"},
    faults=("names that turn",),
)

Hook = dict[str, Any]


async def _hook(scene: Scene, url: str, events: list[str] | None = None) -> Hook:
    made: Hook = await scene.api.post(_HOOKS, {"url": url, "events": events or _FIRST})
    return made


async def _delivery(
    scene: Scene, hook: Hook, seconds: float = 25.0, **wanted: Any
) -> dict[str, Any]:
    """The webhook's only delivery, once it is as wanted; as it is after a while."""
    deadline = time.monotonic() + unhurried(seconds)
    while True:
        found = (await scene.api.get(_DELIVERIES, subscription=hook["id"]))["deliveries"]
        is_so = found and all(found[0][name] == value for name, value in wanted.items())
        if is_so or (found and time.monotonic() > deadline):
            return dict(found[0])
        assert time.monotonic() < deadline, "no delivery was made"
        await asyncio.sleep(0.1)


async def _tried(scene: Scene, hook: Hook) -> dict[str, Any]:
    return await _delivery(scene, hook, attempts=1)


async def _remove(scene: Scene, *hooks: Hook) -> None:
    """So that the checker asks for nothing that its journal cannot know."""
    for hook in hooks:
        async with scene.api.session.delete(hook["links"]["self"]) as answer:
            assert answer.status == 204, await answer.text()


def _pauses_are_kept(
    scene: Scene, calls: list[targets.Call], what: str, pauses: tuple[int, int] = _PAUSES
) -> None:
    for slot, (before, after) in zip(pauses, pairwise(calls), strict=False):
        pause = after.at - before.at
        kept = slot - 0.1 <= pause <= slot * 1.2 + unhurried(_LATE)
        scene.require(kept, f"{what}: {pause:.1f} s between tries, the schedule has {slot}")


async def failing_for_a_while(scene: Scene) -> None:
    """H1: 500 twice and then 200; nobody listens at first; a certificate of nobody."""
    async with targets.targets() as server, targets.targets(tls=targets.self_signed()) as secure:
        server.answers["/ill"] = status(500, 500, 204)
        ill = await _hook(scene, server.url("/ill"))
        untrusted = await _hook(scene, secure.url("/untrusted"))
        async with targets.targets() as other:
            absent = await _hook(scene, other.url("/absent"))
            port = other.port
        await scene.upload(1)
        told = await _tried(scene, absent)
        scene.require(
            told["log"][0]["problem"]["code"] == "TARGET_UNREACHABLE", "refused, and not told so"
        )
        async with targets.targets(port=port) as back:
            scene.require(await server.until("/ill", 3), "not tried three times")
            scene.require(await back.until("/absent", 1), "not tried when it was back")
            for hook in (ill, absent):
                done = await _delivery(scene, hook, state="done")
                scene.require(done["state"] == "done", f"not delivered: {done['log']}")
        _pauses_are_kept(scene, server.to("/ill"), "500")
        ids = {it.headers["webhook-id"] for it in server.to("/ill")}
        scene.require(len(ids) == 1, "another id for each try")
        ended = await _delivery(scene, untrusted, state="failed")
        scene.require(len(ended["log"]) == 3, "TLS: not tried to the schedule's end")
        scene.require(not secure.calls, "a certificate of nobody was believed")
        await _remove(scene, ill, absent, untrusted)


async def answers_without_end(scene: Scene) -> None:
    """H2: a byte a second, ten megabytes, and a bomb of gzip."""
    long, bomb = Flood(10 * 2**20), Flood(64 * 2**20, packed=True)
    async with targets.targets() as server:
        server.answers |= {
            "/drip": targets.dripping(), "/long": long.answer, "/bomb": bomb.answer,
        }  # fmt: skip
        drip = await _hook(scene, server.url("/drip"))
        floods = [await _hook(scene, server.url(it)) for it in ("/long", "/bomb")]
        await scene.upload(1)
        for flood in floods:
            told = await _tried(scene, flood)
            scene.require(told["state"] == "done", f"a long answer with 200: {told['log']}")
        scene.require(long.sent < 8 * 2**20, f"{long.sent} bytes of an answer were taken")
        told = await _tried(scene, drip)
        last = told["log"][-1] if told["log"] else {"problem": None}
        is_late = (last["problem"] or {}).get("code") == "TARGET_TIMED_OUT"
        is_soon = is_late and 14_000 < last["milliseconds"] < 18_000
        scene.require(is_soon, f"a byte a second is waited for: {told['log']}")
        server.answers["/drip"] = status(204)
        if is_late:
            await _send_what_waits(scene, drip)
        await _remove(scene, drip, *floods)


async def answers_that_are_no(scene: Scene) -> None:
    """H3: gone, too many, moved, not found."""
    async with targets.targets() as server:
        server.answers |= {
            "/gone": status(410),
            "/many": status(429, Retry_After="90"),
            "/moved": status(301, Location=server.url("/elsewhere")),
            "/missing": status(404),
        }
        paths = ("/gone", "/many", "/moved", "/missing")
        hooks = {path: await _hook(scene, server.url(path)) for path in paths}
        await scene.upload(1)
        told = {path: await _tried(scene, hook) for path, hook in hooks.items()}
        gone = await scene.api.get(hooks["/gone"]["links"]["self"])
        is_off = not gone["enabled"] and gone["disabled"] and gone["disabled"]["reason"] == "gone"
        scene.require(is_off, "410: still enabled")
        scene.require(told["/gone"]["state"] == "failed", "410: not given up")
        for path, number in (("/many", 429), ("/moved", 301), ("/missing", 404)):
            first = told[path]["log"][0]
            scene.require(first["status"] == number and first["problem"], f"{number} is no failure")
            scene.require(told[path]["state"] == "waiting", f"{number}: is not tried again")
        scene.require(not server.to("/elsewhere"), "a redirect was followed")
        scene.require(_waits(told["/many"]) >= 89, f"429: {_waits(told['/many'])} s of 90 waited")
        server.answers.clear()
        await _send_what_waits(scene, hooks["/many"], hooks["/moved"], hooks["/missing"])
        await _remove(scene, *hooks.values())


def _waits(delivery: dict[str, Any]) -> float:
    if delivery["next_attempt"] is None:
        return 0.0
    moments = (delivery["next_attempt"], delivery["log"][-1]["at"])
    due, tried = (datetime.fromisoformat(it) for it in moments)
    return (due - tried).total_seconds()


async def _send_what_waits(scene: Scene, *hooks: Hook) -> None:
    for hook in hooks:
        told = await _delivery(scene, hook)
        if told["state"] == "waiting":
            await scene.api.post(f"{told['links']['self']}/resend", {}, status=200)
        done = await _delivery(scene, hook, state="done")
        scene.require(done["state"] == "done", f"resent, and {done['state']}: {done['log']}")


async def dead_to_the_end(scene: Scene) -> None:
    """H4: one is dead for its whole schedule, two hang; all others hear what they are to hear."""
    hanging = Hanging()
    async with targets.targets() as server:
        server.answers |= {
            "/dead": status(503), "/hangs": hanging.answer, "/hangs-too": hanging.answer,
        }  # fmt: skip
        hung = [await _hook(scene, server.url(it)) for it in ("/hangs", "/hangs-too")]
        await scene.upload(_UPLOADS)
        await _stands(scene, hanging, hung)
        sound = await _hook(scene, server.url("/sound"))
        dead = await _hook(scene, server.url("/dead"))
        await scene.upload(1)
        heard = await server.until("/sound", 1, seconds=12) and server.to("/sound")[0].at
        held = hanging.given_up or time.monotonic()
        scene.require(heard and heard < held, "two that hang keep others from hearing")
        hanging.released.set()
        ended = await _exhausted(scene, dead)
        scene.require(ended is not None, "no delivery was tried to the schedule's end")
        await _given_up(scene, dead)
        tries = [it for it in server.to("/dead") if it.headers["webhook-id"] == ended]
        _pauses_are_kept(scene, tries, "503", _LONG_PAUSES)
        await _remove(scene, *hung, sound, dead)


async def _exhausted(scene: Scene, hook: Hook) -> str | None:
    """The event of a delivery that was given up after all its tries.

    The webhook hears of documents that were on their way as well, and those end with it.
    """
    deadline = time.monotonic() + unhurried(60)
    while time.monotonic() < deadline:
        for it in (await scene.api.get(_DELIVERIES, subscription=hook["id"]))["deliveries"]:
            if it["state"] == "failed" and it["attempts"] == len(_PAUSES) + 1:
                return str(it["event"])
        await asyncio.sleep(0.3)
    return None


async def _stands(scene: Scene, hanging: Hanging, hooks: list[Hook]) -> None:
    """Wait until all is to be sent, and no more calls come to hang."""
    before, quiet = -1, 0
    async with asyncio.timeout(unhurried(20)):
        for hook in hooks:
            while await _count(scene, hook) < _UPLOADS:
                await asyncio.sleep(0.1)
        while quiet < 4:
            quiet = quiet + 1 if hanging.waiting == before and before >= 4 else 0
            before = hanging.waiting
            await asyncio.sleep(0.25)


async def _count(scene: Scene, hook: Hook) -> int:
    return len((await scene.api.get(_DELIVERIES, subscription=hook["id"]))["deliveries"])


async def _given_up(scene: Scene, hook: Hook) -> None:
    """Whether it says so, and its owner has heard."""
    shown = await scene.api.get(hook["links"]["self"])
    why = (shown["disabled"] or {}).get("reason")
    scene.require(not shown["enabled"] and why == "failing", f"not given up: {shown['disabled']}")
    deadline = time.monotonic() + unhurried(10)
    while time.monotonic() < deadline:
        if any(b"subscription.disabled" in it.body for it in scene.listener.receipts()):
            return
        await asyncio.sleep(0.2)
    scene.require(holds=False, what="its owner was not told")


async def secrets_that_change(scene: Scene) -> None:
    """H5: the secret is rotated between two tries."""
    async with targets.targets() as server:
        server.answers["/hook"] = status(500, 204)
        hook = await _hook(scene, server.url("/hook"))
        await scene.upload(1)
        scene.require(await server.until("/hook", 1), "not tried")
        rotated = await scene.api.post(f"{hook['links']['self']}/rotate", {}, status=200)
        scene.require(await server.until("/hook", 2), "not tried again")
        first, second = server.to("/hook")[:2]
        for call, secret, what in (
            (first, hook["secret"], "before, with the old one"),
            (second, hook["secret"], "after, with the old one"),
            (second, rotated["secret"], "after, with the new one"),
        ):
            scene.require(_verifies(call, secret), f"does not verify {what}")
        await _delivery(scene, hook, state="done")
        await _remove(scene, hook)


def _verifies(call: targets.Call, secret: str) -> bool:
    try:
        call.verified(secret)
    except standardwebhooks.WebhookVerificationError:
        return False
    return True


async def names_that_turn(scene: Scene) -> None:
    """H6: the name of a target leads to an address that is forbidden, once it is in use."""
    async with targets.targets(GOOD) as good, targets.targets(BAD, good.port) as canary:
        host = f"{uuid4().hex[:8]}.{TURNING}"
        hook = await _hook(scene, f"http://{host}:{good.port}/hook")
        (first,) = await scene.upload(1)
        scene.require(await good.until("/hook", 1), "the good address was not called")
        await _delivery(scene, hook, state="done")
        await scene.upload(1)
        ended = await _delivery(scene, hook, state="failed")
        codes = {(it["problem"] or {}).get("code") for it in ended["log"]}
        scene.require(not canary.calls, "the forbidden address was called")
        scene.require(codes == {"TARGET_BLOCKED"}, f"the tries say {codes}")
        scene.require({it.document for it in good.to("/hook")} == {first}, "who was told what?")
        await _remove(scene, hook)


def _row(identity: str, fault: str, run: Any, guard: str, **more: Any) -> Row:
    launches = {"notify": more.pop("launch", _LAUNCH)}
    return Row(identity, fault, run, guard, frozenset({"row"}), launches=launches, **more)


ROWS = (
    _row("H1", "endpoint 500 then 200; refused; TLS error", failing_for_a_while, "webhook pauses"),
    _row("H2", "slow drip; 10 MB answer; gzip bomb", answers_without_end, "answer limits"),
    _row("H3", "410 / 429 + Retry-After / 301 / 404", answers_that_are_no, "answers judged",
         is_fast=True),
    _row("H4", "one dead for the whole schedule, two that hang", dead_to_the_end, "turns",
         launch=_LONG),
    _row("H5", "secret rotated between tries", secrets_that_change, "former secrets"),
    _row("H6", "target's name turns to a forbidden address", names_that_turn,
         "checked at the socket", launch=_TURNING),
)  # fmt: skip
