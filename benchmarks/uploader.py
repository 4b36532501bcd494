"""Uploads over bare sockets, in a process of its own: the client shall cost little.

``python -m benchmarks.uploader`` takes an ``Order`` as JSON on standard input and prints an
``Uploaded`` as JSON. One thread and one connection for each upload under way.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import count

from yarl import URL

_BOUNDARY = "0123456789abcdef" * 2  # as long as that of requests and aiohttp
_PDF = b"%PDF-1.7\n"  # what a file is said to be is not believed
_SECONDS = 60.0


@dataclass(frozen=True)
class Order:
    """Send ``uploads`` files of ``size`` bytes to ``url``, ``parallel`` at a time.

    With a ``key`` as a multipart form, else as a bare body.
    """

    url: str
    key: str
    size: int
    parallel: int
    uploads: int


@dataclass
class Uploaded:
    """Seconds for all of them, and the milliseconds of each."""

    seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)


def upload(order: Order) -> Uploaded:
    """Have it done by another process."""
    command = [sys.executable, "-m", "benchmarks.uploader"]
    done = subprocess.run(  # noqa: S603 - our own command line
        command, input=json.dumps(asdict(order)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the uploads failed:\n{done.stderr[-2000:]}")
    return Uploaded(**json.loads(done.stdout))


def _request(order: Order, content: bytes) -> list[bytes]:
    url = URL(order.url)
    kind, before, after = "application/pdf", b"", b""
    if order.key:
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        before = (
            f"--{_BOUNDARY}\r\nContent-Disposition: form-data; "
            'name="files"; filename="page.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
        ).encode()
        after = f"\r\n--{_BOUNDARY}--\r\n".encode()
    length = len(before) + len(content) + len(after)
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {length}\r\nAuthorization: Bearer {order.key}\r\n\r\n"
    )
    return [head.encode() + before, content, after]


def _answer(connection: socket.socket) -> None:
    """Read one answer; raises ``RuntimeError`` for one that refuses."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines)
    while len(body) < int(fields["content-length"]):
        body += _more(connection)
    if status.split()[1] not in {"200", "202"}:
        raise RuntimeError(f"{status}: {body[:500]!r}")


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise RuntimeError("the server closed the connection")
    return part


def _send(order: Order, request: Sequence[bytes], numbers: "count[int]") -> list[float]:
    """One connection's share; whoever is free takes the next."""
    url = URL(order.url)
    taken = []
    with socket.create_connection((url.host, url.port), timeout=_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while next(numbers) < order.uploads:
            begun = time.perf_counter()
            for part in request:
                connection.sendall(part)
            _answer(connection)
            taken.append(1e3 * (time.perf_counter() - begun))
    return taken


def main() -> None:
    """Do what standard input says."""
    order = Order(**json.load(sys.stdin))
    request = _request(order, _PDF + os.urandom(order.size - len(_PDF)))
    outcome, numbers = Uploaded(), count()
    begun = time.perf_counter()
    with ThreadPoolExecutor(order.parallel) as threads:
        shares = [threads.submit(_send, order, request, numbers) for _ in range(order.parallel)]
        for share in shares:
            outcome.milliseconds += share.result()
    outcome.seconds = time.perf_counter() - begun
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
