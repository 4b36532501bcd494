"""The SMTP door alone, as a process that can be killed: ``python -m tests.api.smtp_process``."""

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from services.ingest.doors.smtp import build_smtp
from shared.config import Settings
from shared.process import open_process, run_services
from shared.telemetry.metrics import IntakeMetrics
from tests.servers.process import free_port

ROOT = Path(__file__).parents[2]
_LARGEST_FILE = "TEST_LARGEST_FILE"
SECRET = "a secret of thirty-two bytes or more"


class DoorProcess:
    """A door on ``data`` with settings from the environment; killed at the end."""

    def __init__(self, data: Path, largest_file: int | None = None, **settings: str) -> None:
        self.port = free_port()
        self._log = data.parent / "door.log"
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("DOCSTAGE_")},
            "DOCSTAGE_DATA_DIR": str(data),
            "DOCSTAGE_SECRET": SECRET,
            "DOCSTAGE_SMTP_PORT": str(self.port),
            _LARGEST_FILE: str(largest_file or resource.RLIM_INFINITY),
            **settings,
        }

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.api.smtp_process"],
                env=self._environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError(self._log.read_text())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait(10)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def memory(self) -> int:
        """The most memory it has had, in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (line,) = [it for it in status.splitlines() if it.startswith("VmHWM")]
        return int(line.split()[1]) * 1024

    def died(self) -> int:
        """How it ended by itself."""
        return self._process.wait(30)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)


async def _serve() -> None:
    limit = int(os.environ[_LARGEST_FILE])
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    process = await open_process(Settings(_env_file=None), workers=0)
    await run_services(process, [build_smtp(process, IntakeMetrics(process.registry))])


if __name__ == "__main__":
    asyncio.run(_serve())
