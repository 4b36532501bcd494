"""SecantusDB, made to look a record up by its ``_id`` whatever else the filter asks for.

MongoDB does that. SecantusDB 0.7 does it for a filter of ``_id`` alone; beside the tenant's
condition, which we never leave out, it decodes all that the tenant has, for each read and write.
What is found is held against the whole filter by the caller, as before.
"""

import sys
from typing import Any

from secantus.cli import main
from secantus.storage import Storage

_candidates = Storage._try_index_id_keys


def _by_id_first(
    storage: Storage, db: str, name: str, wanted: dict[str, Any], *, collation: object = None
) -> list[bytes] | None:
    if wanted and len(wanted) > 1 and "_id" in wanted:
        found = _candidates(storage, db, name, {"_id": wanted["_id"]}, collation=collation)
        if found is not None:
            return found
    return _candidates(storage, db, name, wanted, collation=collation)


if __name__ == "__main__":
    Storage._try_index_id_keys = _by_id_first
    sys.exit(main())
