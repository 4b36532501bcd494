"""Every way that documents can go, breadth first: ``python -m tests.model.exploring --faults 3``.

Documents meet only at the workers, which are few, and in the number of faults that befall them all
together. So the steps of one document are computed once for each of its states, and a state of
the whole is the states of its documents, in no order: documents and workers are alike (symmetry).
Two states of a document are one if nothing that any function asks for tells them apart: names of
tokens and entries, and moments beyond "now" and "long ago", do not.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.models.document import DocumentState
from shared.models.work import FINAL_WORK_STATES
from tests.model.machine import steps
from tests.model.one_document import (
    NOW,
    BrokenPromise,
    Local,
    accepted,
    has_live_hold,
    is_live,
    later,
    lease_of,
)

Key = tuple[Any, ...]
Whole = tuple[tuple[int, ...], int]
"""States of all documents, and how many faults are left."""


class PromiseBrokenAfter(Exception):
    """A promise is not kept: the message says which, and after which steps."""


@dataclass
class Found:
    """What an exploration has seen."""

    wholes: int = 0
    steps: int = 0
    states: int = 0
    seconds: float = 0.0


@dataclass
class Explorer:
    """Explores ``documents`` with ``workers`` and at most so many ``faults`` in all."""

    documents: int = 3
    workers: int = 2
    faults: int = 2
    pages: int = 1
    _numbers: dict[Key, int] = field(default_factory=dict)
    _locals: list[Local] = field(default_factory=list)
    _steps: dict[tuple[int, bool], list[tuple[str, int, int, bool]]] = field(default_factory=dict)
    _later: dict[int, tuple[int, bool]] = field(default_factory=dict)
    _ends: set[tuple[int, bool]] = field(default_factory=set)
    _came: dict[Whole, tuple[Whole | None, str]] = field(default_factory=dict)

    def run(self) -> Found:
        """See everything; raises ``PromiseBrokenAfter``."""
        begun, found = time.monotonic(), Found()
        first: Whole = ((self._number(accepted(self.pages)),) * self.documents, self.faults)
        self._came[first] = (None, "")
        front = [first]
        while front:
            coming: list[Whole] = []
            for whole in front:
                for name, after in self._after(whole):
                    found.steps += 1
                    if after not in self._came:
                        self._came[after] = (whole, name)
                        coming.append(after)
            front = coming
        found.wholes, found.states = len(self._came), len(self._locals)
        found.seconds = time.monotonic() - begun
        return found

    def _after(self, whole: Whole) -> Iterator[tuple[str, Whole]]:
        places, left = whole
        idle = sum(len(self._locals[it].holds) for it in places) < self.workers
        for position, place in enumerate(places):
            if place in places[:position]:
                continue  # an equal one has shown what can happen
            for name, number, cost, takes in self._steps_of(place, whole):
                if cost <= left and (idle or not takes):
                    others = (*places[:position], *places[position + 1 :], number)
                    yield name, (tuple(sorted(others)), left - cost)
        aged = [self._aged(it) for it in places]
        cost = int(any(is_live for _, is_live in aged))
        if cost <= left:
            yield "later", (tuple(sorted(number for number, _ in aged)), left - cost)

    def _steps_of(self, place: int, whole: Whole) -> list[tuple[str, int, int, bool]]:
        faults = whole[1] > 0
        known = self._steps.get((place, faults))
        if known is None:
            local = self._locals[place]
            try:
                self._require_an_end(local)
                known = [
                    (it.name, self._number(it.after), it.faults, it.name.startswith("take "))
                    for it in steps(local, idle_worker=True, faults=faults)
                ]
            except BrokenPromise as broken:
                raise PromiseBrokenAfter(f"{broken}, after {self._path(whole)}") from broken
            self._steps[place, faults] = known
        return known

    def _aged(self, place: int) -> tuple[int, bool]:
        if place not in self._later:
            local = self._locals[place]
            self._later[place] = self._number(later(local)), has_live_hold(local)
        return self._later[place]

    def _number(self, local: Local) -> int:
        key = key_of(local)
        number = self._numbers.setdefault(key, len(self._locals))
        if number == len(self._locals):
            self._locals.append(local)
        return number

    def _require_an_end(self, local: Local) -> None:
        """From here on without faults it must come to an end; the sweeper only mends losses."""
        seen: list[tuple[int, bool]] = []
        here = (self._number(local), local.lost)
        while here not in self._ends:
            if local.is_over:
                break
            if here in seen:
                helped = "even with" if local.lost else "but for"
                raise BrokenPromise(f"a job is lost, {helped} the sweeper")
            seen.append(here)
            local = _next(local)
            here = (self._number(local), local.lost)
        self._ends.update([*seen, here])

    def walk(self, names: Sequence[str], pages: int = 1) -> None:
        """Go one way with one document; raises ``PromiseBrokenAfter`` if it does not end well."""
        local = accepted(pages)
        for name in names:
            if name == "later":
                local = later(local)
                continue
            possible = {it.name: it.after for it in steps(local, idle_worker=True, faults=True)}
            local = possible[name]
        try:
            self._require_an_end(local)
        except BrokenPromise as broken:
            raise PromiseBrokenAfter(f"{broken}, after {', '.join(names)}") from broken

    def _path(self, whole: Whole) -> str:
        names: list[str] = []
        at: Whole | None = whole
        while at is not None:
            at, name = self._came[at]
            names.append(name)
        return ", ".join(name for name in reversed(names) if name) or "nothing"


_ORDER = ("carry out", "commit", "take", "clear")


def _next(local: Local) -> Local:
    """One step of a world without faults, in which everybody does his duty."""
    possible = list(steps(local, idle_worker=True, faults=False))
    for duty in _ORDER:
        for step in possible:
            if step.name.startswith(duty):
                return step.after
    if local.lost:
        for step in possible:
            if step.name.startswith("sweep"):
                return step.after
    return later(local)


def key_of(local: Local) -> Key:
    """What tells a state from others: see the module's text."""
    names: dict[str, int] = {}
    document, extraction = local.document, local.extraction

    def entries(outbox: list[Any]) -> Key:
        listed = sorted(
            (
                (it.kind, it.stage or "", it.part, it.not_before <= NOW, it.id in local.carried),
                names.get(it.id, len(names)),
                it.id,
            )
            for it in outbox
        )
        for _, _, name in listed:
            names.setdefault(name, len(names))
        return tuple((facts, names[name]) for facts, _, name in listed)

    def work(it: Any) -> Key:
        if it.state in FINAL_WORK_STATES:
            return (it.state,)
        lease = it.lease
        is_live = None if lease is None else lease.until > NOW
        return it.state, it.attempts, is_live, it.enqueued < NOW, it.enqueued > NOW

    def message(it: Any) -> Key:
        return it.stage, it.revision, it.part, it.target or "", names.get(it.id, -1)

    outboxes = entries(document.outbox), entries(extraction.outbox) if extraction else ()
    holds = sorted((message(it.message), _held(local, it), it.is_redelivered) for it in local.holds)
    present = document.revision
    return (
        document.state, present, document.pages, tuple(work(it.work) for it in document.parts),
        document.state is DocumentState.EXTRACTING and document.enqueued < NOW, outboxes,
        extraction and (extraction.revision == present, work(extraction.work)),
        tuple(sorted(map(message, local.queue))), tuple(holds), local.lost,
        tuple(it for it in local.spent if it[0] not in local.results and it[0][1] == present),
        tuple(sorted(it for it in local.results if it[1] == present)),
    )  # fmt: skip


def _held(local: Local, hold: Any) -> int:
    """Whether a worker's lease is gone, over, or live."""
    lease = lease_of(local, hold)
    return 0 if lease is None else 1 + is_live(lease)


def main() -> None:
    """Explore, and say how much was seen."""
    parser = argparse.ArgumentParser(prog="tests.model.exploring", description=__doc__)
    parser.add_argument("--documents", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--faults", type=int, default=2, help="in all, at any step")
    parser.add_argument("--pages", type=int, default=1, help="of each document, a part for each")
    options = parser.parse_args()
    found = Explorer(options.documents, options.workers, options.faults, options.pages).run()
    print(f"{found.wholes} states ({found.states} of a document), {found.steps} steps, ", end="")  # noqa: T201
    print(f"{found.seconds:.1f} s: every promise is kept")  # noqa: T201


if __name__ == "__main__":
    main()
