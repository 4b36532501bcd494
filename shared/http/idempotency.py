"""The ``Idempotency-Key`` header, and calls that are made once however often they are sent.

Whoever comes first puts down that the call is under way, makes it and puts down the answer;
who comes later waits for that and gives the same. An error is not kept, as nothing was made.
Did the process die in between, the call may be made again once ``HOLD`` is over: names that
must be unique then say so, other things may be there twice.
"""

import asyncio
import contextlib
import hashlib
import re
from datetime import timedelta

from aiohttp import web

from shared.errors import Code, Permanent, Transient
from shared.http.context import Principal, principal_of
from shared.http.operations import Handle
from shared.http.sealing import Seal
from shared.models.remembered import RememberedAnswer, remembered_id
from shared.models.time import utc_now
from shared.store.collections import REMEMBERED
from shared.store.port import AlreadyExistsError, Repository, Store

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
HOLD = timedelta(seconds=150)
"""How long a call may be under way: longer than any that makes something takes."""
_PATIENCE_SECONDS = 30.0
_FIRST_LOOK, _LONGEST_LOOK = 0.02, 0.5
_ERRORS = 400
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key(request: web.Request) -> str | None:
    """The caller's key, or ``None``.

    Raises ``Permanent(BAD_REQUEST)`` unless it is 1 to 255 visible ASCII characters.
    """
    given = request.headers.get(HEADER)
    if given is None:
        return None
    key = given.strip()
    if _KEY.fullmatch(key) is None:
        raise Permanent(Code.BAD_REQUEST, f"{HEADER} must be 1 to 255 visible ASCII characters.")
    return key


class Idempotency:
    """Remembers answers in the store, for each API key its own."""

    def __init__(self, store: Store, secret: bytes) -> None:
        self._store = store
        self._seal = Seal(secret, "idempotency")

    async def once(
        self, request: web.Request, handle: Handle, key: str | None
    ) -> web.StreamResponse:
        """The answer of ``handle``, which is asked once per key; without a key, always.

        Raises ``Permanent(IDEMPOTENCY_KEY_REUSED)`` for another call under a key, and
        ``Transient(UNAVAILABLE)`` if the first one takes too long.
        """
        if key is None:
            return await handle(request)
        principal = principal_of(request)
        answers = self._store.of(principal.tenant, REMEMBERED)
        mine = _under_way(principal, key, await _digest(request))
        known = await self._known(answers, mine)
        if known is not None:
            return self._replayed(key, known)
        return await self._make(request, handle, answers, mine, key)

    async def _known(
        self, answers: Repository[RememberedAnswer], mine: RememberedAnswer
    ) -> RememberedAnswer | None:
        """What the call was answered; ``None`` once the call is ours to make."""
        look, waited = _FIRST_LOOK, 0.0
        while waited < _PATIENCE_SECONDS:
            try:
                await answers.insert(mine)
            except AlreadyExistsError:
                found = await answers.get(mine.id)
            else:
                return None
            if found is not None and found.is_over(utc_now()):
                if await answers.change(found.id, lambda it: _taken_over(it, mine)) is not None:
                    return None
                continue
            if found is not None and found.call != mine.call:
                raise Permanent(Code.IDEMPOTENCY_KEY_REUSED)
            if found is not None and found.status is not None:
                return found
            await asyncio.sleep(look)
            waited, look = waited + look, min(2 * look, _LONGEST_LOOK)
        raise Transient(Code.UNAVAILABLE, "The first call with this key is under way.")

    async def _make(
        self,
        request: web.Request,
        handle: Handle,
        answers: Repository[RememberedAnswer],
        mine: RememberedAnswer,
        key: str,
    ) -> web.StreamResponse:
        try:
            answer = await handle(request)
        except Exception:
            await _forget(answers, mine)
            raise
        if answer.status >= _ERRORS or not isinstance(answer, web.Response):
            await _forget(answers, mine)
            return answer
        body = self._seal.close(key, answer.body if isinstance(answer.body, bytes) else b"")

        def answered(record: RememberedAnswer) -> RememberedAnswer | None:
            if record.until != mine.until:
                return None  # another has it by now
            return record.copy_with(status=answer.status, media_type=answer.content_type, body=body)

        with contextlib.suppress(Transient):  # it was made all the same, and is to be told of
            await answers.change(mine.id, answered)
        return answer

    def _replayed(self, key: str, known: RememberedAnswer) -> web.Response:
        return web.Response(
            body=self._seal.open(key, known.body),
            status=known.status or web.HTTPOk.status_code,
            content_type=known.media_type,
            headers={"Cache-Control": "no-store", REPLAYED: "true"},
        )


async def _forget(answers: Repository[RememberedAnswer], mine: RememberedAnswer) -> None:
    with contextlib.suppress(Transient):  # else it is forgotten when its time is over
        await answers.delete(mine.id)


def _under_way(principal: Principal, key: str, call: str) -> RememberedAnswer:
    now = utc_now()
    return RememberedAnswer(
        id=remembered_id(principal.organization, principal.key, key),
        organization=principal.organization,
        call=call,
        since=now,
        until=now + HOLD,
    )


def _taken_over(found: RememberedAnswer, mine: RememberedAnswer) -> RememberedAnswer | None:
    if not found.is_over(utc_now()):
        return None  # another was faster
    return mine.copy_with(rev=found.rev, created=found.created)


async def _digest(request: web.Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.path_qs}\n".encode())
    digest.update(await request.read())
    return digest.hexdigest()
