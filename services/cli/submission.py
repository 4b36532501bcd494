"""Sending files and following their documents to the end, a few at a time."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from services.cli.client import ApiClient
from services.cli.failures import CliError, ServerRefused, Unreachable
from services.cli.items import Item, WebFile
from services.cli.views import FINE_STATES, OPEN_STATES, DocumentView, Trouble, document_view

FIRST_WAIT_SECONDS = 1
"""The server holds an upload's answer so long: quick documents need no second call."""
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.25, 3.0, 1.4
_HOPELESS_STATUSES = frozenset({401, 403, 404})
_HOPELESS_CODES = frozenset({"UNKNOWN_TYPE", "UNKNOWN_WORKSPACE"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. ``fields`` go along with each file; times are seconds."""

    fields: dict[str, str] = field(default_factory=dict)
    wait: bool = True
    timeout: float = 600.0
    concurrency: int = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: a document, or the reason why there is none."""

    path: Item
    seconds: float
    document: DocumentView | None = None
    trouble: Trouble | None = None

    @property
    def state(self) -> str:
        """The document's state; ``rejected`` for a file that was not taken."""
        return self.document.state if self.document else "rejected"

    @property
    def problem(self) -> Trouble | None:
        """Why there is no result, if there is none."""
        return self.trouble or (self.document.error if self.document else None)

    def is_fine(self, *, waited: bool) -> bool:
        """Whether all that was asked for is done."""
        if self.document is None or self.trouble is not None:
            return False
        states = {self.state, *self.document.child_states}
        return states <= (FINE_STATES if waited else FINE_STATES | OPEN_STATES)


class Listener(Protocol):
    """Is told how the files get on; ``index`` is a file's place in the order given."""

    def started(self, index: int, path: Item) -> None:
        """The file is next."""

    def sent(self, index: int, count: int, total: int) -> None:
        """So many of its bytes have gone out."""

    def moved(self, index: int, document: DocumentView) -> None:
        """The document has been looked at."""

    def finished(self, index: int, outcome: Outcome) -> None:
        """Nothing more happens to the file."""


class Submission:
    """One run over some files, whose ``outcomes`` it fills in by their places.

    A file is in there as soon as the server has taken it, so whoever holds ``outcomes``
    can still say what was accepted when the run is interrupted.
    """

    def __init__(
        self, client: ApiClient, plan: Plan, listener: Listener, outcomes: dict[int, Outcome]
    ) -> None:
        self._outcomes = outcomes
        self._client = client
        self._plan = plan
        self._listener = listener

    async def run(self, files: Sequence[Item]) -> None:
        """Send all files.

        Raises ``CliError`` when no file can get through: the key is refused, the server
        is gone, the type is unknown. What went wrong with one file is its outcome.
        """
        waiting = iter(enumerate(files))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._plan.concurrency, len(files))):
                    group.create_task(self._work(waiting))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _work(self, waiting: Iterator[tuple[int, Item]]) -> None:
        for index, path in waiting:
            self._listener.started(index, path)
            outcome = await self._submit(index, path)
            self._outcomes[index] = outcome
            self._listener.finished(index, outcome)

    async def _submit(self, index: int, path: Item) -> Outcome:
        started = time.monotonic()

        def outcome(document: DocumentView | None, trouble: Trouble | None = None) -> Outcome:
            return Outcome(path, time.monotonic() - started, document, trouble)

        document: DocumentView | None = None
        try:
            document = await self._send(index, path)
            self._outcomes[index] = outcome(document)
            if self._plan.wait:
                document = await self._follow(index, document)
        except ServerRefused as error:
            if error.status in _HOPELESS_STATUSES and document is None:
                raise
            if error.code in _HOPELESS_CODES:
                raise
            return outcome(document, Trouble(code=error.code, detail=error.detail))
        except Unreachable:
            raise
        except CliError as error:
            return outcome(document, Trouble(code="UNREADABLE", detail=str(error)))
        if self._plan.wait and not document.is_done:
            return outcome(document, Trouble(code="STILL_RUNNING", detail="waited long enough"))
        return outcome(document)

    async def _send(self, index: int, path: Item) -> DocumentView:
        fields = dict(self._plan.fields)
        if isinstance(path, WebFile):
            wait = FIRST_WAIT_SECONDS if self._plan.wait else 0
            return document_view(await self._client.send_url(path.url, fields, wait))
        total = await asyncio.to_thread(_size, path)

        def on_sent(count: int) -> None:
            self._listener.sent(index, count, total)

        if self._plan.wait:
            fields["wait"] = str(FIRST_WAIT_SECONDS)
        return document_view(await self._client.upload(path, fields, on_sent))

    async def _follow(self, index: int, document: DocumentView) -> DocumentView:
        until = time.monotonic() + self._plan.timeout
        pause, before = _FIRST_PAUSE, document
        while True:
            self._listener.moved(index, document)
            if document.is_done or time.monotonic() >= until:
                return document
            if (document.state, document.pages_done) != (before.state, before.pages_done):
                pause, before = _FIRST_PAUSE, document
            await asyncio.sleep(min(pause, max(0.0, until - time.monotonic())))
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
            document = document_view(await self._client.document(document.id))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise CliError(f"cannot be read: {error.strerror or error}") from None
