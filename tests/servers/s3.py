"""A private S3 server on loopback: ``nanio`` (small, quick to start) or SeaweedFS (mature)."""

import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Literal

from tests.servers.process import HOST, ServerProcess, Unavailable, free_ports

Kind = Literal["nanio", "seaweedfs"]

_KEY = "docstage"
_SECRET = "docstage-secret"
_START_SECONDS = 60.0
_STOP_SECONDS = 3.0
_NOT_READY_STATUS = 500


class S3Server:
    """A server with its data in ``folder``; it can be killed and started again on its data."""

    def __init__(self, folder: Path, kind: Kind = "nanio") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        data = folder / "data"
        data.mkdir(exist_ok=True)
        self._port, *others = free_ports(11)
        command, env = (
            _nanio(self._port, data) if kind == "nanio" else _seaweedfs(self._port, others, data)
        )
        # SeaweedFS writes its settings where it stands.
        self._process = ServerProcess(command, folder / "stdout.log", env, cwd=folder)

    def url(self, bucket: str = "docstage") -> str:
        """Its ``s3+http://`` URL for a bucket, which need not exist."""
        return f"s3+http://{_KEY}:{_SECRET}@{HOST}:{self._port}/{bucket}"

    def start(self) -> None:
        """Start, or start again, and wait until it answers."""
        self._process.start(self._answers, _START_SECONDS)

    def kill(self) -> None:
        """``kill -9``."""
        self._process.kill()

    def stop(self) -> None:
        """End it."""
        self._process.stop(_STOP_SECONDS)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://{HOST}:{self._port}/", timeout=1.0).close()
        except urllib.error.HTTPError as error:
            return error.code < _NOT_READY_STATUS  # 403: awake, and it wants a signature
        except OSError:
            return False
        return True


def _program(name: str) -> str:
    beside_python = Path(sys.executable).parent / name
    found = str(beside_python) if beside_python.exists() else shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} is not installed: make install")
    return found


def _nanio(port: int, data: Path) -> tuple[list[str], dict[str, str]]:
    command = [_program("nanio"), "serve", "--host", HOST, "--port", str(port)]
    return (
        [*command, "--data-dir", str(data)],
        {"NANIO_ACCESS_KEY": _KEY, "NANIO_SECRET_KEY": _SECRET},
    )


def _seaweedfs(port: int, others: list[int], data: Path) -> tuple[list[str], dict[str, str]]:
    names = [
        "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port",
        "filer.port.grpc", "s3.port.grpc", "admin.port", "admin.port.grpc", "debug.port",
    ]  # fmt: skip
    options = {
        "dir": data, "ip": HOST, "ip.bind": HOST, "s3.port": port, "admin.ui": "false",
        "webdav": "false", "master.telemetry": "false", "s3.port.iceberg": 0, "s3.port.lance": 0,
        **dict(zip(names, others, strict=True)),
    }  # fmt: skip
    command = [_program("weed"), "mini", *(f"-{name}={value}" for name, value in options.items())]
    return command, {"AWS_ACCESS_KEY_ID": _KEY, "AWS_SECRET_ACCESS_KEY": _SECRET}
