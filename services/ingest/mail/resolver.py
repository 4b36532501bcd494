"""Asking the DNS: a port with one real adapter, and tests that hand in a dict of answers."""

from typing import Literal, Protocol

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver

RecordKind = Literal["TXT", "A", "AAAA", "MX"]

_MAX_ANSWERS = 100
_CACHED = 200


class TemporaryDnsError(Exception):
    """The DNS did not answer, so nothing is known: neither yes nor no."""


class Resolver(Protocol):
    """What sender authentication asks of the DNS."""

    async def lookup(self, name: str, kind: RecordKind) -> list[str]:
        """The records of a name; none where there are none, or no such name.

        Strings of a TXT record are joined; MX records are their hosts, the preferred first.
        Raises ``TemporaryDnsError``.
        """


class DnsResolver:
    """The name servers of this machine; ``seconds`` for one question, repetitions included."""

    def __init__(
        self, seconds: float = 5.0, resolver: dns.asyncresolver.Resolver | None = None
    ) -> None:
        """``resolver`` in place of one that is set up as this machine is."""
        self._seconds = seconds
        self._resolver = resolver

    async def lookup(self, name: str, kind: RecordKind) -> list[str]:
        """See ``Resolver``."""
        try:
            absolute = dns.name.from_text(name).concatenate(dns.name.empty)
        except (dns.exception.DNSException, UnicodeError):
            return []  # no name that could be asked for
        try:
            answer = await self._open().resolve(
                absolute, kind, lifetime=self._seconds, search=False
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise TemporaryDnsError(name) from error
        return _texts(list(answer), kind)

    def _open(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver()
            self._resolver.cache = dns.resolver.LRUCache(_CACHED)
        return self._resolver


def _texts(records: list[object], kind: RecordKind) -> list[str]:
    found = records[:_MAX_ANSWERS]
    if kind == "TXT":
        return [b"".join(getattr(it, "strings", ())).decode("utf-8", "replace") for it in found]
    if kind == "MX":
        found.sort(key=lambda it: int(getattr(it, "preference", 0)))
        return [str(getattr(it, "exchange", "")).rstrip(".") for it in found]
    return [str(getattr(it, "address", "")) for it in found]
