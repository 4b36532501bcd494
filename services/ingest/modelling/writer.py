"""Models of document types as code, for whoever asks; written in a child process, then kept."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from services.ingest.modelling.python_code import load, write_python
from shared.compute.limits import Limits
from shared.compute.pool import ComputePool

PATIENCE = 30.0
"""Seconds that a child may take for one module, which are hundredths as a rule."""
IDLE = 120.0
"""Seconds without a wish until the child ends: models are asked for now and then, many at once."""
KEPT = 500


class PythonModels:
    """Writes Pydantic models; the child is there only while somebody asks."""

    def __init__(self, idle: float = IDLE) -> None:
        self._idle = idle
        self._kept: dict[str, str] = {}
        self._pool: ComputePool | None = None
        self._turn = asyncio.Lock()
        self._ending: asyncio.TimerHandle | None = None
        self._chores: set[asyncio.Task[None]] = set()

    async def write(self, schema: Mapping[str, Any]) -> str:
        """The module for a JSON Schema with a title.

        Raises ``AttemptFailed`` when the child does not make it, and ``Transient`` when there is
        none.
        """
        described = json.dumps(schema)
        if (kept := self._kept.get(described)) is not None:
            return kept
        async with self._turn:
            pool = await self._started()
            try:
                code = await pool.run(write_python, described, timeout=PATIENCE)
            finally:
                self._end_later()
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[described] = code
        return code

    async def close(self) -> None:
        """End the child."""
        async with self._turn:
            if self._ending is not None:
                self._ending.cancel()
            pool, self._pool = self._pool, None
            if pool is not None:
                await pool.close()

    async def _started(self) -> ComputePool:
        if self._ending is not None:
            self._ending.cancel()
        if self._pool is None:
            pool = ComputePool(1, warm=load, limits=Limits())
            await pool.start()
            self._pool = pool
        return self._pool

    def _end_later(self) -> None:
        self._ending = asyncio.get_running_loop().call_later(self._idle, self._end)

    def _end(self) -> None:
        chore = asyncio.create_task(self.close())
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)
