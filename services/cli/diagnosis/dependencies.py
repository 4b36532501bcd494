"""Store, broker and blobs: do they answer, how fast, and if not, why.

Nothing is made or changed: a database, a queue or a bucket that is missing is made when
Docstage starts.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from services.cli.diagnosis.finding import Finding, Status, local
from services.cli.diagnosis.settings import without_login, without_secrets
from shared.blobs.connect import connect_blobs
from shared.broker.connect import is_memory
from shared.broker.probe import probe_broker
from shared.broker.topology import QUARANTINE_QUEUE
from shared.config import Settings
from shared.errors import Transient
from shared.store.probe import probe_store

_SECONDS = 12.0
_DIAL_SECONDS = 3.0
_PORTS = {"amqp": 5672, "amqps": 5671, "mongodb": 27017, "s3": 443, "s3+http": 80}
_SKEW_SECONDS = 5.0
_NETWORK: tuple[tuple[type[BaseException], str, str], ...] = (
    (socket.gaierror, "no such host", "Is the name in {} right, and known to the DNS here?"),
    (ConnectionRefusedError, "nobody listens there", "Start the server, or mend {}."),
    (TimeoutError, "no answer", "Does a firewall or a network policy stand between? See {}."),
    (ssl.SSLError, "no secure connection", "Do scheme, name and certificate in {} fit?"),
)
_LOGIN_WORDS = ("auth", "login", "access_refused", "accessdenied", "signature", "invalidaccesskey")


async def dependencies(settings: Settings) -> list[Finding]:
    """A finding for each of the three."""
    checks = (
        ("store", "DOCSTAGE_STORE_URL", settings.store, _store),
        ("broker", "DOCSTAGE_BROKER_URL", settings.broker_url, _broker),
        ("blobs", "DOCSTAGE_BLOBS_URL", settings.blobs, _blobs),
    )
    return list(await asyncio.gather(*(_ask(*it) for it in checks)))


async def _ask(
    name: str, setting: str, url: str, probe: Callable[[str], Awaitable[Finding]]
) -> Finding:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(_SECONDS):
            await _dial(url)
            started = time.perf_counter()
            finding = await probe(url)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, here it is a finding
        what, advice = _why(error, setting)
        detail = without_secrets(f"{without_login(url)}: {what}", url)
        return local(name, Status.FAILURE, detail, advice)
    return replace(finding, milliseconds=round((time.perf_counter() - started) * 1000, 1))


async def _store(url: str) -> Finding:
    try:
        clock = await probe_store(url)
    except FileNotFoundError:
        return local("store", Status.OK, f"{without_login(url)} is made at the first start")
    if clock is None:
        return local("store", Status.OK, without_login(url))
    skew = abs((clock - datetime.now(UTC)).total_seconds())
    if skew > _SKEW_SECONDS:
        what = f"{without_login(url)}: its clock differs from this machine's by {skew:.0f} s"
        return local("store", Status.WARNING, what, "Let both keep time by NTP.")
    return local("store", Status.OK, without_login(url))


async def _broker(url: str) -> Finding:
    if is_memory(url):
        return local("broker", Status.OK, "inside the process of 'docstage up'")
    seen = await probe_broker(url)
    what = f"{without_login(url)}, RabbitMQ {seen.version}".rstrip()
    if seen.quarantined:
        kept = f"{what}; {seen.quarantined} messages in {QUARANTINE_QUEUE}"
        advice = "Nobody could read them, or the broker gave them up; see docs/dead-letters.md."
        return local("broker", Status.WARNING, kept, advice)
    return local("broker", Status.OK, what)


async def _blobs(url: str) -> Finding:
    blobs = connect_blobs(url)
    try:
        await blobs.ping()
    except Transient as error:
        if error.__cause__ is not None and not isinstance(error.__cause__, FileNotFoundError):
            raise
        return local("blobs", Status.OK, f"{without_login(url)} is made at the first start")
    finally:
        await blobs.close()
    return local("blobs", Status.OK, without_login(url))


async def _dial(url: str) -> None:
    """Open a connection and close it: the network's own words are the clearest."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    if parts.scheme not in _PORTS or "," in parts.netloc or not parts.hostname or not port:
        return
    async with asyncio.timeout(_DIAL_SECONDS):
        _, writer = await asyncio.open_connection(parts.hostname, port)
    writer.close()


def _why(error: BaseException, setting: str) -> tuple[str, str]:
    """What went wrong, and what to do about it."""
    while error.__cause__ is not None:
        error = error.__cause__
    words = f"{type(error).__name__} {error}".lower()
    for kind, what, advice in _NETWORK:
        if isinstance(error, kind):
            return what, advice.format(setting)
    if "timetooskewed" in words:
        return "the clocks differ too much", "Let both machines keep time by NTP."
    if any(it in words for it in _LOGIN_WORDS):
        return "the login is refused", f"Mend user and password in {setting}; special signs as %XX."
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}"[:300], f"Mend {setting}, or ask the server's log."
