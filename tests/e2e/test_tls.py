"""``docstage up --tls``: HTTPS with a certificate of its own, and with one of the operator's."""

import hashlib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.command import Command
from tests.e2e.embedded import Up
from tests.samples.certificates import CERTIFICATE, KEY


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(tmp_path_factory.mktemp("tls") / "data", tls=True) as up:
        yield up


def status(url: str, trusting: ssl.SSLContext | None = None) -> int:
    with urllib.request.urlopen(url, context=trusting, timeout=30) as answer:  # noqa: S310 - ours
        return int(answer.status)


def test_only_who_trusts_the_authority_speaks_to_it(secure: Up) -> None:
    trusting = ssl.create_default_context(cafile=secure.authority)
    assert status(f"{secure.url}/version", trusting) == 200
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        status(f"{secure.url}/version")
    with pytest.raises(OSError, match=r"closed|reset|Remote"):
        status(f"{secure.url.replace('https', 'http')}/version")


def test_a_person_is_told_whom_to_trust(secure: Up) -> None:
    text = secure.log.read_text()
    der = ssl.PEM_cert_to_DER_cert(secure.authority.read_text())
    assert hashlib.sha256(der).digest().hex(":").upper() in text
    assert str(secure.authority) in text
    assert secure.url in text


async def test_the_command_trusts_the_authority_of_its_data_folder(
    secure: Up, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=secure.url, KEY=secure.key, DATA_DIR=str(secure.data))
    result = await docstage("doctor", "--json")
    seen = {(it["part"], it["name"]): it for it in result.json["findings"]}
    assert seen["server", "ready"]["status"] == "ok"
    assert seen["local", "certificate"]["status"] == "ok"
    assert "localhost, 127.0.0.1" in seen["local", "certificate"]["detail"]
    stranger = Command(tmp_path, URL=secure.url, KEY=secure.key, DATA_DIR=str(tmp_path))
    refused = await stranger("doctor", "--only", "server")
    assert (refused.code, "No secure connection" in refused.out) == (1, True)


async def test_a_certificate_of_no_use_is_named_before_anything_starts(tmp_path: Path) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_text(CERTIFICATE)
    data = tmp_path / "data"
    docstage = Command(
        tmp_path, DATA_DIR=str(data), TLS_CERT=str(chain), TLS_KEY=str(key), PORT="0"
    )
    started = await docstage("up")
    assert started.code != 0
    assert f"{key} cannot be read" in started.err
    assert not data.exists()
    looked = await docstage("doctor", "--only", "local", "--json")
    (finding,) = [it for it in looked.json["findings"] if it["name"] == "certificate"]
    assert (finding["status"], f"{key} cannot be read" in finding["detail"]) == ("failure", True)
    key.write_text(KEY)
    looked = await docstage("doctor", "--only", "local", "--json")
    (finding,) = [it for it in looked.json["findings"] if it["name"] == "certificate"]
    assert (finding["status"], "until 2126-" in finding["detail"]) == ("ok", True)
