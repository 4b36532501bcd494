"""A private MongoDB-wire server on loopback: SecantusDB, a stand-in for tests only."""

import importlib.util
import sys
from pathlib import Path

from tests.servers.process import HOST, ServerProcess, Unavailable, accepts, free_ports

_PROGRAM = Path(__file__).with_name("mongo_wire_by_id.py")
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


class MongoWireServer:
    """A server with its data in ``folder``; it can be killed and started again on its data."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (self._port,) = free_ports(1)
        if importlib.util.find_spec("secantus") is None:
            raise Unavailable("SecantusDB is not installed: make install-dev")
        command = [
            sys.executable, str(_PROGRAM), "--host", HOST, "--port", str(self._port),
            "--log-level", "WARNING",
            "--storage-path", str(folder / "data"), "--cache-size", "256M", "--sync-on-commit",
        ]  # fmt: skip
        self._process = ServerProcess(command, folder / "stdout.log", {}, cwd=folder)

    def url(self, database: str = "docstage") -> str:
        """Its URL for a database, which need not exist.

        Retryable writes, which a real MongoDB should have, make this server slower and slower.
        """
        return f"mongodb://{HOST}:{self._port}/{database}?retryWrites=false"

    def start(self) -> None:
        """Start, or start again, and wait until it answers."""
        self._process.start(lambda: accepts(self._port), _START_SECONDS)

    def kill(self) -> None:
        """``kill -9``."""
        self._process.kill()

    def stop(self) -> None:
        """End it."""
        self._process.stop(_STOP_SECONDS)
