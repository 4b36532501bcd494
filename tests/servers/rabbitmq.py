"""A private RabbitMQ node on loopback, found or fetched: see ``find_rabbitmq``."""

import os
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tests.servers.debian import unpacked_rabbitmq
from tests.servers.process import HOST, ServerProcess, Unavailable, accepts, free_ports

_START_SECONDS = 90.0
_EPMD_SECONDS = 10.0
_CONTROL_SECONDS = 30.0
_STOP_SECONDS = 10.0
_USER = "docstage"
_PASSWORD = "docstage"
_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"


@dataclass(frozen=True, slots=True)
class Installation:
    """Where RabbitMQ's start script is, and what it needs in its environment."""

    launcher: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def epmd(self) -> str:
        """Erlang's port mapper."""
        found = shutil.which("epmd", path=self.env.get("PATH"))
        if found is None:
            raise Unavailable("RabbitMQ is here, but Erlang's epmd is not in PATH")
        return found


def find_rabbitmq() -> Installation:
    """RabbitMQ as installed, else Debian's packages unpacked; ``Unavailable`` if neither."""
    # Debian's command in PATH insists on root and a system user; the script behind it does not.
    installed = [
        *sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server")),
        *map(Path, filter(None, [shutil.which("rabbitmq-server")])),
    ]
    if installed:
        return Installation(installed[0])
    root = unpacked_rabbitmq()
    launchers = sorted(root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"))
    if not launchers:
        raise Unavailable("the unpacked RabbitMQ has no start script")
    search = f"{root / 'usr/lib/erlang/bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return Installation(
        launchers[0], {"PATH": search, "RABBITMQ_HOME": str(launchers[0].parent.parent)}
    )


class RabbitMQ:
    """A node with its data in ``folder``; it can be killed and started again on its data.

    With ``management`` it has the management plugin's HTTP API too, on a port of its own.
    ``parameters`` are of Erlang's application ``rabbit``, such as ``channel_tick_interval``,
    which its configuration file does not know.
    """

    def __init__(
        self,
        folder: Path,
        installation: Installation | None = None,
        *,
        management: bool = False,
        parameters: Mapping[str, int] | None = None,
    ) -> None:
        self._installation = installation or find_rabbitmq()
        self._folder = folder
        self._port, distribution, self._epmd_port, self._management_port = free_ports(4)
        self._management = management
        for name in ("db", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = {HOST}:{self._port}\n"
            f"default_user = {_USER}\n"
            f"default_pass = {_PASSWORD}\n"
            "default_user_tags.administrator = true\n"
            + (self._management_settings() if management else "")
        )
        plugins = "rabbitmq_management" if management else ""
        (folder / "enabled_plugins").write_text(f"[{plugins}].\n")
        self._env = env = {
            **self._installation.env,
            **self._environment(distribution, parameters or {}),
        }
        self._epmd = ServerProcess(
            [self._installation.epmd, "-port", str(self._epmd_port), "-address", HOST],
            folder / "log" / "epmd.log",
            env,
            folder,
        )
        self._process = ServerProcess(
            [str(self._installation.launcher)], folder / "log" / "stdout.log", env, folder
        )

    def _environment(self, distribution: int, parameters: Mapping[str, int]) -> dict[str, str]:
        folder = self._folder
        given = "".join(f" -rabbit {name} {value}" for name, value in parameters.items())
        return {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"docstage-{uuid4().hex[:8]}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "db"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(self._epmd_port),
            # Loopback only; and no spinning in wait for work beside the tests.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} "
                f"+sbwt none +sbwtdcpu none +sbwtdio none{given}"
            ),
        }

    @property
    def url(self) -> str:
        """Its ``amqp://`` URL."""
        return f"amqp://{_USER}:{_PASSWORD}@{HOST}:{self._port}/"

    @property
    def management_url(self) -> str:
        """Its management API's URL, with a login."""
        return f"http://{_USER}:{_PASSWORD}@{HOST}:{self._management_port}"

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process.running

    @property
    def pid(self) -> int:
        """The process id of its start script, above the node."""
        return self._process.pid

    def start(self) -> None:
        """Start, or start again, and wait until it speaks AMQP."""
        # Left to itself the node leaves a port mapper behind for ever.
        if not self._epmd.running:
            self._epmd.start(lambda: accepts(self._epmd_port), _EPMD_SECONDS)
        try:
            self._process.start(self._answers, _START_SECONDS)
        except Unavailable:
            self._epmd.kill()
            raise

    def kill(self) -> None:
        """``kill -9``."""
        self._process.kill()

    def wipe(self) -> None:
        """Remove all it ever stored; it must not run."""
        shutil.rmtree(self._folder / "db")
        (self._folder / "db").mkdir()

    def control(self, *command: str) -> str:
        """What ``rabbitmqctl`` answers; ``Unavailable`` when it fails."""
        program = self._installation.launcher.parent / "rabbitmqctl"
        done = subprocess.run(  # noqa: S603 - our own command lines
            [str(program), "-n", self._env["RABBITMQ_NODENAME"], *command],
            env={**os.environ, **self._env, "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_CONTROL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Unavailable(f"rabbitmqctl {command[0]}: {done.stderr[-1000:]}")
        return done.stdout

    def stop(self) -> None:
        """End it, and Erlang's port mapper."""
        self._process.stop(_STOP_SECONDS)
        self._epmd.kill()

    def _management_settings(self) -> str:
        return f"management.tcp.ip = {HOST}\nmanagement.tcp.port = {self._management_port}\n"

    def _answers(self) -> bool:
        return self._speaks_amqp() and (not self._management or accepts(self._management_port))

    def _speaks_amqp(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), 1.0) as probe:
                probe.sendall(_PROTOCOL_HEADER)
                return probe.recv(1) == b"\x01"
        except OSError:
            return False
