"""Whether a host may send mail for a domain: SPF (RFC 7208), with DNS handed in.

``ptr`` never matches and ``%{p}`` is ``unknown``, as the RFC allows: both ask the sender's own
name servers who the sender is.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from services.ingest.mail.domains import domain_of
from services.ingest.mail.resolver import RecordKind, Resolver, TemporaryDnsError
from services.ingest.mail.spf_records import (
    Macros,
    Qualifier,
    SpfSyntaxError,
    Term,
    expand,
    parse_record,
)

_MAX_TERMS = 10
_MAX_VOID = 2
_MAX_HOSTS = 10
Address = IPv4Address | IPv6Address


class SpfResult(StrEnum):
    """The results of RFC 7208, 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - SPF's word
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_RESULTS = {
    Qualifier.PASS: SpfResult.PASS,
    Qualifier.FAIL: SpfResult.FAIL,
    Qualifier.SOFTFAIL: SpfResult.SOFTFAIL,
    Qualifier.NEUTRAL: SpfResult.NEUTRAL,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it, and the domain it is about."""

    result: SpfResult
    domain: str


async def check_spf(resolver: Resolver, peer_ip: str, mail_from: str, helo: str) -> Checked:
    """Check the envelope's sender; for an empty one (bounces), the name of the greeting."""
    local, _, given = (mail_from or f"postmaster@{helo}").rpartition("@")
    domain = domain_of(given)
    try:
        peer = ip_address(peer_ip)
    except ValueError:
        return Checked(SpfResult.NONE, domain)
    if isinstance(peer, IPv6Address) and peer.ipv4_mapped:
        peer = peer.ipv4_mapped
    if "." not in domain:
        return Checked(SpfResult.NONE, domain)
    evaluation = _Evaluation(resolver, peer, Macros(local or "postmaster", domain, helo, peer))
    try:
        return Checked(await evaluation.check(domain), domain)
    except TemporaryDnsError:
        return Checked(SpfResult.TEMPERROR, domain)
    except SpfSyntaxError:
        return Checked(SpfResult.PERMERROR, domain)


@dataclass
class _Evaluation:
    """One check; its limits hold over all records that are drawn in."""

    resolver: Resolver
    peer: Address
    macros: Macros
    terms: int = field(default=0)
    void: int = field(default=0)

    async def check(self, domain: str) -> SpfResult:
        texts = await self.resolver.lookup(domain, "TXT")
        records = [it for it in texts if it == "v=spf1" or it.startswith("v=spf1 ")]
        if not records:
            return SpfResult.NONE
        if len(records) > 1:
            raise SpfSyntaxError(domain)
        terms, redirect = parse_record(records[0])
        for term in terms:
            if await self._matches(term, domain):
                return _RESULTS[term.qualifier]
        if redirect is None:
            return SpfResult.NEUTRAL
        self._count()
        result = await self.check(self._name(redirect, domain))
        if result is SpfResult.NONE:
            raise SpfSyntaxError(redirect)
        return result

    async def _matches(self, term: Term, domain: str) -> bool:
        if term.name == "all":
            return True
        if term.name in {"ip4", "ip6"}:
            return self._is_in(term.argument)
        self._count()
        return await self._is_found(term, self._name(term.argument, domain) or domain)

    async def _is_found(self, term: Term, name: str) -> bool:
        match term.name:
            case "include":
                return await self._included(name)
            case "exists":
                return bool(await self._lookup(name, "A"))
            case "mx":
                return await self._by_mail_hosts(name, term)
            case "a":
                return self._covers(await self._addresses(name), term)
            case _:
                return False  # ptr

    async def _included(self, name: str) -> bool:
        result = await self.check(name)
        if result is SpfResult.NONE:
            raise SpfSyntaxError(name)
        return result is SpfResult.PASS

    async def _by_mail_hosts(self, name: str, term: Term) -> bool:
        hosts = await self._lookup(name, "MX")
        if len(hosts) > _MAX_HOSTS:
            raise SpfSyntaxError(name)
        for host in hosts:
            if self._covers(await self._addresses(host, counted=False), term):
                return True
        return False

    async def _addresses(self, name: str, *, counted: bool = True) -> list[str]:
        kind: RecordKind = "A" if self.peer.version == 4 else "AAAA"  # noqa: PLR2004 - IP's
        if counted:
            return await self._lookup(name, kind)
        return await self.resolver.lookup(name, kind)

    async def _lookup(self, name: str, kind: RecordKind) -> list[str]:
        found = await self.resolver.lookup(name, kind)
        if not found:
            self.void += 1
            if self.void > _MAX_VOID:
                raise SpfSyntaxError(name)
        return found

    def _covers(self, addresses: list[str], term: Term) -> bool:
        bits = term.bits4 if self.peer.version == 4 else term.bits6  # noqa: PLR2004 - IP's
        return any(self._is_in(f"{it}/{bits}") for it in addresses)

    def _is_in(self, network: str) -> bool:
        try:
            return self.peer in ip_network(network, strict=False)
        except ValueError:
            raise SpfSyntaxError(network) from None

    def _count(self) -> None:
        self.terms += 1
        if self.terms > _MAX_TERMS:
            raise SpfSyntaxError

    def _name(self, spec: str, domain: str) -> str:
        return expand(spec, self.macros, domain)
