"""Places where a test can make a process die, stop or raise: one at each step of the recipe.

Off unless ``DOCSTAGE_FAILPOINTS`` is set when the process starts, for example to
``ocr.claimed=kill@3;outbox.published=sleep:5``: at the third passing kill -9 oneself; sleep
five seconds at every passing. Actions are ``kill``, ``raise`` and ``sleep:SECONDS``; ``#ID``
behind one limits it to what concerns the document with that id, ``@N`` to the Nth such passing.

``@/path/to/file`` instead names a file that holds such rules and may change at any time; what
goes off is written, before it does, to the same name with ``.log`` behind it. There ``hold`` is an
action too, which lasts until the rule is taken out of the file. A process that is
told to be in production (``DOCSTAGE_PRODUCTION=1``, as in the images) refuses the variable.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "DOCSTAGE_FAILPOINTS"
PRODUCTION = "DOCSTAGE_PRODUCTION"
HOLD_SECONDS = 0.05
"""Between two looks whether a hold is over."""

STEPS: Mapping[str, tuple[str, ...]] = {
    "I1": ("ingest.spooled",),
    "I2": ("ingest.stored",),
    "I3": ("ingest.inserted",),
    "I4": ("ingest.answering",),
    "I5": ("outbox.publishing", "outbox.published"),
    "I6": ("outbox.cleared",),
    "S1": ("fetch.delivered", "unpack.delivered", "ocr.delivered", "extract.delivered"),
    "S2": ("fetch.claimed", "unpack.claimed", "ocr.claimed", "extract.claimed"),
    "S3": ("fetch.fetched", "unpack.fetched", "ocr.fetched", "extract.fetched"),
    # Nothing is computed of what is fetched from a URL.
    "S4": ("unpack.computed", "ocr.computed", "extract.computed"),
    # An extraction's result is in its record: it is stored by the commit.
    "S5": ("fetch.stored", "unpack.child", "ocr.stored", "extract.worked"),
    "S6": ("fetch.committed", "unpack.committed", "ocr.committed", "extract.committed"),
    "S7": (
        "fetch.acknowledged", "unpack.acknowledged", "ocr.acknowledged", "extract.acknowledged",
    ),
    "N1": ("notify.delivered", "notify.claimed"),
    "N2": ("notify.sent",),
    "N3": ("notify.worked", "notify.committed"),
    "N4": ("notify.acknowledged",),
    "relay": ("relay.found",),
    "sweeper": ("sweeper.requeued",),
    "events": ("notify.fanned_out",),
    "letters": ("outbox.letter", "outbox.lettered"),
    "SMTP": ("smtp.spooled", "smtp.stored"),
    "IMAP": ("imap.fetched", "imap.stored", "imap.put_away"),
}  # fmt: skip
"""The failpoints by step: after the step has happened, but for ``publishing`` and ``answering``,
which are before. The steps are named as in docs/reliability.md."""


class FailpointsRefusedError(Exception):
    """Failpoints are set where they may not be."""


@dataclass(slots=True)
class _Rule:
    name: str
    action: str
    subject: str
    at: int
    passed: int = 0

    def is_due(self, subject: str) -> bool:
        """Count a passing; whether the rule is for this one."""
        if self.subject and self.subject != subject:
            return False
        self.passed += 1
        return not self.at or self.passed == self.at


class Failpoints:
    """The failpoints of one process; ``file`` holds rules that may change, instead."""

    def __init__(self, setting: str = "", file: Path | None = None) -> None:
        self._file = file
        self._seen = (0, 0)
        self._rules = _rules(setting)

    @classmethod
    def from_environment(cls) -> "Failpoints":
        """Those that the environment asks for; raises ``FailpointsRefusedError``."""
        setting = os.environ.get(VARIABLE, "")
        if setting and os.environ.get(PRODUCTION, "0") not in {"", "0"}:
            raise FailpointsRefusedError(f"{VARIABLE} is for tests; {PRODUCTION} is set.")
        if setting.startswith("@"):
            return cls(file=Path(setting[1:]))
        return cls(setting)

    async def reach(self, name: str, subject: str = "") -> None:
        """Pass the point ``name``, about the document ``subject``.

        Returns at once unless it is armed.
        """
        if self._file is not None:
            self._look(self._file)
        rule = self._rules.get(name)
        if rule is None or not rule.is_due(subject):
            return
        if self._file is not None:
            _note(self._file, name)
        if rule.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if rule.action == "raise":
            raise RuntimeError(f"failpoint {name}")
        if rule.action == "hold" and self._file is not None:
            await self._hold(name, self._file)
            return
        _, _, seconds = rule.action.partition("sleep:")
        await asyncio.sleep(float(seconds))

    async def _hold(self, name: str, file: Path) -> None:
        while (rule := self._rules.get(name)) is not None and rule.action == "hold":
            await asyncio.sleep(HOLD_SECONDS)
            self._look(file)

    def _look(self, file: Path) -> None:
        """Read the file if it has changed."""
        try:
            now = file.stat()
        except FileNotFoundError:
            self._rules = {}
            return
        if (now.st_ino, now.st_mtime_ns) != self._seen:
            self._seen = now.st_ino, now.st_mtime_ns
            self._rules = _rules(file.read_text())


def _rules(setting: str) -> dict[str, _Rule]:
    rules = {}
    for item in filter(None, setting.strip().split(";")):
        name, _, rest = item.strip().partition("=")
        rest, _, at = rest.partition("@")
        action, _, subject = rest.partition("#")
        rules[name] = _Rule(name, action, subject, int(at or 0))
    return rules


def _note(file: Path, name: str) -> None:
    with file.with_name(f"{file.name}.log").open("a") as log:
        log.write(f"{name}\n")
