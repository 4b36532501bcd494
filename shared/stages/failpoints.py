"""Places where a test can make a process die, stop or raise.

Off unless ``DOCSTAGE_FAILPOINTS`` is set when the process starts, for example to
``ocr.claimed=kill@3;outbox.published=sleep:5``: at the third passing kill -9 oneself; sleep
five seconds at every passing. Actions are ``kill``, ``raise`` and ``sleep:SECONDS``.
"""

import asyncio
import os
import signal
from dataclasses import dataclass

VARIABLE = "DOCSTAGE_FAILPOINTS"


@dataclass(slots=True)
class _Armed:
    action: str
    at: int
    passed: int = 0


class Failpoints:
    """The failpoints of one process."""

    def __init__(self, setting: str = "") -> None:
        self._armed: dict[str, _Armed] = {}
        for item in filter(None, setting.split(";")):
            name, _, action = item.partition("=")
            action, _, at = action.partition("@")
            self._armed[name.strip()] = _Armed(action, int(at or 0))

    @classmethod
    def from_environment(cls) -> "Failpoints":
        """Those that the environment asks for."""
        return cls(os.environ.get(VARIABLE, ""))

    async def reach(self, name: str) -> None:
        """Pass the point ``name``; returns at once unless it is armed."""
        armed = self._armed.get(name)
        if armed is None:
            return
        armed.passed += 1
        if armed.at and armed.passed != armed.at:
            return
        if armed.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if armed.action == "raise":
            raise RuntimeError(f"failpoint {name}")
        _, _, seconds = armed.action.partition("sleep:")
        await asyncio.sleep(float(seconds))
