"""The real store, whose answers a test loses, delays or forbids."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.errors import Code, Transient
from shared.store.collections import Collection
from shared.store.port import Backlog, Queues, Store, Tenant


@dataclass
class Faults:
    """What befalls calls of a method: so many fail before, or after, they were carried out.

    ``gate`` holds up writes until it is set; ``broken`` are ids that cannot be read.
    """

    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    broken: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    async def call(self, name: str, do: Callable[[], Awaitable[Any]]) -> Any:
        self.calls.append(name)
        if self.gate is not None and name != "get":
            self.waiting.set()
            await self.gate.wait()
        if self.before.get(name, 0) > 0:
            self.before[name] -= 1
            raise Transient(Code.DEPENDENCY_DOWN)
        result = await do()
        if self.after.get(name, 0) > 0:
            self.after[name] -= 1
            raise Transient(Code.DEPENDENCY_DOWN)
        return result


class FaultyRepository:
    """See ``Repository``."""

    def __init__(self, real: Any, faults: Faults) -> None:
        self._real = real
        self._faults = faults

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._real, name)

        async def call(*args: Any) -> Any:
            if name == "get" and args[0] in self._faults.broken:
                raise ValueError("this record cannot be read")
            return await self._faults.call(name, lambda: method(*args))

        return call


class FaultyStore:
    """See ``Store``: everything is the real one's, but for the ``faults``."""

    def __init__(self, real: Store) -> None:
        self._real = real
        self.faults = Faults()

    async def open(self) -> None:
        await self._real.open()

    async def close(self) -> None:
        await self._real.close()

    async def ping(self) -> None:
        await self._real.ping()

    async def now(self) -> datetime:
        return await self._real.now()

    def of(self, tenant: Tenant, collection: Collection[Any]) -> Any:
        return FaultyRepository(self._real.of(tenant, collection), self.faults)

    def across(self, collection: Collection[Any]) -> Any:
        return FaultyRepository(self._real.across(collection), self.faults)

    @property
    def backlog(self) -> Backlog:
        return self._real.backlog

    @property
    def queues(self) -> Queues:
        return self._real.queues
