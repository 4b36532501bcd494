"""The command as a process of its own, against the gateway on a real socket.

No stages run here: a test moves documents on itself where that is what it is about.
"""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from services.ingest.tenants import KeyRights
from shared.models.tenancy import Licence, Scope
from shared.models.time import utc_now
from shared.models.work import Problem
from shared.stages import lifecycle
from shared.store.collections import DOCUMENTS
from tests.api.command import Command, accepted, ended
from tests.api.harness import API, DOCUMENTS_PATH, PDF, Caller, Gateway

PROGRAM = b"MZ\x90\x00 no document"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.pdf").write_bytes(PDF)
    (folder / "b.txt").write_bytes(PROGRAM)
    (folder / "sub" / "c.pdf").write_bytes(PDF + b"c")
    (folder / "a.expected.json").write_text("{}")
    return folder


async def looked_at(gateway: Gateway, sent: int = 0) -> None:
    """Wait until so many uploads were answered, and documents are looked at after that."""

    def answered(method: str, route: str) -> float:
        labels = {"method": method, "route": route, "status": "202" if method == "POST" else "200"}
        return gateway.parts.registry.get_sample_value("docstage_http_requests_total", labels) or 0

    one = f"{DOCUMENTS_PATH}/{{id}}"
    async with asyncio.timeout(60):
        while answered("POST", DOCUMENTS_PATH) < sent:
            await asyncio.sleep(0.02)
        before = answered("GET", one)
        while answered("GET", one) < before + 2:
            await asyncio.sleep(0.02)


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key)


async def test_a_folder_is_sent_and_told_of_in_order(
    docstage: Command, alice: Caller, files: Path
) -> None:
    result = await docstage("submit", files, "--no-wait", "--json", "--reference", "r1", "--low")
    assert result.code == 1, "one file was rejected"
    assert [Path(it["file"]).name for it in result.json] == ["a.pdf", "b.txt", "c.pdf"]
    assert [it["state"] for it in result.json] == ["received", "rejected", "received"]
    assert result.json[1]["error"]["code"] == "FILE_TYPE_NOT_SUPPORTED"
    document = result.json[2]["document"]
    assert document["reference"] == "r1"
    async with alice.client.get(document["links"]["original"]) as answer:
        assert await answer.read() == PDF + b"c"
    assert "Skipping 1 files that are no documents (.json)" in result.err


async def test_without_a_terminal_each_file_is_a_line(docstage: Command, files: Path) -> None:
    result = await docstage("submit", "--no-wait", files / "sub", files / "a.pdf")
    assert result.code == 0, result.err
    lines = [it.split("\t") for it in result.out.splitlines()]
    assert {(Path(it[0]).name, it[1]) for it in lines} == {
        ("a.pdf", "received"),
        ("c.pdf", "received"),
    }
    assert "\x1b" not in result.out + result.err


async def test_documents_are_followed_to_their_end(
    docstage: Command, gateway: Gateway, alice: Caller, files: Path
) -> None:
    process = await docstage.start("submit", files / "a.pdf", files / "sub" / "c.pdf", "--json")
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    by_size = {it.size: it.id for it in await accepted(gateway, alice, 2)}
    await gateway.finish(alice, by_size[len(PDF)], total="12.50")
    await looked_at(gateway)
    bad = await gateway.read(alice, by_size[len(PDF) + 1])
    problem = Problem(code="NO_PAGE_READABLE", detail="Not one page could be read.")
    await documents.replace(lifecycle.fail(bad, problem, utc_now()))
    result = await ended(process)
    assert result.code == 1
    good, failed = result.json
    assert good["state"] == "ready"
    assert good["document"]["fields"]["total"]["value"] == "12.50"
    assert good["error"] is None
    assert failed["state"] == "failed"
    assert failed["error"] == {"code": problem.code, "detail": problem.detail}


async def test_a_line_tells_what_was_found(
    docstage: Command, gateway: Gateway, alice: Caller, files: Path
) -> None:
    process = await docstage.start("submit", files / "a.pdf")
    (document,) = await accepted(gateway, alice, 1)
    await gateway.finish(alice, document.id, total="12.50")
    result = await ended(process)
    assert result.code == 0, result.err
    cells = result.out.rstrip("\n").split("\t")
    assert [Path(cells[0]).name, *cells[1:4]] == ["a.pdf", "ready", "receipt", "2"]
    assert cells[5:] == [document.id, "total=12.50 (90%)"]


async def test_what_is_not_done_in_time_is_no_success(docstage: Command, files: Path) -> None:
    result = await docstage("submit", files / "a.pdf", "--timeout", "0", "--json")
    assert result.code == 1
    assert result.json[0]["state"] == "received"
    assert result.json[0]["error"]["code"] == "STILL_RUNNING"


async def test_a_document_removed_meanwhile_ends_the_wait(
    docstage: Command, gateway: Gateway, alice: Caller, files: Path
) -> None:
    process = await docstage.start("submit", files / "a.pdf", "--json")
    (document,) = await accepted(gateway, alice, 1)
    await alice.call("DELETE", f"{DOCUMENTS_PATH}/{document.id}", 204)
    result = await ended(process)
    assert result.code == 1
    assert result.json[0]["error"]["code"] == "NOT_FOUND"


