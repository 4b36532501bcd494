"""Deadlines of transfers: how long a store may be silent, and how slow it may be.

A socket's own time-out starts anew with each byte, so that a store which sends one now and
then could hold a thread for hours.
"""

import time
from types import TracebackType
from typing import Any, Self, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ReadTimeoutError
from urllib3.response import BaseHTTPResponse

SLOWEST = 64 * 1024
"""Bytes a second that a store must send, once the first ``seconds`` are over."""

CONNECT_SECONDS = 5.0
_RETRIES = 2


class Pace:
    """How fast one transfer must be: ``seconds``, and more for each byte that has come."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def moved(self, count: int) -> None:
        """Note that so many bytes have come; raises ``TimeoutError`` where it is too slow."""
        self._end += count / SLOWEST
        if time.monotonic() > self._end:
            raise TimeoutError("the store is too slow")


def http_pool(connections: int, seconds: float) -> urllib3.PoolManager:
    """Connections to a store that may be silent for ``seconds``, sending and receiving."""
    pool = urllib3.PoolManager(
        maxsize=connections,
        timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds),
        retries=_Retry(total=_RETRIES, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
    )
    pool.pool_classes_by_scheme = {
        "http": _pool_class(urllib3.HTTPConnectionPool, HTTPConnection, seconds),
        "https": _pool_class(urllib3.HTTPSConnectionPool, HTTPSConnection, seconds),
    }
    return pool


class _Retry(urllib3.Retry):
    """Tries again at once, but not what took all its time already."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _pool_class(pool: type[Any], connection: type[Any], seconds: float) -> type[Any]:
    """A pool whose connections send under another time-out than they are made under.

    urllib3 sends the first request, whole, within the time-out for connecting.
    """

    class Connection(connection):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            self.sock.settimeout(seconds)

    return cast(type[Any], type(pool.__name__, (pool,), {"ConnectionCls": Connection}))
