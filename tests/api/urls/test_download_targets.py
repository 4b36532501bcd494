"""Files from URLs that others choose: which addresses are reached."""

import pytest

from shared.errors import Code, Permanent
from shared.http.downloads import DownloadLimits
from shared.http.downloads import _target as downloads_target
from tests.api.origin import (
    HOST,
    Canary,
    Names,
    Origin,
)
from tests.api.urls.opening import (
    LIMIT,
    assert_tells_nothing,
    downloads,
    failure,
    fetch,
)

LOOPBACKS = [
    "127.0.0.1", "127.0.0.2", "127.255.255.254", "localhost", "localhost.", "LOCALHOST",
    "ⓛocalhost", "127.1", "127.0.1", "2130706433", "017700000001", "0177.0.0.1", "0x7f.0.0.1",
    "0x7f000001", "0x7f.1", "127.0.0.1.", "127。0。0。1", "\uff11\uff12\uff17.0.0.1",
    "%31%32%37.0.0.1",
    "0", "0.0.0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]",  # noqa: S104 - targets
    "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
]  # fmt: skip
PRIVATE = [
    "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.1", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "[100::1]", "[3fff::1]", "[5f00::1]", "[fc00::1]",
    "[fd00:ec2::254]", "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", [*LOOPBACKS, *PRIVATE])
async def test_no_spelling_of_a_private_address_is_reached(host: str, canary: Canary) -> None:
    error = await failure(f"http://{host}:{canary.port}/", allow="")
    assert error.code in {Code.TARGET_BLOCKED, Code.FETCH_UNREACHABLE}
    assert_tells_nothing(error)
    assert canary.connections == 0


async def test_the_canary_sees_who_comes(canary: Canary) -> None:
    """Else the test above could not fail."""
    for host in ("127.0.0.1", "127.0.0.2", "localhost", "0.0.0.0"):  # noqa: S104 - a target
        body = await fetch(f"http://{host}:{canary.port}/", allow="0.0.0.0/0,::/0")
        assert body == b"%PDF-1.7 secret"
    assert canary.connections == 4


@pytest.mark.parametrize("host", [*LOOPBACKS, "10.0.0.1", "169.254.169.254", "[fe80::1]"])
async def test_a_redirect_to_a_private_address_is_not_followed(
    host: str, origin: Origin, canary: Canary
) -> None:
    error = await failure(origin.redirect("/away", f"http://{host}:{canary.port}/"))
    assert error.code in {Code.TARGET_BLOCKED, Code.FETCH_UNREACHABLE}
    assert origin.count("/away") == 1
    assert canary.connections == 0
    assert_tells_nothing(error)


async def test_a_chain_of_redirects_is_checked_at_each_hop(origin: Origin, canary: Canary) -> None:
    origin.redirect("/1", "/2", 301)
    origin.redirect("/2", origin.url("/3"), 307)
    origin.redirect("/3", f"http://127.0.0.2:{canary.port}/", 308)
    assert (await failure(origin.url("/1"))).code is Code.TARGET_BLOCKED
    assert [it.path for it in origin.requests] == ["/1", "/2", "/3"]
    assert canary.connections == 0


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://example.com/", "gopher://127.0.0.1/", "//user:pw@127.0.0.1/",
     "http://user@127.0.0.1/", "data:application/pdf,%25PDF-", "http://[::1", ""],
)  # fmt: skip
async def test_a_redirect_to_what_is_no_web_address_is_not_followed(
    location: str, origin: Origin
) -> None:
    error = await failure(origin.redirect("/away", location))
    assert error.code in {Code.TARGET_BLOCKED, Code.FETCH_REDIRECTED}
    assert error.retry == "permanent"
    assert len(origin.requests) == 1


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
)
async def test_a_name_of_a_private_address_is_not_reached(address: str, canary: Canary) -> None:
    url = f"http://files.example:{canary.port}/"
    error = await failure(url, allow="", names=Names([address]))
    assert error.code is Code.TARGET_BLOCKED
    assert_tells_nothing(error)
    assert canary.connections == 0


async def test_a_name_that_changes_its_mind_does_not_get_through(
    origin: Origin, canary: Canary
) -> None:
    """First the address that is allowed, then, for the redirect to the same name, another."""
    origin.redirect("/", f"http://files.example:{canary.port}/")
    names = Names([HOST], ["127.0.0.2"])
    error = await failure(f"http://files.example:{origin.port}/", names=names)
    assert error.code is Code.TARGET_BLOCKED
    assert origin.count("/") == 1
    assert canary.connections == 0


async def test_a_name_with_a_public_and_a_private_address_does_not_get_through(
    canary: Canary,
) -> None:
    # 192.0.2.0/24 is for documentation: nothing answers there.
    names = Names(["127.0.0.1", "192.0.2.1"], ["192.0.2.1", "::1"])
    quick = DownloadLimits(LIMIT, total_seconds=1.0, idle_seconds=1.0)
    for _ in range(2):
        await failure(f"http://files.example:{canary.port}/", "", names, quick)
    assert canary.connections == 0


async def test_networks_of_the_operator_are_reached_and_those_denied_are_not(
    canary: Canary,
) -> None:
    url = f"http://127.0.0.1:{canary.port}/"
    assert await fetch(url, allow="10.0.0.0/8, 127.0.0.0/8") == b"%PDF-1.7 secret"
    async with downloads("127.0.0.0/8", deny="127.0.0.0/30") as them:
        with pytest.raises(Permanent) as caught:
            async with them.open(url):
                pass
    assert caught.value.code is Code.TARGET_BLOCKED
    assert canary.connections == 1


async def test_proxies_of_the_environment_are_not_used(
    origin: Origin, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    assert await fetch(origin.serve("/a.pdf", b"here")) == b"here"
    assert canary.connections == 0


@pytest.mark.parametrize(
    ("location", "leads"),
    [
        ("http://example.com/b", None),
        ("//example.com/b", "https://example.com/b"),
        ("/b", "https://example.com/b"),
        ("HTTP://example.com/b", None),
        (" https://example.com/b", "https://example.com/b"),
        ("ftp://example.com/b", None),
    ],
)
def test_a_redirect_never_leads_from_https_to_http(location: str, leads: str | None) -> None:
    if leads is not None:
        assert downloads_target("https://example.com/a", location).strip() == leads
        return
    with pytest.raises(Permanent) as refused:
        downloads_target("https://example.com/a", location)
    assert refused.value.code is Code.FETCH_REDIRECTED
    assert downloads_target("http://example.com/a", "http://example.com/b")
