"""Guards of dead letters: they are owed by the write that ends the work, and have one id."""

import sys
from typing import Any

from shared.models.dead_letter import DeadLetter
from shared.models.ids import new_id
from shared.models.outbox import Aggregate, OutboxEntry
from shared.models.time import utc_now
from shared.stages import failing
from shared.stages.letters import Letters
from tests.faults.guards.registry import Guard


def _nobody_makes_up_for_letters() -> None:
    """Whoever fails something writes its letter, or it is not written at all."""
    started, rescues = utc_now(), "ingest" in sys.argv
    carry_out = Letters.carry_out

    async def once(self: Any, record: Aggregate, entry: OutboxEntry) -> DeadLetter | None:
        if rescues or entry.not_before < started:
            return None
        return await carry_out(self, record, entry)

    Letters.carry_out = once  # type: ignore[method-assign]


def _letters_have_any_id() -> None:
    """Each time that a letter is written it is another one."""
    letter_of = failing.letter_of

    def anew(*args: Any) -> DeadLetter:
        return letter_of(*args).copy_with(id=new_id())

    failing.letter_of = anew


GUARDS = {
    "letters in the outbox": Guard(
        "the write that ends the work owes the letter", _nobody_makes_up_for_letters
    ),
    "ids of letters": Guard("a failure's letter has one id", _letters_have_any_id),
}
