"""The client for addresses that others choose reaches public addresses only."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from shared.errors import AttemptFailed, Code, Permanent
from shared.http.client import MAX_BODY, SafeClient
from shared.http.targets import TargetPolicy
from tests.api.origin import Names
from tests.servers.process import free_port

FORBIDDEN = [
    "0.0.0.0",  # noqa: S104 - a target, not a binding
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["1.1.1.1", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]


class Canary:
    """A server that must not be reached."""

    def __init__(self) -> None:
        self.reached = 0
        self.port = 0
        self.answer: Any = None

    async def handle(self, _: web.Request) -> web.StreamResponse:
        self.reached += 1
        return self.answer or web.Response(text="reached")


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    canary = Canary()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", canary.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    canary.port = runner.addresses[0][1]
    yield canary
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[SafeClient]:
    client = SafeClient()
    await client.open()
    yield client
    await client.close()


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not TargetPolicy().allows(address, 443)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed_on_web_ports_only(address: str) -> None:
    policy = TargetPolicy()
    assert policy.allows(address, 80)
    assert policy.allows(address, 443)
    assert policy.allows(address, 8443)
    for port in (22, 25, 53, 6379, 6667, 9200, 11211, 27017):
        assert not policy.allows(address, port), port


def test_networks_of_the_operator_are_reached_on_any_port() -> None:
    assert TargetPolicy("10.0.0.0/8").allows("10.1.2.3", 6379)


def test_operators_can_deny_networks_also_public_ones() -> None:
    policy = TargetPolicy("10.0.0.0/8", "8.8.0.0/16, 10.7.0.0/16")
    assert policy.allows("10.1.2.3", 80)
    assert policy.allows("8.7.8.8", 80)
    for address in ("8.8.8.8", "::ffff:8.8.8.8", "10.7.0.1"):
        assert not policy.allows(address, 80)


def test_operators_can_allow_networks() -> None:
    policy = TargetPolicy("10.0.0.0/8, fd00::/8")
    assert policy.allows("10.1.2.3", 25)
    assert policy.allows("::ffff:10.1.2.3", 25)
    assert policy.allows("fd00::1", 80)
    assert not policy.allows("192.168.1.1", 80)
    with pytest.raises(ValueError, match="network"):
        TargetPolicy("not a network")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0", "0x7f.0.0.1", "2130706433",
     "127.1", "0177.0.0.1", "127.0.0.1.", "[::127.0.0.1]",
     "0.0.0.0"],  # noqa: S104 - a target, not a binding
)  # fmt: skip
async def test_no_spelling_of_loopback_reaches_a_server(
    host: str, canary: Canary, client: SafeClient
) -> None:
    with pytest.raises((Permanent, AttemptFailed)) as caught:
        await client.post(f"http://{host}:{canary.port}/", b"{}", {}, timeout=5)
    assert caught.value.code in {Code.TARGET_BLOCKED, Code.TARGET_UNREACHABLE}
    assert canary.reached == 0


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "http://", "http://user:pw@example.com/",
     "gopher://127.0.0.1/", "//example.com/", "", "http://exa mple.com/", "x" * 3000],
)  # fmt: skip
async def test_what_is_no_plain_web_address_is_refused(url: str, client: SafeClient) -> None:
    with pytest.raises((Permanent, AttemptFailed)):
        await client.post(url, b"", {}, timeout=2)


async def test_a_name_that_changes_its_mind_does_not_get_through(canary: Canary) -> None:
    client = SafeClient(resolver=Names(["127.0.0.1"], ["::1", "127.0.0.1"], ["127.0.0.1"]))
    await client.open()
    for _ in range(3):
        with pytest.raises(Permanent) as caught:
            await client.post(f"http://rebind.example:{canary.port}/", b"", {}, timeout=5)
        assert caught.value.code is Code.TARGET_BLOCKED
        assert "127" not in caught.value.detail
    await client.close()
    assert canary.reached == 0


async def test_a_redirect_is_an_answer_and_not_followed(canary: Canary) -> None:
    canary.answer = web.Response(status=302, headers={"Location": "/elsewhere"})
    client = SafeClient("127.0.0.0/8")
    await client.open()
    reply = await client.post(f"http://127.0.0.1:{canary.port}/", b"", {}, timeout=5)
    await client.close()
    assert reply.status == 302
    assert canary.reached == 1


async def test_an_answer_is_cut_and_retry_after_is_read(canary: Canary) -> None:
    canary.answer = web.Response(
        status=429, body=b"x" * (10 * MAX_BODY), headers={"Retry-After": "17"}
    )
    client = SafeClient("127.0.0.0/8")
    await client.open()
    reply = await client.post(f"http://127.0.0.1:{canary.port}/", b"", {}, timeout=5)
    await client.close()
    assert (reply.status, reply.retry_after, len(reply.body)) == (429, 17.0, MAX_BODY)


async def test_a_closed_port_and_a_blocked_one_are_told_apart_by_policy_only(
    client: SafeClient,
) -> None:
    port = free_port()
    with pytest.raises(Permanent) as caught:
        await client.post(f"http://localhost:{port}/", b"", {}, timeout=5)
    assert caught.value.code is Code.TARGET_BLOCKED
    allowed = SafeClient("127.0.0.0/8, ::1/128")
    await allowed.open()
    with pytest.raises(AttemptFailed) as failed:
        await allowed.post(f"http://127.0.0.1:{port}/", b"", {}, timeout=5)
    await allowed.close()
    assert failed.value.code is Code.TARGET_UNREACHABLE
