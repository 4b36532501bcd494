"""What people have said of a document's values, taken along to its next extraction: pure."""

from datetime import datetime, timedelta

from shared.models.extraction import Extraction, Field, FieldSource, Row

_HELD_FOR = timedelta(seconds=30)
"""Whoever reviewed it has it first, for so long."""


def taken_along(extraction: Extraction, earlier: Extraction) -> Extraction:
    """A new extraction with what a person has made of an earlier one of the same document."""
    kept = {name: it for name, it in earlier.current_fields.items() if _is_said(earlier, name, it)}
    return extraction.copy_with(carried=kept, review_work=earlier.review_work)


def laid_over(extraction: Extraction, now: datetime) -> Extraction:
    """An extraction that is done, with what was taken along in place of what was found."""
    work = extraction.review_work
    if work.lock is not None:
        work = work.copy_with(lock=work.lock.copy_with(until=now + _HELD_FOR))
    held = extraction.copy_with(review_work=work)
    if not extraction.carried and not work.absent:
        return held
    found = {name: it for name, it in extraction.fields.items() if name not in work.absent}
    return held.copy_with(edited={**found, **extraction.carried})


def _is_said(extraction: Extraction, name: str, found: Field | list[Row]) -> bool:
    """Whether a person has said something of a field; of rows it holds for all of them.

    Rows that are found anew may be others in number and order, so a table is hers or not.
    """
    if isinstance(found, Field):
        return _is_confirmed(found)
    is_touched = any(it.place.startswith(f"{name}/") for it in extraction.review_work.actions)
    return is_touched or any(_is_confirmed(cell) for row in found for cell in row.values())


def _is_confirmed(value: Field) -> bool:
    return value.confirmed or value.source is FieldSource.PERSON
