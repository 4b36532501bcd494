"""Inserts documents into a store, many at a time, telling each as soon as it is stored.

Run as a program with the store's URL, to be killed while it writes.
"""

import asyncio
import sys

from shared.store.collections import DOCUMENTS
from shared.store.connect import connect_store
from tests.contracts.store_fixtures import OURS, THEIRS, document

_AT_A_TIME = 8


async def main(url: str) -> None:
    """Write until the end."""
    store = connect_store(url)
    await store.open()

    async def write() -> None:
        while True:
            for tenant in (OURS, THEIRS):
                one = document(tenant)
                await store.of(tenant, DOCUMENTS).insert(one)
                sys.stdout.write(f"{tenant.organization} {one.id}\n")
                sys.stdout.flush()

    await asyncio.gather(*(write() for _ in range(_AT_A_TIME)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
