"""What ``docstage doctor`` says where this server runs, for operators who have no shell there.

It is a process of its own, as it blocks, and loads drivers that the gateway has no use for: two
seconds of a core and 85 MB, for as long as it takes.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError

from shared.config import Settings
from shared.errors import Code, Transient

_SECONDS = 60.0
_COMMAND = ("-m", "services.cli", "doctor", "--only", "local", "--json")
_PLAIN = (str, int, float, Path)


class FindingStatus(StrEnum):
    """``warning``: it works, and should not stay so. ``skipped``: there is nothing to see."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"


class Finding(BaseModel):
    """One thing that was looked at, and what to do about it. It holds no secret."""

    name: str
    status: FindingStatus
    detail: str
    advice: str = ""
    milliseconds: float | None = None


class _Report(BaseModel):
    findings: list[Finding]


class Checkup:
    """Has the doctor look at this machine, by the settings that this process has."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._one_at_a_time = asyncio.Lock()
        self._log = structlog.get_logger("docstage.checkup")

    async def findings(self) -> list[Finding]:
        """All of them; raises ``Transient(NOT_READY)`` where it comes to no end."""
        async with self._one_at_a_time:
            told, status = await self._run()
        try:
            return _Report.model_validate_json(told).findings
        except ValidationError as error:
            self._log.warning("checkup_not_understood", status=status, bytes=len(told))
            detail = "'docstage doctor' said nothing that can be read. Run it on the server."
            raise Transient(Code.NOT_READY, detail) from error

    async def _run(self) -> tuple[bytes, int | None]:
        """What the doctor says, and its exit status."""
        doctor = await asyncio.create_subprocess_exec(
            sys.executable,
            *_COMMAND,
            env={**os.environ, **as_environment(self._settings)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # it may quote what is set, secrets too
        )
        try:
            async with asyncio.timeout(_SECONDS):
                told, _ = await doctor.communicate()
        except TimeoutError as error:
            self._log.warning("checkup_not_through", seconds=_SECONDS)
            detail = f"The check-up was not through after {_SECONDS:.0f} seconds."
            raise Transient(Code.NOT_READY, detail) from error
        finally:
            if doctor.returncode is None:
                doctor.kill()
                await doctor.wait()
        return told, doctor.returncode


def as_environment(settings: Settings) -> Mapping[str, str]:
    """What was set, whoever set it: a command's options are in no environment. No secrets."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {f"DOCSTAGE_{k.upper()}": str(it) for k, it in given.items() if isinstance(it, _PLAIN)}
