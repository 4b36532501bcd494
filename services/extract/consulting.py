"""Which models are asked about a document, and what their failing means for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from services.extract.asking import Asked, ModelService
from services.extract.contract import ModelAnswer, StoredDocument
from shared.errors import Code, DocstageError, RetryClass
from shared.models.extraction import Extraction, ExtractionMode
from shared.models.time import utc_now
from shared.stages.previews import PagePlace, Previews

LLM, VLM = ExtractionMode.LLM.value, ExtractionMode.VLM.value
PATIENCE = timedelta(seconds=60)
"""How long a document waits for a busy endpoint that it can do without."""
MAX_PICTURE = 4 * 1024 * 1024
_DISPENSABLE = frozenset(
    {
        Code.LLM_UNAVAILABLE, Code.LLM_BUSY, Code.LLM_TIMED_OUT, Code.LLM_REFUSED,
        Code.LLM_ANSWER_INVALID, Code.PREVIEW_PENDING,
    }
)  # fmt: skip


@dataclass(slots=True)
class Consulted:
    """What the models said that were asked."""

    answers: list[ModelAnswer] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Models:
    """The models that are configured; ``pages`` is how many pictures one that sees is shown."""

    def __init__(self, services: Sequence[ModelService], previews: Previews, pages: int) -> None:
        self._services = {service.engine: service for service in services}
        self._previews = previews
        self._pages = pages
        self._log = structlog.get_logger("docstage.models")

    async def consult(self, record: Extraction, document: StoredDocument) -> Consulted:
        """Ask those that the record's mode calls for.

        ``advanced`` asks all there are, and does without one that fails; ``llm`` and ``vlm``
        raise what ``ModelService.ask`` does. A busy endpoint is waited for by all of them.
        """
        wanted = self._wanted(record.mode)
        asking = (self._ask(service, record, document) for service in wanted)
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        consulted = Consulted()
        if not wanted and record.mode.value in {LLM, VLM}:
            consulted.warnings.append(f"No model is configured for {record.mode.value}.")
        for service, outcome in zip(wanted, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                if not self._can_do_without(record, outcome):
                    raise outcome
                consulted.warnings.append(_left_out(service, outcome))
            else:
                consulted.answers += [outcome.answer] if outcome.answer else []
                consulted.warnings += outcome.warnings
        return consulted

    def _wanted(self, mode: ExtractionMode) -> list[ModelService]:
        if mode is ExtractionMode.BASIC:
            return []
        if mode is ExtractionMode.ADVANCED:
            return list(self._services.values())
        return [service for name, service in self._services.items() if name == mode.value]

    async def _ask(
        self, service: ModelService, record: Extraction, document: StoredDocument
    ) -> Asked:
        try:
            pictures = await self._pictures(record) if service.engine == VLM else []
            return await service.ask(document, pictures)
        except DocstageError as error:
            self._log.warning("model_failed", document=record.document, code=error.code.value)
            raise

    async def _pictures(self, record: Extraction) -> list[bytes]:
        """Those of the pages to be shown that can be drawn."""
        numbers = pages_to_show(record.pages, self._pages)
        drawn = await asyncio.gather(*(self._picture(record, it) for it in numbers))
        return [it for it in drawn if 0 < len(it) <= MAX_PICTURE]

    async def _picture(self, record: Extraction, number: int) -> bytes:
        place = PagePlace(record.organization, record.document, record.revision, number)
        try:
            return await self._previews.get(place)
        except DocstageError as error:
            if error.code in {Code.PREVIEW_FAILED, Code.BLOB_MISSING}:
                return b""
            raise

    def _can_do_without(self, record: Extraction, error: BaseException) -> bool:
        if not isinstance(error, DocstageError) or error.code not in _DISPENSABLE:
            return False
        if record.mode is not ExtractionMode.ADVANCED:
            return False
        since = record.work.trouble_since
        waited = since is not None and utc_now() - since > PATIENCE
        too_long = timedelta(seconds=error.retry_after or 0.0) > PATIENCE
        return waited or too_long or error.retry is not RetryClass.QUOTA


def pages_to_show(count: int, most: int) -> list[int]:
    """The first pages of ``count``, and the last one: what is summed up stands there."""
    by_weight = list(dict.fromkeys([*range(min(count, 1)), max(0, count - 1), *range(count)]))
    return sorted(by_weight[: min(most, count)])


def _left_out(service: ModelService, error: BaseException) -> str:
    code = error.code.value if isinstance(error, DocstageError) else ""
    return f"The model for {service.engine} was left out: {code}."
