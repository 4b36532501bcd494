"""Writing dead letters: what an outbox has to say of them, carried out.

A letter's id is made of its record and the number of the failure, and it is inserted if it is not
there, so an entry that is carried out twice does it once.
"""

import structlog

from shared.models.dead_letter import DeadLetter, letter_id
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction
from shared.models.failure import Closing
from shared.models.outbox import Aggregate, OutboxEntry
from shared.stages import failing
from shared.stages.context import Runtime
from shared.stages.failpoints import Failpoints
from shared.store.collections import DEAD_LETTERS, DELIVERIES, DOCUMENTS, EXTRACTIONS
from shared.store.port import AlreadyExistsError, Repository, Tenant


class Letters:
    """Writes them, and what was done about them."""

    def __init__(self, runtime: Runtime, failpoints: Failpoints) -> None:
        self._runtime = runtime
        self._failpoints = failpoints
        self._log = structlog.get_logger("docstage.letters")

    async def carry_out(self, record: Aggregate, entry: OutboxEntry) -> DeadLetter | None:
        """Do what ``entry`` says; the letter, if it is a new one. Raises ``Transient``."""
        await self._failpoints.reach("outbox.letter", record.id)
        letters = self._of(record)
        written = await self._write(letters, record, entry)
        if written is None and entry.closing is not None:
            await self._close(letters, letter_id(record.id, entry.number), entry.closing)
        await self._failpoints.reach("outbox.lettered", record.id)
        if await self._is_gone(record):  # it was removed meanwhile, with the letters it had then
            await letters.delete(letter_id(record.id, entry.number))
            return None
        return written

    async def _write(
        self, letters: Repository[DeadLetter], record: Aggregate, entry: OutboxEntry
    ) -> DeadLetter | None:
        if entry.failure is None:
            return None
        letter = failing.letter_of(record, entry.number, entry.failure, entry.not_before)
        if entry.closing is not None:
            letter = failing.closed(letter, entry.closing)
        try:
            await letters.insert(letter)
        except AlreadyExistsError:
            return None
        self._log.warning(
            "dead_letter",
            letter=letter.id,
            target=letter.target,
            document=letter.document,
            stage=letter.stage.value,
            code=letter.code,
            reason=letter.kind.value,
        )
        return letter

    async def _close(
        self, letters: Repository[DeadLetter], identity: str, closing: Closing
    ) -> None:
        def step(letter: DeadLetter) -> DeadLetter | None:
            changed = failing.closed(letter, closing)
            return None if changed is letter else changed

        if await letters.change(identity, step) is not None:
            log_closing(identity, closing)

    async def _is_gone(self, record: Aggregate) -> bool:
        tenant = Tenant(record.organization)
        store = self._runtime.store
        if isinstance(record, Document):
            document = await store.of(tenant, DOCUMENTS).get(record.id)
            return document is None or document.state is DocumentState.EXPIRED
        if isinstance(record, Extraction):
            return await store.of(tenant, EXTRACTIONS).get(record.id) is None
        return await store.of(tenant, DELIVERIES).get(record.id) is None

    def _of(self, record: Aggregate) -> Repository[DeadLetter]:
        return self._runtime.store.of(Tenant(record.organization), DEAD_LETTERS)


def log_closing(letter: str, closing: Closing) -> None:
    """Have the log say who did what about a letter."""
    log = structlog.get_logger("docstage.letters")
    log.info("dead_letter_closed", letter=letter, outcome=closing.what.value, by=closing.by)
