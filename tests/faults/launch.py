"""How one process of a world is to be started: settings, guards that are out, proxies between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Engine = Literal["rabbitmq", "embedded"]
Backend = Literal["broker", "store", "blobs"]

VARIABLES: Mapping[Backend, str] = {
    "broker": "DOCSTAGE_BROKER_URL",
    "store": "DOCSTAGE_STORE_URL",
    "blobs": "DOCSTAGE_BLOBS_URL",
}

SHORT_LIMITS: Mapping[str, str] = {
    "DOCSTAGE_LEASE_SECONDS": "6",
    "DOCSTAGE_BEAT_SECONDS": "1.5",
    "DOCSTAGE_SWEEP_SECONDS": "1",
    "DOCSTAGE_SWEEP_GRACE": "5",
    "DOCSTAGE_WORKERS": "1",
    "DOCSTAGE_DRAIN_SECONDS": "10",
    "DOCSTAGE_ALLOW_PRIVATE_TARGETS": "127.0.0.0/8",
    "DOCSTAGE_LOG_FORMAT": "console",
}
"""What lasts minutes in production lasts seconds here; everything else is as delivered."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What a start of a process has beside the world's own settings.

    ``unguarded`` names guards that are taken out (``tests.faults.unguarded``), ``faults`` what
    the process itself is to do wrong, put in by the same means. ``via`` has for a backend the
    port of a proxy on loopback that stands before it.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    unguarded: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    via: Mapping[Backend, int] = field(default_factory=dict)


PLAIN = Launch()


def at_port(url: str, port: int) -> str:
    """The same URL by another port of loopback.

    A MongoDB server tells clients its own address, past any proxy: they are to stay at this one.
    """
    parts = urlsplit(url)
    login, at, _ = parts.netloc.rpartition("@")
    query = parts.query
    if parts.scheme == "mongodb":
        query = "&".join(filter(None, [query, "directConnection=true"]))
    return urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:{port}", query=query))
