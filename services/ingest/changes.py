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
    while True:
        record = await records.get(record_id)
        if record is None:
            raise Permanent(Code.NOT_FOUND)
        changed = step(record)
        if changed is record:
            return record
        stored = await records.replace(changed)
        if stored is not None:
            return stored
