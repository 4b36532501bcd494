"""Asks a model: the one part of extraction that waits for somebody else.

Runs in the event loop and computes nothing: children write the question and read the answer,
and here it is sent, and sent again where that can help.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.extract.child import Composed, compose_stored
from services.extract.contract import ModelAnswer, StoredDocument
from services.extract.engines.model.prompt import Dialect, Wish, simpler
from services.extract.engines.model.rendering import TextBudget
from services.extract.engines.model.reply import Reply, read_reply
from shared.compute.pool import ComputePool
from shared.errors import AttemptFailed, Code, DocstageError, Quota, Transient
from shared.http.chat import ChatClient, ChatRefused
from shared.telemetry.model_metrics import ModelMetrics

SECONDS = 100.0
"""For a question with all its repetitions; a job of the stage has somewhat more."""
CHILD_SECONDS = 60.0
_TRIES = 3
_PAUSE = 0.5  # seconds before the second try; longer before the third
_SHORT = 5.0  # seconds that are waited for here when the endpoint asks for them
_CORRECTIONS = 1
_WRONG_FORM = frozenset({400, 404, 415, 422})


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it. ``answer`` is ``None`` where there was nothing to ask."""

    answer: ModelAnswer | None = None
    warnings: list[str] = field(default_factory=list)


class ModelService:
    """A model as an engine's, ``llm`` or ``vlm``; remembers what its endpoint takes."""

    def __init__(
        self,
        engine: str,
        client: ChatClient,
        pool: ComputePool,
        budget: TextBudget,
        metrics: ModelMetrics,
    ) -> None:
        self.engine = engine
        self._client = client
        self._pool = pool
        self._budget = budget
        self._metrics = metrics
        self._dialect = Dialect()

    async def ask(self, document: StoredDocument, pictures: Sequence[bytes] = ()) -> Asked:
        """What the model says of the document's fields.

        Raises, beside the pool's errors, as ``ChatClient.complete``;
        ``AttemptFailed(LLM_ANSWER_INVALID)`` for an answer that was wrong twice.
        """
        try:
            async with asyncio.timeout(SECONDS):
                asked = await self._ask(document, pictures)
        except TimeoutError:
            self._metrics.asked(self.engine, Code.LLM_TIMED_OUT.value)
            raise AttemptFailed(Code.LLM_TIMED_OUT) from None
        except DocstageError as error:
            self._metrics.asked(self.engine, error.code.value)
            raise
        self._metrics.asked(self.engine, "answered" if asked.answer else "nothing_to_ask")
        return asked

    async def _ask(self, document: StoredDocument, pictures: Sequence[bytes]) -> Asked:
        endpoint = self._client.endpoint
        model = endpoint.model
        wish = Wish(model, self._dialect, self._budget.answer, pictures)
        reply = Reply()
        for corrected in range(1 + _CORRECTIONS):
            composed, body, wish = await self._exchange(document, wish)
            if composed is None:
                return Asked()
            is_last = corrected == _CORRECTIONS
            reply = await self._pool.run(
                read_reply, composed.schema, body, is_last, timeout=CHILD_SECONDS
            )
            self._metrics.counted(self.engine, reply.read, reply.written)
            if not reply.complaint:
                answer = ModelAnswer(self.engine, model, reply.values, endpoint.accuracy)
                return Asked(answer, [f"{self.engine}: {it}" for it in composed.warnings])
            wish = replace(wish, before=(reply.content, reply.complaint))
        raise AttemptFailed(Code.LLM_ANSWER_INVALID, reply.complaint)

    async def _exchange(
        self, document: StoredDocument, wish: Wish
    ) -> tuple[Composed | None, bytes, Wish]:
        """A question and its answer, and the wish in the form that the endpoint took."""
        while True:
            composed = await self._pool.run(
                compose_stored, document, wish, self._budget, timeout=CHILD_SECONDS
            )
            if composed is None:
                return None, b"", wish
            try:
                body = await self._send(composed.body)
            except ChatRefused as refused:
                dialect = simpler(wish.dialect, refused.complaint)
                if refused.status not in _WRONG_FORM or dialect is None:
                    raise
                wish = replace(wish, dialect=dialect)
            else:
                self._dialect = wish.dialect
                return composed, body, wish

    async def _send(self, body: bytes) -> bytes:
        """Ask, and ask again while the endpoint is only just not there."""
        for tries in range(1, _TRIES):
            try:
                return await self._timed(body)
            except Quota as busy:
                if busy.retry_after is None or busy.retry_after > _SHORT:
                    raise
                pause = busy.retry_after
            except Transient:
                pause = _PAUSE * 2**tries * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
            await asyncio.sleep(pause)
        return await self._timed(body)

    async def _timed(self, body: bytes) -> bytes:
        started = time.monotonic()
        try:
            return await self._client.complete(body)
        finally:
            self._metrics.took(self.engine, time.monotonic() - started)
