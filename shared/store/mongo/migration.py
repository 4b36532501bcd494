"""Bringing the database to the layout of this version, at every opening.

Indexes that are missing are made. What records are searched by is computed anew when a
filter or unique field was added, or when ``DERIVATION`` says it is computed differently.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from shared.models.base import Record
from shared.store.collections import DERIVATION
from shared.store.mongo.driver import Bson, Driver, Find
from shared.store.mongo.layout import Layout

R = TypeVar("R", bound=Record)

_LAYOUTS = "layouts"
_BATCH = 500


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
            await _fill(driver, layout)
            await driver.put(_LAYOUTS, wanted)


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


async def _fill(driver: Driver, layout: Layout[R]) -> None:
    last = ""
    while batch := await driver.find(
        layout.name, Find({"_id": {"$gt": last}}, (("_id", 1),), _BATCH)
    ):
        for document in batch:
            last = document["_id"]
            which = {"_id": last, "rev": document["rev"]}  # a newer one was written as wanted
            record = layout.decode(document)
            words = {} if "search" in document else layout.first_words(record)
            await driver.change(layout.name, which, {**layout.derived(record), **words})
