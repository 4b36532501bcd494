"""What a list of a collection can be asked for."""

from typing import Any

from shared.store.collections import Collection
from shared.store.port import Query


def check(collection: Collection[Any], query: Query) -> None:
    """Raise ``ValueError`` for filters, measures or searches that the collection does not have."""
    asked = {*query.equals, *filter(None, (query.order_by,))}
    unknown = asked - collection.filters.keys()
    unknown |= {*query.at_least, *query.below} - collection.measures.keys()
    if unknown:
        raise ValueError(f"{collection.name} has no filter {', '.join(sorted(unknown))}")
    if query.search and not collection.searched:
        raise ValueError(f"{collection.name} is not searched by words")
    if query.search and query.order_by is not None:
        raise ValueError("What is found by words comes in the order of time.")
