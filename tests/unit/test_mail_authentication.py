"""Whose a mail is: alignment, trusted results, tricks with the author's field, and silence."""

import asyncio
from pathlib import Path

import pytest
from mail_senders import PEER, Post, Zone, key_record, mail, signed

OWN_SPF = f"v=spf1 ip4:{PEER} -all"


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(Zone(), tmp_path)


async def test_spf_of_the_authors_own_domain_is_enough(post: Post) -> None:
    post.zone.has("example.com", OWN_SPF)

    found = await post.look(mail(), PEER, "bounces@example.com")

    assert (found.aligned, found.method, found.domain) == (True, "spf", "example.com")


async def test_spf_of_another_domain_says_nothing_of_the_author(post: Post) -> None:
    post.zone.has("evil.example", OWN_SPF)

    found = await post.look(mail(), PEER, "ann@evil.example", "mail.example.com")

    assert not found.aligned


async def test_a_host_that_the_domain_does_not_name_is_not_believed(post: Post) -> None:
    post.zone.has("example.com", OWN_SPF)

    assert not (await post.look(mail(), "192.0.2.11", "ann@example.com")).aligned


@pytest.mark.parametrize(
    ("records", "aligned"),
    [
        ({}, False),
        ({"_dmarc.example.com": "v=DMARC1; p=none"}, True),
        ({"_dmarc.example.com": "v=DMARC1; p=none; adkim=s"}, False),
        ({"_dmarc.example.com": "v=DMARC1; p=none; psd=y"}, False),
        ({"_dmarc.mail.example.com": "v=DMARC1; psd=n"}, False),
        ({"_dmarc.com": "v=DMARC1; p=none; psd=y", "_dmarc.example.com": "v=DMARC1"}, True),
        ({"_dmarc.example.com": "v=DMARC10; p=none"}, False),
    ],
    ids=["no policy", "relaxed", "strict", "a public suffix", "apart", "beneath one", "no record"],
)
async def test_another_domain_of_the_same_owner(
    post: Post, records: dict[str, str], *, aligned: bool
) -> None:
    post.zone.has("s1._domainkey.news.example.com", key_record())
    for name, text in records.items():
        post.zone.has(name, text)

    message = signed(mail("ann@mail.example.com"), "news.example.com")

    assert (await post.look(message)).aligned is aligned


async def test_a_strangers_signature_is_no_help_however_it_is_published(post: Post) -> None:
    post.zone.has("s1._domainkey.evil.com", key_record())
    post.zone.has("_dmarc.evil.com", "v=DMARC1; p=none; psd=y").has(
        "_dmarc.example.com", "v=DMARC1"
    )

    assert not (await post.look(signed(mail(), "evil.com"))).aligned


@pytest.mark.parametrize(
    "author",
    [
        '"ceo@example.com" <mallory@evil.example>',
        "ceo@example.com <mallory@evil.example>",
        "ann@example.com, mallory@evil.example",
        "Team: ann@example.com;",
        "<ann@example.com> <mallory@evil.example>",
        "ann@example.com\r\nFrom: mallory@evil.example",
        "ann@example.com\r\nfrom : mallory@evil.example",
        "(ann@example.com) mallory@evil.example",
        "ann@example.com(",
        "ann@example.com\x00@evil.example",
        "Ann <ann@ex\u0430mple.com>",
        "Ann <ann@example\u3002com.evil.example>",
        "ann@example.com\rFrom: mallory@evil.example",
        "Ann <>",
        "",
    ],
)
async def test_tricks_with_the_author_do_not_make_one(post: Post, author: str) -> None:
    post.zone.has("example.com", OWN_SPF)

    found = await post.look(mail(author), PEER, "ann@example.com")

    assert not found.aligned
    assert found.sender != "ann@example.com"


