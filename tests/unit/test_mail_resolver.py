"""Asking a name server: one of the test's own, which speaks the real protocol over UDP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.asyncresolver
import dns.message
import dns.rcode
import dns.rrset
import pytest

from services.ingest.mail.resolver import DnsResolver, RecordKind, TemporaryDnsError

ZONE = {
    "txt.example. TXT": ['"v=spf1 " "ip4:192.0.2.1 -all"', '"other"'],
    "txt.example. A": ["192.0.2.1", "192.0.2.2"],
    "txt.example. MX": ["20 second.example.", "10 first.example."],
    "xn--bcher-kva.example. AAAA": ["2001:db8::1"],
}


class Server(asyncio.DatagramProtocol):
    """Answers from ``ZONE``; ``broken.`` fails, ``silent.`` says nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text().lower(), question.rdtype.name
        if name.startswith("silent."):
            return
        answer = dns.message.make_response(query)
        texts = ZONE.get(f"{name} {kind}", [])
        if texts:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        elif name.startswith("broken."):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif not any(it.startswith(f"{name} ") for it in ZONE):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), address)


@asynccontextmanager
async def resolving(seconds: float = 5.0) -> AsyncIterator[DnsResolver]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, ("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    try:
        yield DnsResolver(seconds, resolver)
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("txt.example", "TXT", ["v=spf1 ip4:192.0.2.1 -all", "other"]),
        ("TXT.example.", "A", ["192.0.2.1", "192.0.2.2"]),
        ("txt.example", "MX", ["first.example", "second.example"]),
        ("txt.example", "AAAA", []),
        ("xn--bcher-kva.example", "AAAA", ["2001:db8::1"]),
        ("nowhere.example", "TXT", []),
        ("a" * 64 + ".example", "TXT", []),
        ("a..example", "TXT", []),
        ("", "TXT", []),
    ],
)
async def test_answers(name: str, kind: RecordKind, found: list[str]) -> None:
    async with resolving() as resolver:
        answers = await resolver.lookup(name, kind)

    # Records are sent in any order; only that of mail hosts means something.
    assert (answers if kind == "MX" else sorted(answers)) == (
        found if kind == "MX" else sorted(found)
    )


@pytest.mark.parametrize("name", ["broken.example", "silent.example"])
async def test_no_answer_is_not_no_record(name: str) -> None:
    async with resolving(0.2) as resolver:
        with pytest.raises(TemporaryDnsError):
            await resolver.lookup(name, "TXT")


async def test_no_name_server_is_no_answer() -> None:
    resolver = dns.asyncresolver.Resolver(configure=False)

    with pytest.raises(TemporaryDnsError):
        await DnsResolver(0.2, resolver).lookup("txt.example", "TXT")
