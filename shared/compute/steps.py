"""What a child spends its time on, told to whoever traces a call.

Names and page numbers of ours only: a child reads files of strangers, and is not believed more.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class StepName(StrEnum):
    """What children do."""

    OPEN = "open"
    READ_PAGE = "read page"
    SPLIT = "split"
    EXTRACT = "extract"


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step, by the child's own clock: nanoseconds since 1970.

    ``page`` counts from 0; ``failed`` says that it ended with an error.
    """

    name: StepName
    started: int
    ended: int
    page: int | None = None
    failed: bool = False


class Steps(Protocol):
    """Who hears of steps."""

    def wanted(self) -> bool:
        """Whether the call that is about to be made is traced."""

    def taken(self, steps: Sequence[StepTaken]) -> None:
        """Take over what a child has told of."""


_noted: ContextVar[list[StepTaken] | None] = ContextVar("docstage_steps", default=None)


def note_steps() -> list[StepTaken]:
    """Begin to note the steps of a call; they are in the list as they end."""
    noted: list[StepTaken] = []
    _noted.set(noted)
    return noted


def forget_steps() -> None:
    """Note no more."""
    _noted.set(None)


@contextmanager
def step(name: StepName, page: int | None = None) -> Iterator[None]:
    """A step, for as long as the block runs; next to nothing where nobody wants to know."""
    noted = _noted.get()
    if noted is None:
        yield
        return
    started, failed = time.time_ns(), True
    try:
        yield
        failed = False
    finally:
        noted.append(StepTaken(name, started, time.time_ns(), page, failed))