@pytest.mark.parametrize(
    ("author", "sender"),
    [
        ("Ann@Example.COM", "ann@example.com"),
        ("=?utf-8?b?w4Rubg==?= <ann@example.com>", "ann@example.com"),
        ('"Doe, Ann (x@y)" <ann@example.com> (work)', "ann@example.com"),
        ("ann@example.com <ann@example.com>", "ann@example.com"),
        ("Ann\r\n <ann@example.com>", "ann@example.com"),
    ],
)
async def test_who_writes_it_plainly_is_known(post: Post, author: str, sender: str) -> None:
    post.zone.has("example.com", OWN_SPF)

    found = await post.look(mail(author), PEER, "ann@example.com")

    assert (found.aligned, found.sender) == (True, sender)


async def test_a_domain_in_unicode_is_the_one_that_the_dns_knows(post: Post) -> None:
    post.zone.has("xn--bcher-kva.example", OWN_SPF)

    found = await post.look(mail("ann@Bücher.example"), PEER, "a@xn--bcher-kva.example")

    assert (found.aligned, found.sender) == (True, "ann@xn--bcher-kva.example")


def with_results(*lines: str) -> bytes:
    return "".join(f"{it}\r\n" for it in lines).encode() + mail()


DMARC = "Authentication-Results: mx.example.net 1; dmarc=pass (p=reject) header.from=example.com"
OWN = "Authentication-Results: mx.example.net;"
RECEIVED = "Received: from x by mx.example.net; Sun, 22 Nov 2026 12:00:00 +0000"


@pytest.mark.parametrize(
    ("lines", "aligned"),
    [
        ([DMARC, RECEIVED], True),
        (["Received: from a by b", DMARC, RECEIVED], True),
        ([f"{OWN} spf=none", DMARC, RECEIVED], True),
        ([f"{OWN} spf=none", RECEIVED, DMARC], False),
        ([DMARC.replace("mx.example.net", "mx.evil.example"), RECEIVED], False),
        ([DMARC.replace("dmarc=pass", "dmarc=fail"), RECEIVED], False),
        ([DMARC.replace("from=example.com", "from=evil.example"), RECEIVED], False),
        ([f"{OWN} dkim=pass header.d=example.com"], True),
        ([f"{OWN} dkim=pass header.d=evil.example"], False),
        ([f"{OWN} dkim=fail (dkim=pass header.d=example.com)"], False),
        ([f"{OWN} spf=pass smtp.mailfrom=ann@example.com"], True),
        ([DMARC.replace("mx.", "(mx.example.net) mx.evil."), RECEIVED], False),
    ],
)  # fmt: skip
async def test_results_of_a_trusted_server(post: Post, lines: list[str], *, aligned: bool) -> None:
    message = with_results(*lines)

    assert (await post.look(message, authserv_ids=("MX.example.net",))).aligned is aligned
    assert not (await post.look(message)).aligned


async def test_silence_of_the_dns_is_never_a_yes(post: Post) -> None:
    post.zone.has("s1._domainkey.example.com", key_record())
    post.zone.down = ("example.com",)

    found = await post.look(signed(mail()), PEER, "ann@example.com")

    assert (found.aligned, found.temporary) == (False, True)
    assert found.detail == "temperror: spf, dkim"


async def test_what_holds_is_enough_though_something_else_is_silent(post: Post) -> None:
    post.zone.has("s1._domainkey.example.com", key_record())
    post.zone.has("example.com", "v=spf1 include:down.example -all").down = ("down.example",)

    found = await post.look(signed(mail()), PEER, "ann@example.com")

    assert (found.aligned, found.method) == (True, "dkim")


async def test_a_dns_that_never_answers_ends_with_nothing_known(post: Post) -> None:
    class Silent(Zone):
        async def lookup(self, name: str, kind: str) -> list[str]:
            await asyncio.sleep(3600)
            return []

    post.zone = Silent()

    found = await post.look(mail(), PEER, "ann@example.com", seconds=0.05)

    assert (found.aligned, found.temporary) == (False, True)


async def test_a_header_without_end_is_not_read(post: Post) -> None:
    post.zone.has("example.com", OWN_SPF)

    found = await post.look(b"X: y\r\n" * 100_000 + mail(), PEER, "ann@example.com")

    assert not found.aligned
