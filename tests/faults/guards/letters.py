"""Guards of dead letters: they are part of the write that ends the work."""

from datetime import datetime
from typing import Any

from shared.models.failure import Failure
from shared.stages import failing
from tests.faults.guards.registry import Guard


def _letters_are_not_in_the_commit() -> None:
    """What fails counts its letter, and nothing in its outbox says that one is to be written."""

    def die(record: Any, failure: Failure, now: datetime) -> Any:
        return record.copy_with(letters=record.letters + 1)

    failing.die = die


GUARDS = {
    "letters with the failure": Guard(
        "the failure and its dead letter are one write", _letters_are_not_in_the_commit
    ),
}
