"""A world to break: Docstage as processes that can be killed, stopped, slowed and led astray.

Two kinds (``Engine``): the four services on RabbitMQ, a MongoDB-wire server and an S3 server,
and ``docstage up`` on embedded parts. A scenario names services alike in both; in the embedded
world they are all in the one process. Further copies of a service are named ``ocr-2`` and so on.

Services stay alive from scenario to scenario: ``ensure`` starts again only what is to run
otherwise. Failpoints are armed in running processes, by a file that each looks into.
"""

import asyncio
import os
import secrets
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from deploy.dev.servers import Servers
from deploy.dev.stack import SERVICES
from tests.faults.deadlines import unhurried
from tests.faults.descendants import descendants
from tests.faults.launch import PLAIN, SHORT_LIMITS, VARIABLES, Engine, Launch, at_port
from tests.servers.process import HOST, ServerProcess, free_ports

REPOSITORY = Path(__file__).resolve().parents[2]
_READY_SECONDS = 90.0
_STOP_SECONDS = 40.0
_OK = 200


class World:
    """The services of one engine; ``servers`` are what they stand on, none when embedded.

    All methods that take a service's name take that of a copy, too.
    """

    def __init__(self, folder: Path, engine: Engine, servers: Servers | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = engine
        self.folder = folder
        self.key = secrets.token_urlsafe(32)
        self.port, self.mail_port = free_ports(2)
        self._servers = servers
        self._secret = secrets.token_urlsafe(32)
        self._admin_ports: dict[str, int] = {}
        self._processes: dict[str, ServerProcess] = {}
        self._launches: dict[str, Launch] = {}
        self._unguarded: dict[str, tuple[str, ...]] = {}
        self._data = folder / "data"

    @property
    def url(self) -> str:
        """The gateway's URL, whichever process serves it."""
        return f"http://{HOST}:{self.port}"

    @property
    def servers(self) -> Servers:
        """RabbitMQ, MongoDB-wire and S3 server; a fault in the row where there are none."""
        assert self._servers is not None, "an embedded world has no servers"
        return self._servers

    @property
    def store_url(self) -> str:
        """Where the records are, past any proxy."""
        if self._servers is None:
            return f"sqlite:///{self._data}/docstage.db"
        return self._servers.environment[VARIABLES["store"]]

    @property
    def blobs_url(self) -> str:
        """Where the files are, past any proxy."""
        if self._servers is None:
            return f"file://{self._data}/blobs"
        return self._servers.environment[VARIABLES["blobs"]]

    @property
    def broker_url(self) -> str | None:
        """Where the queues are, past any proxy; nothing others can look into when embedded."""
        return None if self._servers is None else self._servers.environment[VARIABLES["broker"]]

    @property
    def services(self) -> tuple[str, ...]:
        """The processes that make up the whole, without copies."""
        return SERVICES if self._servers is not None else ("up",)

    def home(self, service: str) -> str:
        """The process that a service runs in."""
        return service if self._servers is not None else "up"

    def spools(self) -> list[Path]:
        """The folders that files come in through."""
        return [path for path in self.folder.glob("data*/spool") if path.is_dir()]

    def log(self, service: str) -> Path:
        """Where a process's output goes."""
        return self.folder / f"{self.home(service)}.log"

    def admin_url(self, service: str) -> str:
        """A process's admin port."""
        return f"http://{HOST}:{self._admin_port(self.home(service))}"

    def pid(self, service: str) -> int:
        """A process's id."""
        return self._processes[self.home(service)].pid

    def running(self, service: str) -> bool:
        """Whether a process was started and has not ended."""
        process = self._processes.get(self.home(service))
        return process is not None and process.running

    async def ensure(
        self,
        wanted: Mapping[str, Launch] | None = None,
        unguarded: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Have every service run, as ``wanted`` or else plainly, and no copies of them.

        ``unguarded`` names for services the guards that are out, from now on. Only what is not
        so already is stopped and started; all failpoints are off then.
        """
        launches = {self.home(name): launch for name, launch in (wanted or {}).items()}
        self._unguarded = {self.home(name): out for name, out in (unguarded or {}).items()}
        for name in set(self._processes) - set(self.services):
            self.kill(name)
            del self._processes[name]
        self.forget()
        stale = [
            name
            for name in self.services
            if not self.running(name)
            or self._launches.get(name) != self._without_guards(name, launches.get(name, PLAIN))
        ]
        await asyncio.gather(*(self.restart(it, launches.get(it, PLAIN)) for it in stale))

    async def start(self, service: str, launch: Launch | None = None) -> None:
        """Start a service, or a copy, and wait until it is ready.

        Without ``launch`` as it was last started.
        """
        name = self.home(service)
        chosen = self._without_guards(name, launch or self._launches.get(name, PLAIN))
        self._launches[name] = chosen
        self._let_spool_age(name)
        data = self._data_of(name)
        data.mkdir(parents=True, exist_ok=True)
        process = ServerProcess(
            self._command(name, chosen), self.log(name), self._environment(name, chosen), data
        )
        self._processes[name] = process
        await asyncio.to_thread(
            process.start, lambda: _is_ready(self._port_of(name)), unhurried(_READY_SECONDS)
        )

    async def restart(self, service: str, launch: Launch | None = None) -> None:
        """Kill it if it runs, and start it."""
        self.kill(service)
        await self.start(service, launch)

    def kill(self, service: str) -> None:
        """``kill -9`` of the process and its children."""
        process = self._processes.get(self.home(service))
        if process is not None:
            process.kill()

    async def stop(self, service: str, seconds: float = _STOP_SECONDS) -> int:
        """Ask it to drain and end; its exit status (negative: the signal it took)."""
        process = self._processes[self.home(service)]
        return await asyncio.to_thread(process.stop, seconds)

    def pause(self, service: str) -> None:
        """SIGSTOP: it stands still in the midst of what it does, its children too."""
        self._signal(service, signal.SIGSTOP)

    def resume(self, service: str) -> None:
        """SIGCONT."""
        self._signal(service, signal.SIGCONT)

    async def died(self, service: str, seconds: float = 60.0) -> None:
        """Wait until a process has ended by itself, and disarm its failpoints.

        Raises ``TimeoutError``: then the fault of the scenario did not happen.
        """
        async with asyncio.timeout(unhurried(seconds)):
            while self.running(service):
                await asyncio.sleep(0.02)
        self.disarm(service)
        self.kill(service)  # the rest of its group

    def arm(self, service: str, failpoints: str) -> None:
        """Arm failpoints (``shared.stages.failpoints``) in a process, which may run already."""
        path = self._failpoints(self.home(service))
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(failpoints)
        fresh.replace(path)

    def disarm(self, service: str) -> None:
        """Take all failpoints of a process back."""
        self.arm(service, "")

    def reached(self, service: str) -> list[str]:
        """The armed failpoints that went off in a process since the last ``forget``."""
        path = self.folder / f"{self.home(service)}.failpoints.log"
        return path.read_text().splitlines() if path.exists() else []

    async def until_reached(self, service: str, name: str, seconds: float = 60.0) -> None:
        """Wait until a failpoint went off; raises ``TimeoutError``."""
        async with asyncio.timeout(unhurried(seconds)):
            while name not in self.reached(service):
                await asyncio.sleep(0.02)

    def forget(self) -> None:
        """Forget which failpoints went off, and take all back."""
        for path in self.folder.glob("*.failpoints.log"):
            path.unlink()
        for name in {*self.services, *self._processes}:
            self.disarm(name)

    async def begin_anew(self) -> None:
        """End all processes, and start over in an empty data folder the next time.

        For an embedded world that a scenario has left broken.
        """
        await self.close()
        self._data = self.folder / f"data-{time.monotonic_ns()}"

    async def close(self) -> None:
        """End all processes, whatever state they are in."""
        for process in self._processes.values():
            process.kill()
        self._processes.clear()
        self._launches.clear()

    def _without_guards(self, name: str, launch: Launch) -> Launch:
        return replace(launch, unguarded=self._unguarded.get(name.partition("-")[0], ()))

    def _let_spool_age(self, name: str) -> None:
        """What a crash has left in the spool is old when the process comes back.

        In the field it is after some hours, and is removed then.
        """
        for path in self._data_of(name).glob("spool/*.part"):
            os.utime(path, (0, 0))

    def _admin_port(self, name: str) -> int:
        if name not in self._admin_ports:
            (self._admin_ports[name],) = free_ports(1)
        return self._admin_ports[name]

    def _port_of(self, name: str) -> int:
        return self.port if name in ("ingest", "up") else self._admin_port(name)

    def _failpoints(self, name: str) -> Path:
        return self.folder / f"{name}.failpoints"

    def _data_of(self, name: str) -> Path:
        return self._data if name == "up" else self.folder / f"data-{name}"

    def _command(self, name: str, launch: Launch) -> list[str]:
        python = [sys.executable, "-m"]
        if changes := (*launch.faults, *launch.unguarded):
            python += ["tests.faults.unguarded", ",".join(changes), "--"]
        if name == "up":
            return [*python, "services.cli", "up"]
        return [*python, "services.cli", "run", name.partition("-")[0]]

    def _environment(self, name: str, launch: Launch) -> dict[str, str]:
        urls = dict(self._servers.environment) if self._servers is not None else {}
        for backend, port in launch.via.items():
            urls[VARIABLES[backend]] = at_port(urls[VARIABLES[backend]], port)
        is_copy = "-" in name
        port, mail_port = free_ports(2) if is_copy else (self.port, self.mail_port)
        return {
            **SHORT_LIMITS,
            **urls,
            "PYTHONPATH": str(REPOSITORY),
            "OMP_NUM_THREADS": "1",
            "DOCSTAGE_HOST": HOST,
            "DOCSTAGE_PORT": str(port),
            "DOCSTAGE_SMTP_PORT": str(mail_port),
            "DOCSTAGE_ADMIN_HOST": HOST,
            "DOCSTAGE_ADMIN_PORT": str(self._admin_port(name)),
            "DOCSTAGE_DATA_DIR": str(self._data_of(name)),
            "DOCSTAGE_BOOTSTRAP_KEY": self.key,
            "DOCSTAGE_SECRET": self._secret,
            "DOCSTAGE_FAILPOINTS": f"@{self._failpoints(name)}",
            **launch.settings,
        }

    def _signal(self, service: str, number: signal.Signals) -> None:
        group = self.pid(service)
        with suppress(ProcessLookupError):
            for pid in [group, *descendants(group)]:
                os.kill(pid, number)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5.0) as answer:
            return bool(answer.status == _OK)
    except (urllib.error.URLError, OSError):
        return False
