"""``docstage up`` as a user starts it: a process of its own on a free port."""

import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.process import free_port

KEY = "e2e-bootstrap-key-0123456789-abcdefgh"
START_SECONDS = 90.0


class Up:
    """One embedded Docstage on ``data``; its output goes to ``data/../up.log``.

    With ``tls`` it serves HTTPS with the certificate for development.
    """

    def __init__(self, data: Path, *, tls: bool = False, **environment: str) -> None:
        self.data = data
        self._tls = tls
        self.key = KEY
        self.port = free_port()
        self.admin_port = free_port()
        self.mail_port = free_port()
        self.log = data.parent / "up.log"
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("DOCSTAGE_")},
            **{k: v for k, v in os.environ.items() if k == "DOCSTAGE_MODEL_CACHE"},
            "DOCSTAGE_BOOTSTRAP_KEY": KEY,
            "DOCSTAGE_ADMIN_PORT": str(self.admin_port),
            "DOCSTAGE_SMTP_PORT": str(self.mail_port),
            "DOCSTAGE_ALLOW_PRIVATE_TARGETS": "127.0.0.0/8",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def authority(self) -> Path:
        """Whom clients must trust, with ``tls``."""
        return self.data / "tls" / "ca.pem"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def admin_url(self) -> str:
        return f"http://127.0.0.1:{self.admin_port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "services.cli", "up"]
        options = ["--port", str(self.port), "--data-dir", str(self.data)]
        options += ["--tls"] if self._tls else []
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [*command, *options], env=self._environment, stdout=log, stderr=log
            )
        authority = self.authority if self._tls else None
        try:
            wait_until_ready(self.url, self._process, self.log, authority)
        except AssertionError:
            self.kill()  # nobody else would
            raise

    def kill(self) -> None:
        """Kill -9: nothing is flushed, released or said."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def wait(self) -> int:
        """The exit status of one that ends by itself."""
        assert self._process is not None
        return self._process.wait(60)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(60)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)  # nobody else ends one that became ready too late
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


def wait_until_ready(
    url: str, process: subprocess.Popen[bytes], log: Path, authority: Path | None = None
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            trust = ssl.create_default_context(cafile=authority) if authority else None
            with urllib.request.urlopen(f"{url}/readyz", timeout=2, context=trust) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"not ready:\n{log.read_text()[-3000:]}")
