"""SPF by the rules of RFC 7208, on a DNS made of a dict."""

import pytest
from mail_senders import PEER, Zone

from services.ingest.mail.spf import SpfResult, check_spf


async def spf(zone: Zone, peer: str = PEER, mail_from: str = "ann@example.com") -> str:
    return (await check_spf(zone, peer, mail_from, "mail.example.com")).result.value


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 ip4:192.0.2.10 -all", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
        ("v=spf1 ip4:198.51.100.0/24 -all", "fail"),
        ("v=spf1 ip4:198.51.100.0/24 ~all", "softfail"),
        ("v=spf1 ip4:198.51.100.0/24", "neutral"),
        ("v=spf1 -ip4:192.0.2.10 +all", "fail"),
        ("v=spf1 a -all", "pass"),
        ("v=spf1 a:web.example.com/24 -all", "pass"),
        ("v=spf1 mx -all", "pass"),
        ("v=spf1 MX:other.example -all", "fail"),
        ("v=spf1 include:good.example -all", "pass"),
        ("v=spf1 include:bad.example -all", "fail"),
        ("v=spf1 include:none.example -all", "permerror"),
        ("v=spf1 redirect=good.example", "pass"),
        ("v=spf1 redirect=none.example", "permerror"),
        ("v=spf1 exists:%{ir}.%{l}.%{d2}.list.example -all", "pass"),
        ("v=spf1 exists:%{x}.example -all", "permerror"),
        ("v=spf1 ptr -all", "fail"),
        ("v=spf1 ip4:192.0.2.10/99 -all", "permerror"),
        ("v=spf1 ip4:192.0.2.10 nonsense", "permerror"),
        ("v=spf1 include:loop.example", "permerror"),
        ("v=spf1 a:v1.example a:v2.example a:v3.example +all", "permerror"),
        ("v=spf10 +all", "none"),
        ("v=spf1 unknown=1 ip4:192.0.2.10 -all", "pass"),
    ],
)
async def test_records(record: str, result: str) -> None:
    zone = (
        Zone()
        .has("example.com", "something else", record)
        .has("example.com", PEER, kind="A")
        .has("example.com", "mx.example.com", kind="MX")
        .has("mx.example.com", PEER, kind="A")
        .has("web.example.com", "192.0.2.200", kind="A")
        .has("good.example", f"v=spf1 ip4:{PEER} -all")
        .has("bad.example", "v=spf1 -all")
        .has("loop.example", "v=spf1 include:loop.example -all")
        .has("10.2.0.192.ann.example.com.list.example", "127.0.0.2", kind="A")
    )

    assert await spf(zone) == result


async def test_ipv6_and_mapped_addresses() -> None:
    zone = Zone().has("example.com", f"v=spf1 ip6:2001:db8::/32 ip4:{PEER} -all")

    assert await spf(zone, "2001:db8::7") == "pass"
    assert await spf(zone, "2001:db9::7") == "fail"
    assert await spf(zone, f"::ffff:{PEER}") == "pass"


async def test_a_bounce_is_checked_by_the_name_of_the_greeting() -> None:
    zone = Zone().has("mail.example.com", f"v=spf1 ip4:{PEER} -all")

    checked = await check_spf(zone, PEER, "", "mail.example.com")

    assert (checked.result, checked.domain) == (SpfResult.PASS, "mail.example.com")


async def test_two_records_are_an_error_and_silence_is_no_answer() -> None:
    assert await spf(Zone().has("example.com", "v=spf1 +all", "v=spf1 -all")) == "permerror"
    assert await spf(Zone(down=("example.com",))) == "temperror"
    unsure = Zone(down=("down.example",)).has("example.com", "v=spf1 include:down.example +all")
    assert await spf(unsure) == "temperror"


async def test_lookups_are_few_whatever_records_say() -> None:
    zone = Zone().has("example.com", " ".join(["v=spf1", *["a:x.example"] * 50, "+all"]))
    zone.has("x.example", "198.51.100.1", kind="A")

    assert await spf(zone) == "permerror"
    assert len(zone.asked) == 11
