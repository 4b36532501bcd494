"""Signed links are good for one path, until a moment, under one secret."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared.http.links import LinkSigner

NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)
SIGNER = LinkSigner(b"a secret of thirty-two bytes or more")


def parts(link: str) -> tuple[str, dict[str, str]]:
    split = urlsplit(link)
    return split.path, dict(parse_qsl(split.query))


def test_a_link_is_good_until_it_expires() -> None:
    path, query = parts(SIGNER.sign("/a/b", NOW + timedelta(minutes=1)))
    assert SIGNER.is_good(path, query, NOW)
    assert SIGNER.is_good(path, query, NOW + timedelta(seconds=59))
    assert not SIGNER.is_good(path, query, NOW + timedelta(seconds=60))


@pytest.mark.parametrize("secret", [b"another secret of thirty-two bytes", b"a secret"])
def test_links_of_others_are_not_ours(secret: bytes) -> None:
    path, query = parts(LinkSigner(secret).sign("/a/b", NOW + timedelta(minutes=1)))
    assert not SIGNER.is_good(path, query, NOW)


@pytest.mark.parametrize(
    "change",
    [{"expires": "9999999999"}, {"expires": ""}, {"expires": "x"}, {"expires": "9" * 40},
     {"expires": "\u0661"}, {"signature": ""}, {"signature": "\u00e9"}],
)  # fmt: skip
def test_an_altered_link_is_not_good(change: dict[str, str]) -> None:
    path, query = parts(SIGNER.sign("/a/b", NOW + timedelta(minutes=1)))
    assert not SIGNER.is_good(path, {**query, **change}, NOW)
    assert not SIGNER.is_good("/a/c", query, NOW)
    assert not SIGNER.is_good(path, {}, NOW)
