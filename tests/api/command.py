"""The command ``docstage`` as a process of its own."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.models.document import Document
from shared.store.collections import DOCUMENTS
from shared.store.port import Query
from tests.api.harness import Caller, Gateway

PIPE = asyncio.subprocess.PIPE


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    """Runs ``docstage`` with nothing but the given settings, in a folder of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        own = {f"DOCSTAGE_{name}": value for name, value in settings.items()}
        kept = {it: value for it, value in os.environ.items() if not it.startswith("DOCSTAGE_")}
        self._environment = {**kept, **own}

    async def start(
        self, *words: object, out: int = PIPE, err: int = PIPE
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli"),
            *(str(it) for it in words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=self._folder,
            env={**self._environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            preexec_fn=_as_from_a_terminal,
        )

    async def __call__(self, *words: object) -> Ended:
        return await ended(await self.start(*words))


def _as_from_a_terminal() -> None:
    """Take Ctrl-C: who starts the tests in the background hands down that it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def ended(process: asyncio.subprocess.Process) -> Ended:
    async with asyncio.timeout(120):
        out, err = await process.communicate()
    assert process.returncode is not None
    result = Ended(process.returncode, out.decode(), err.decode())
    assert "Traceback" not in result.err, result.err
    return result


async def accepted(gateway: Gateway, caller: Caller, count: int) -> list[Document]:
    """The caller's documents, once there are so many."""
    documents = gateway.store.of(caller.tenant, DOCUMENTS)
    async with asyncio.timeout(60):
        while len(found := await documents.page(Query(), None, count)) < count:
            await asyncio.sleep(0.02)
    return found
