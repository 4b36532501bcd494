"""Rows L: what fails for good leaves a dead letter, wherever its process dies while failing."""

from collections.abc import Sequence
from uuid import uuid4

from tests.faults.driver import File, invoices
from tests.faults.matrix import Row
from tests.faults.scene import Scene

_HELD = "outbox.publishing=sleep:1"
"""Long enough to learn a document's id before anybody works on it."""


def _damaged() -> File:
    """A PDF that no reader can open, different each time."""
    name = uuid4().hex
    return File(f"{name}.pdf", b"%PDF-1.7\n1 0 obj " + name.encode())


async def _killed(scene: Scene, file: File, rules: str, service: str) -> None:
    """A document whose process dies by ``rules``; ``#`` is followed by its id there."""
    world = scene.world
    world.arm("ingest", _HELD)
    identity = await scene.driver.upload(file)
    world.disarm("ingest")
    world.arm(service, rules.replace("#", f"#{identity}"))
    await world.died(service)
    await world.start(service)


async def _all_failed_once(scene: Scene, count: int) -> None:
    await scene.finished()
    scene.require(len(scene.evidence.documents) == count, "a document is missing")
    for document in scene.evidence.documents:
        state, letters = document.state.value, document.letters
        scene.require((state, letters) == ("failed", 1), f"{state}, {letters} letters", document.id)


async def _reader_killed_at(scene: Scene, steps: Sequence[str]) -> None:
    for step in steps:
        await _killed(scene, _damaged(), f"{step}=kill#", "ocr")
    await _all_failed_once(scene, len(steps))


async def killed_before_the_letter(scene: Scene) -> None:
    """L1a: kill -9 before the failure is committed, and before its letter is written."""
    await _reader_killed_at(scene, ("ocr.claimed", "outbox.publishing", "outbox.letter"))


async def killed_after_the_letter(scene: Scene) -> None:
    """L1b: kill -9 when the letter is written, and the outbox still says that it is to be."""
    await _reader_killed_at(scene, ("outbox.lettered", "ocr.committed"))


async def killed_while_telling(scene: Scene) -> None:
    """L2: an extraction has failed for good, and whoever tells its document dies of it."""
    (file,) = invoices(1)
    rules = "extract.fetched=raise#;outbox.letter=kill#"
    await _killed(scene, file, rules, "extract")
    await _all_failed_once(scene, 1)


_OUTBOX = "letters in the outbox"

ROWS = (
    Row("L1a", "reader killed before it fails a document, and before the letter is written",
        killed_before_the_letter, _OUTBOX, frozenset({"V4"})),
    Row("L1b", "reader killed after the letter is written",
        killed_after_the_letter, "ids of letters", frozenset({"V2"})),
    Row("L2", "extractor killed while the document is told of its failure",
        killed_while_telling, _OUTBOX, frozenset({"V4"})),
)  # fmt: skip