async def test_after_ctrl_c_the_accepted_files_are_told(
    docstage: Command, gateway: Gateway, alice: Caller, files: Path
) -> None:
    process = await docstage.start("submit", files / "a.pdf", files / "sub", "--json")
    documents = await accepted(gateway, alice, 2)
    await looked_at(gateway, sent=2)
    process.send_signal(signal.SIGINT)
    result = await ended(process)
    assert result.code == 130
    assert {it["document"]["id"] for it in result.json} == {it.id for it in documents}
    assert "2 of 2 files were accepted" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--type", "nonsense"), "docstage: UNKNOWN_TYPE: "),
        (("--workspace", "nonsense"), "docstage: UNKNOWN_WORKSPACE: "),
        (("--key", "x" * 40), "docstage: WRONG_AUTH: Authorization refused. No such key. Give"),
        (("--url", "http://127.0.0.1:9"), "docstage: No server answers at http://127.0.0.1:9. "),
        (("--url", "nowhere"), "docstage: 'nowhere' is no server address"),
    ],
)
async def test_what_concerns_all_files_is_one_line_and_exit_code_2(
    docstage: Command, files: Path, words: tuple[str, ...], said: str
) -> None:
    result = await docstage("submit", files / "a.pdf", *words)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith(said)
    assert result.err.count("\n") == 1


async def test_without_a_key_that_of_the_local_data_folder_is_used(
    gateway: Gateway, alice: Caller, files: Path, tmp_path: Path
) -> None:
    docstage = Command(tmp_path, URL=gateway.url, DATA_DIR=str(tmp_path / "own"))
    result = await docstage("submit", files / "a.pdf", "--no-wait")
    assert result.code == 2
    assert result.err == "docstage: No API key: give one with --key or DOCSTAGE_KEY.\n"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "admin-key").write_text(alice.key + "\n")
    result = await docstage("submit", files / "a.pdf", "--no-wait")
    assert result.code == 0, result.err


async def test_keys_are_made_used_listed_and_revoked(
    docstage: Command, alice: Caller, bob: Caller, gateway: Gateway, files: Path
) -> None:
    workspace = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "bills"})
    made = await docstage("keys", "create", "scanner", "--workspace", "bills", "--expires", "90d")
    assert made.code == 0, made.err
    key = made.out.strip()
    sent = await docstage("submit", files / "a.pdf", "--no-wait", "--json", "--key", key)
    assert sent.code == 0, sent.err
    assert sent.json[0]["document"]["workspace"] == workspace["id"]
    (record,) = [
        it for it in (await docstage("keys", "list", "--json")).json if it["name"] == "scanner"
    ]
    assert record["scopes"] == ["documents:read", "documents:write"]
    assert record["expires"] is not None
    assert key not in (await docstage("keys", "list")).out
    others = await docstage("keys", "revoke", record["id"], "--key", bob.key)
    assert (others.code, others.err) == (2, "docstage: NOT_FOUND: There is no such thing.\n")
    revoked = await docstage("keys", "revoke", record["id"])
    assert revoked.code == 0, revoked.err
    assert record["id"] not in (await docstage("keys", "list")).out
    assert record["id"] in (await docstage("keys", "list", "--all")).out
    refused = await docstage("submit", files / "a.pdf", "--no-wait", "--key", key)
    assert refused.code == 2
    assert "WRONG_AUTH" in refused.err


async def test_operators_found_organizations_and_grant_licences(
    gateway: Gateway, alice: Caller, files: Path, tmp_path: Path
) -> None:
    rights = KeyRights("operator", (Scope.ADMIN, Scope.OPERATE))
    operator = await gateway.key(alice.organization, rights)
    docstage = Command(tmp_path, URL=gateway.url, KEY=operator)
    made = await docstage("orgs", "create", "acme", "--none", "--json")
    assert made.code == 0, made.err
    assert made.json["licence"] == {"state": "none", "until": None}
    key = (await docstage("keys", "create", "first", "--organization", "acme")).out.strip()
    refused = await docstage("submit", files / "a.pdf", "--no-wait", "--key", key)
    assert refused.code == 2
    assert refused.err.startswith("docstage: NO_LICENCE: ")
    granted = await docstage("orgs", "licence", "acme", "--until", "2999-12-31")
    assert granted.out.split("\t")[:3] == ["acme", "valid", "2999-12-31"]
    sent = await docstage("submit", files / "a.pdf", "--no-wait", "--key", key)
    assert sent.code == 0, sent.err
    listed = await docstage("orgs", "list")
    assert [it.split("\t")[0] for it in listed.out.splitlines()] == ["acme", "alice"]
    missing = await docstage("orgs", "licence", "nobody", "--none")
    assert (missing.code, missing.err) == (2, "docstage: There is no organization 'nobody'.\n")


async def test_an_expired_licence_stops_a_submission(
    gateway: Gateway, files: Path, tmp_path: Path
) -> None:
    carol = await gateway.caller("carol", Licence(granted=False))
    docstage = Command(tmp_path, URL=gateway.url, KEY=carol.key)
    result = await docstage("submit", files, "--no-wait")
    assert result.code == 2
    assert "NO_LICENCE" in result.err


async def test_the_openapi_document_is_printed_or_written(
    docstage: Command, gateway: Gateway, tmp_path: Path
) -> None:
    printed = await docstage("openapi")
    assert printed.code == 0, printed.err
    assert printed.json["openapi"] == "3.1.0"
    written = await docstage("openapi", "--out", tmp_path / "api.json")
    assert (written.code, written.out) == (0, "")
    assert json.loads((tmp_path / "api.json").read_text()) == printed.json


async def test_the_version_needs_no_server(docstage: Command) -> None:
    for words in ("version", "--version"):
        result = await docstage(words)
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith("docstage ")
