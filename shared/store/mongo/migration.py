"""Bringing the database to the layout of this version, at every opening.

Indexes that are missing are made. What records are searched by is computed anew when a
filter or unique field was added, or when ``DERIVATION`` says it is computed differently.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from shared.models.base import Record
from shared.store.collections import DERIVATION
from shared.store.mongo.driver import Bson, Driver, Find
from shared.store.mongo.layout import Layout

R = TypeVar("R", bound=Record)

_LAYOUTS = "layouts"
_BATCH = 500
_AT_ONCE = 50


async def migrate(driver: Driver, layouts: Sequence[Layout[Any]]) -> None:
    """Do it; several processes may at the same time.

    Raises ``RuntimeError`` if a newer version wrote the database.
    """
    found = {it["_id"]: it for it in await driver.find(_LAYOUTS, Find({}))}
    if any(it["derivation"] > DERIVATION for it in found.values()):
        raise RuntimeError("The database was written by a newer version of Docstage.")
    for layout in layouts:
        await driver.make_indexes(layout.name, layout.indexes())
        wanted = _description(layout)
        if found.get(layout.name) != wanted:
            mark = {**wanted, "_id": f"{layout.name} as far as"}
            before = found.get(mark["_id"], {})
            is_same = {**before, "last": None} == {**mark, "last": None}
            await _fill(driver, layout, mark, before["last"] if is_same else "")
            await driver.put(_LAYOUTS, wanted)
            await driver.delete(_LAYOUTS, {"_id": mark["_id"]})


def _description(layout: Layout[R]) -> Bson:
    collection = layout.collection
    fields = sorted(
        {
            *collection.filters,
            *collection.measures,
            *collection.unique,
            *collection.unique_everywhere,
        }
    )
    return {"_id": layout.name, "derivation": DERIVATION, "fields": fields}


async def _fill(driver: Driver, layout: Layout[R], mark: Bson, last: str) -> None:
    """Compute it for all records behind ``last``; ``mark`` keeps how far that has come.

    So a process that is ended in between, as it was not ready in time, leaves the rest alone.
    """
    while batch := await driver.find(
        layout.name, Find({"_id": {"$gt": last}}, (("_id", 1),), _BATCH)
    ):
        for start in range(0, len(batch), _AT_ONCE):
            group = batch[start : start + _AT_ONCE]
            await asyncio.gather(*(_fill_one(driver, layout, it) for it in group))
        last = batch[-1]["_id"]
        await driver.put(_LAYOUTS, {**mark, "last": last})


async def _fill_one(driver: Driver, layout: Layout[R], document: Bson) -> None:
    # A newer one was written as wanted.
    which = {"_id": document["_id"], "rev": document["rev"]}
    record = layout.decode(document)
    words = {} if "search" in document else layout.first_words(record)
    await driver.change(layout.name, which, {**layout.derived(record), **words})
