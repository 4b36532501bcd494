"""DKIM: signatures made by dkimpy with keys of the test, checked by ours."""

import asyncio
import base64
import time
from pathlib import Path

import pytest
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
from mail_senders import Post, Zone, key_record, mail, rsa, signed

from services.ingest.mail.dkim import header_digest
from services.ingest.mail.dkim_records import DkimError, parse_signature
from services.ingest.mail.raw_headers import read_header

WAYS = [(head, body) for head in (b"simple", b"relaxed") for body in (b"simple", b"relaxed")]


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(Zone().has("s1._domainkey.example.com", key_record()), tmp_path)


@pytest.mark.parametrize("way", WAYS, ids=lambda it: b"/".join(it).decode())
@pytest.mark.parametrize(
    "text",
    ["Please find it.\n\n\n", "", "\n", " \t two \t words \t\n  \n\n", "no end", "a\r b\n"],
    ids=["empty lines behind", "no body", "an empty line", "blanks", "no line's end", "a lone CR"],
)
async def test_a_signed_mail_is_its_domains(
    post: Post, way: tuple[bytes, bytes], text: str
) -> None:
    head = mail().partition(b"\r\n\r\n")[0]
    message = head + b"\r\n\r\n" + text.encode().replace(b"\n", b"\r\n")

    found = await post.look(signed(message, way=way))

    assert (found.aligned, found.method, found.domain) == (True, "dkim", "example.com")
    assert found.sender == "ann@example.com"


async def test_a_relaxed_signature_survives_refolding_and_white_space(post: Post) -> None:
    message = signed(mail())

    changed = message.replace(b"Subject: Invoice  4711", b"SUBJECT:\r\n\tInvoice \t 4711  ")
    changed = changed.replace(b"Please find it.", b"Please \t find it.  ")

    assert changed != message
    assert (await post.look(changed)).aligned
    assert (await post.look(changed.replace(b"\r\n", b"\n"))).aligned


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"find it", b"find me"),
        (b"4711", b"4712"),
        (b"ann@example.com>", b"bob@example.com>"),
        (b"\r\n\r\nPlease", b"\r\n\r\nWire it.\r\nPlease"),
        (b"s=s1;", b"s=s2;"),
        (b"d=example.com;", b"d=other.example;"),
    ],
)
async def test_a_changed_mail_is_nobodys(post: Post, old: bytes, new: bytes) -> None:
    message = signed(mail())
    assert old in message

    found = await post.look(message.replace(old, new, 1))

    assert (found.aligned, found.method, found.temporary) == (False, "none", False)


async def test_a_signature_of_only_a_beginning_does_not_count(post: Post) -> None:
    message = signed(mail(), length=True)
    assert b"l=" in message.partition(b"\r\nFrom")[0]

    assert not (await post.look(message)).aligned


@pytest.mark.parametrize(
    "record",
    [
        "v=DKIM1; k=rsa; p=",
        "v=DKIM1; k=rsa; p=AAAA",
        "v=DKIM2; p=x",
        "k=rsa",
        key_record(t="y"),
        key_record(h="sha1"),
        key_record(s="tlsrpt"),
        key_record(rsa(1152)),
        "=;;=",
    ],
    ids=["revoked", "junk", "version", "no key", "on trial", "sha1", "service", "another", "tags"],
)
async def test_a_key_that_is_none_signs_nothing(post: Post, record: str) -> None:
    post.zone.has("s1._domainkey.example.com", record)

    assert not (await post.look(signed(mail()))).aligned


async def test_two_keys_at_one_name_are_none(post: Post) -> None:
    post.zone.has("s1._domainkey.example.com", key_record(), key_record())

    assert not (await post.look(signed(mail()))).aligned


async def test_an_expired_signature_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "message"
    path.write_bytes(signed(mail()))
    field = read_header(path).named("dkim-signature")[0]
    now = time.time()
    line = field.raw.replace(b"; h=", f"; x={int(now)}; h=".encode())

    late = type(field)("dkim-signature", line)

    assert parse_signature(late, now - 5).domain == "example.com"
    with pytest.raises(DkimError):
        parse_signature(late, now + 5)


async def test_ed25519_signatures_count(post: Post) -> None:
    key = ECC.generate(curve="ed25519")
    public = key.public_key().export_key(format="raw")
    post.zone.has("s1._domainkey.example.com", f"k=ed25519; p={base64.b64encode(public).decode()}")
    message = signed(mail()).replace(b"a=rsa-sha256", b"a=ed25519-sha256")
    path = post.folder / "draft"
    path.write_bytes(message)
    header = read_header(path)
    signature = parse_signature(header.named("dkim-signature")[0], time.time())
    made = eddsa.new(key, "rfc8032").sign(header_digest(header, signature).digest())

    start, _, rest = message.partition(b" b=")
    end = rest.partition(b"\r\nFrom:")[2]
    sealed = start + b" b=" + base64.b64encode(made) + b"\r\nFrom:" + end

    assert (await post.look(sealed)).aligned
    assert not (await post.look(sealed.replace(b"4711", b"4712"))).aligned


async def test_long_white_space_costs_no_time(post: Post) -> None:
    """Of a million blanks a search that begins anew at each would not end in this test's life."""
    message = signed(mail())
    hostile = message + b" " * 1_000_000 + b"x\r\n" + b"\t \r\n" * 200_000

    found = await asyncio.wait_for(post.look(hostile), 30)

    assert not found.aligned
