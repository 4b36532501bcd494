"""Changing a record by compare-and-set, however many others change it at the same time."""

from collections.abc import Callable
from typing import TypeVar

from shared.errors import Code, Permanent
from shared.models.base import Record
from shared.store.port import Repository

R = TypeVar("R", bound=Record)


async def change(records: Repository[R], record_id: str, step: Callable[[R], R]) -> R:
    """Apply ``step`` to the record as it stands; it returns the same object for no change.

    Raises ``Permanent(NOT_FOUND)``, and whatever ``step`` raises.
    """
    unchanged: R | None = None

    def note(record: R) -> R:
        nonlocal unchanged
        changed = step(record)
        unchanged = record if changed is record else None
        return changed

    left = await records.change(record_id, note) or unchanged
    if left is None:
        raise Permanent(Code.NOT_FOUND)
    return left
