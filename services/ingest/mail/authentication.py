"""Whether a mail is from the domain that it says it is from.

The author's address is the one of ``From``, which people see; envelope and ``From`` can both be
written by anybody. The domain is authenticated when SPF or DKIM holds for a domain that is
aligned with it (DMARC), or when a mail server that is trusted says so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from services.ingest.mail.authentication_results import Result, trusted_results
from services.ingest.mail.dkim import signatures_of, signed_by
from services.ingest.mail.dmarc import Alignment, Identity
from services.ingest.mail.domains import domain_of
from services.ingest.mail.raw_headers import (
    RawHeader,
    UnreadableHeaderError,
    read_header,
    sender_of,
)
from services.ingest.mail.resolver import Resolver, TemporaryDnsError
from services.ingest.mail.spf import SpfResult, check_spf

Method = Literal["spf", "dkim", "authentication-results", "none"]
_SECONDS = 15.0
_AT_A_TIME = 16


@dataclass(frozen=True, slots=True)
class SenderVerdict:
    """What is known of a mail's author.

    ``sender`` is the address of ``From`` in its one spelling, empty where there is not exactly
    one; ``domain`` the one that was authenticated, by ``method``. ``temporary``: not aligned,
    but a name server did not answer, so that it may be another time. ``detail`` is a word for
    people and logs, without addresses.
    """

    aligned: bool
    sender: str
    domain: str
    method: Method
    detail: str
    temporary: bool = False


class SenderAuthentication:
    """Looks who sent a mail; ``seconds`` at most for one, after which nothing is known."""

    def __init__(self, resolver: Resolver, seconds: float = _SECONDS) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._places = asyncio.Semaphore(_AT_A_TIME)

    async def verdict(
        self,
        message: Path,
        *,
        peer_ip: str | None,
        helo: str = "",
        mail_from: str = "",
        authserv_ids: Collection[str] = (),
    ) -> SenderVerdict:
        """Look at a raw message in a file.

        ``peer_ip``, ``helo`` and ``mail_from`` are the SMTP session's; no ``peer_ip`` leaves SPF
        out. ``authserv_ids`` are mail servers whose ``Authentication-Results`` are believed: to
        be given only where nobody but them can have handed the mail over. Raises ``OSError``.
        """
        try:
            header = await asyncio.to_thread(read_header, message)
        except UnreadableHeaderError:
            return SenderVerdict(False, "", "", "none", "header unreadable")  # noqa: FBT003
        local, author = sender_of(header)
        if not author:
            return SenderVerdict(False, "", "", "none", "not exactly one author")  # noqa: FBT003
        sender = f"{local}@{author}"
        check = _Check(self._resolver, message, header, author)
        try:
            async with self._places, asyncio.timeout(self._seconds):
                found = await check.run(peer_ip, helo, mail_from, authserv_ids)
        except TimeoutError:
            found = Found("none", "", "temperror: out of time", temporary=True)
        aligned = found.method != "none"
        return SenderVerdict(
            aligned, sender, found.domain, found.method, found.detail, found.temporary
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What one check found; method ``none`` is: not aligned."""

    method: Method
    domain: str
    detail: str
    temporary: bool = False


class _Check:
    """The checks of one message, the cheapest first; the first that holds is enough."""

    def __init__(self, resolver: Resolver, message: Path, header: RawHeader, author: str) -> None:
        self._resolver = resolver
        self._message = message
        self._header = header
        self._alignment = Alignment(resolver, author)
        self._author = author

    async def run(
        self, peer_ip: str | None, helo: str, mail_from: str, authserv_ids: Collection[str]
    ) -> Found:
        troubled: list[str] = []
        results = trusted_results(self._header, authserv_ids)
        if any(it.method == "dmarc" and it.result == "fail" for it in results):
            return Found("none", "", "authentication-results: dmarc=fail")
        checks: list[tuple[str, Callable[[], Awaitable[Found | None]]]] = [
            ("authentication-results", lambda: self._by_results(results)),
            ("dkim", self._by_dkim),
        ]
        if peer_ip is not None:
            checks.insert(1, ("spf", lambda: self._by_spf(peer_ip, helo, mail_from)))
        for name, check in checks:
            try:
                found = await check()
            except TemporaryDnsError:
                troubled.append(name)
                continue
            if found is not None:
                return found
        if troubled:
            return Found("none", "", f"temperror: {', '.join(troubled)}", temporary=True)
        return Found("none", "", "neither SPF nor DKIM holds for the author's domain")

    async def _by_results(self, results: list[Result]) -> Found | None:
        for it in results:
            if it.result != "pass":
                continue
            if it.method == "dmarc" and domain_of(it.domain("header.from")) == self._author:
                return Found("authentication-results", self._author, "dmarc=pass")
        for it in results:
            if it.result == "pass" and it.method in {"dkim", "spf"}:
                is_dkim = it.method == "dkim"
                names = ("header.d", "header.i") if is_dkim else ("smtp.mailfrom", "smtp.helo")
                domain = domain_of(it.domain(*names))
                identity = Identity.DKIM if is_dkim else Identity.SPF
                if domain and await self._alignment.holds(domain, identity):
                    return Found("authentication-results", domain, f"{it.method}=pass")
        return None

    async def _by_spf(self, peer_ip: str, helo: str, mail_from: str) -> Found | None:
        given = domain_of((mail_from or helo).rpartition("@")[2])
        if not self._alignment.may_hold(given):
            return None
        checked = await check_spf(self._resolver, peer_ip, mail_from, helo)
        if checked.result is SpfResult.TEMPERROR:
            raise TemporaryDnsError(checked.domain)
        if checked.result is not SpfResult.PASS:
            return None
        if not await self._alignment.holds(checked.domain, Identity.SPF):
            return None
        return Found("spf", checked.domain, "spf=pass")

    async def _by_dkim(self) -> Found | None:
        named = {it.domain for it in signatures_of(self._header)}
        wanted = [
            it
            for it in sorted(named)
            if self._alignment.may_hold(it) and await self._alignment.holds(it, Identity.DKIM)
        ]
        if not wanted:
            return None
        signed = await signed_by(self._resolver, self._message, self._header, wanted)
        return Found("dkim", signed[0], "dkim=pass") if signed else None
