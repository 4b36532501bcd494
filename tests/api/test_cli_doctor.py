"""``docstage doctor`` as a process of its own: this machine's settings, and a real gateway."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aiohttp import web

from services.ingest.tenants import KeyRights
from shared.models.tenancy import Licence, Scope
from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS
from tests.api.command import Command, Ended
from tests.api.harness import Caller, Gateway, serving
from tests.servers.chat import KEY as MODEL_KEY
from tests.servers.chat import chat_server
from tests.servers.mongo_wire import MongoWireServer
from tests.servers.process import Unavailable
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.requirement import missing
from tests.servers.s3 import S3Server

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def docstage(gateway: Gateway, alice: Caller, tmp_path: Path) -> Command:
    return Command(tmp_path, URL=gateway.url, KEY=alice.key, DATA_DIR=str(tmp_path / "data"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The URLs of a RabbitMQ, a MongoDB-wire and an S3 server."""
    started: list[Any] = []
    try:
        for make in (RabbitMQ, MongoWireServer, S3Server):
            server = make(tmp_path_factory.mktemp(make.__name__))
            started.append(server)
            server.start()
        broker, store, blobs = started
        yield {"broker": broker.url, "store": store.url(), "blobs": blobs.url()}
    except Unavailable as reason:
        missing(reason)
    finally:
        for server in reversed(started):
            server.stop()


def found(result: Ended, name: str, part: str = "local") -> list[dict[str, Any]]:
    return [it for it in result.json["findings"] if (it["name"], it["part"]) == (name, part)]


def statuses(result: Ended, part: str) -> dict[str, str]:
    return {it["name"]: it["status"] for it in result.json["findings"] if it["part"] == part}


async def test_before_the_first_start_all_is_well_and_nothing_is_made(tmp_path: Path) -> None:
    docstage = Command(tmp_path, DATA_DIR=str(tmp_path / "data"))
    result = await docstage("doctor", "--only", "local", "--json")
    assert (result.code, result.json["ok"]) == (0, True), result.out
    seen = statuses(result, "local")
    assert set(seen) == {
        *("versions", "models", "reading", "settings", "data folder", "store", "broker", "blobs"),
        *("disk", "limits", "memory", "scratch", "a page"),
    }
    assert set(seen.values()) - {"warning"} == {"ok"}
    assert "first start" in found(result, "store")[0]["detail"]
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - nothing at all


async def test_a_person_reads_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    docstage = Command(
        tmp_path,
        BROKER_URL="amqp://docstage:s3cret-word@127.0.0.1:9/",
        STORE_URL="mongodb://docstage:s3cret-word@nowhere.invalid:27017/docstage",
        BLOBS_URL="s3+http://KEYKEY:s3cret-word@127.0.0.1:9/bucket",
        CHILD_MEMORY="100000000",
    )
    result = await docstage("doctor", "--only", "local")
    assert (result.code, result.err) == (1, "")
    lines = [" ".join(it.split()) for it in result.out.splitlines()]
    assert lines[0] == "This machine"
    assert "failure broker amqp://127.0.0.1:9/: nobody listens there" in lines
    assert "Start the server, or mend DOCSTAGE_BROKER_URL." in lines
    assert "failure store mongodb://nowhere.invalid:27017/docstage: no such host" in lines
    assert "failure blobs s3+http://127.0.0.1:9/bucket: nobody listens there" in lines
    assert "failure a page OUT_OF_MEMORY The work needed more memory than allowed." in lines
    assert "4 failure" in lines[-1]
    assert "s3cret-word" not in result.out
    assert "\x1b" not in result.out


async def test_weights_that_the_languages_need_are_looked_for(tmp_path: Path) -> None:
    given = {"OCR_ENGINE": "exact", "OCR_LANGS": "en,uk", "OCR_MODEL_DIR": str(tmp_path)}
    docstage = Command(tmp_path, **given)
    result = await docstage("doctor", "--only", "local", "--json")
    (finding,) = found(result, "weights")
    assert (result.code, finding["status"]) == (1, "failure")
    assert str(tmp_path / "cyrillic_g2.pth") in finding["detail"]
    (tmp_path / "cyrillic_g2.pth").touch()
    (finding,) = found(await docstage("doctor", "--only", "local", "--json"), "weights")
    assert finding["status"] == "ok"


async def test_endpoints_of_language_models_are_looked_at(tmp_path: Path) -> None:
    async with chat_server() as models:
        docstage = Command(
            tmp_path,
            LLM_URL=models.url,
            LLM_MODEL="reader-1",
            LLM_API_KEY=MODEL_KEY,
            VLM_URL=models.url,
            VLM_MODEL="unknown",
        )
        result = await docstage("doctor", "--only", "local", "--json")
    assert [it["status"] for it in found(result, "llm") + found(result, "vlm")] == ["ok", "warning"]
    assert "reader-1" in found(result, "vlm")[0]["advice"]
    assert (models.questions, set(models.keys)) == ([], {f"Bearer {MODEL_KEY}", ""})
    result = await docstage("doctor", "--only", "local", "--json")  # it has gone by now
    assert (result.code, found(result, "llm")[0]["status"]) == (1, "failure")
    assert MODEL_KEY not in result.out + result.err


@pytest.mark.services
async def test_real_servers_answer_and_are_left_as_they_are(
    servers: dict[str, str], tmp_path: Path
) -> None:
    urls = {f"{name.upper()}_URL": url for name, url in servers.items()}
    docstage = Command(tmp_path, **urls, SECRET="0123456789abcdef0123456789abcdef")
    result = await docstage("doctor", "--only", "local", "--json")
    assert result.code == 0, result.out
    for name in servers:
        (finding,) = found(result, name)
        assert (finding["status"], finding["milliseconds"] > 0) == ("ok", True), finding
    assert "RabbitMQ 3." in found(result, "broker")[0]["detail"]
    assert "is made at the first start" in found(result, "blobs")[0]["detail"]
    async with await aio_pika.connect(servers["broker"]) as connection:
        channel = await connection.channel()
        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await channel.declare_queue("docstage.ocr.normal", passive=True)
        channel = await connection.channel()
        kept = await channel.declare_queue("docstage.quarantine", durable=True)
        await channel.default_exchange.publish(aio_pika.Message(b"x"), kept.name)
        result = await docstage("doctor", "--only", "local", "--json")
        await kept.delete(if_empty=False)
    (finding,) = found(result, "broker")
    assert (finding["status"], "1 messages in" in finding["detail"]) == ("warning", True)


@pytest.mark.services
async def test_a_login_that_is_refused_is_called_so(
    servers: dict[str, str], tmp_path: Path
) -> None:
    scheme, _, rest = servers["broker"].partition("://")
    address = rest.rpartition("@")[2]
    blobs = servers["blobs"].rpartition("@")[2]
    docstage = Command(
        tmp_path,
        BROKER_URL=f"{scheme}://docstage:not-the-word@{address}",
        BLOBS_URL=f"s3+http://wrong:not-the-word@{blobs}",
        SECRET="0123456789abcdef0123456789abcdef",
    )
    result = await docstage("doctor", "--only", "local", "--json")
    assert result.code == 1
    for name in ("broker", "blobs"):
        (finding,) = found(result, name)
        assert finding["status"] == "failure"
        assert finding["detail"].endswith("the login is refused"), finding
    assert "not-the-word" not in result.out


@pytest.mark.parametrize(
    ("settings", "name", "status", "said"),
    [
        ({"PORT": "x"}, "settings", "failure", "DOCSTAGE_PORT: "),
        ({"SECRET": "short"}, "settings", "failure", "DOCSTAGE_SECRET: "),
        ({"LLM_URL": "ftp://x"}, "settings", "failure", "DOCSTAGE_LLM_URL: "),
        ({"LLM_URL": "http://a:b@c/v1"}, "settings", "failure", "no login"),
        ({"VLM_URL": "http://c/v1"}, "settings", "failure", "DOCSTAGE_VLM_MODEL: "),
        ({"BROKER_URI": "x"}, "settings", "warning", "DOCSTAGE_BROKER_URI is no setting"),
        ({"BEAT_SECONDS": "50"}, "settings", "failure", "a lease ends before"),
        ({"ALLOW_PRIVATE_TARGETS": "nonsense"}, "settings", "failure", "ALLOW_PRIVATE_TARGETS"),
        ({"ALLOW_PRIVATE_TARGETS": "169.254.0.0/16"}, "settings", "warning", "169.254.169.254"),
        ({"LOG_LEVEL": "DEBUG"}, "settings", "warning", "DEBUG"),
        ({"SECRET": "a" * 40}, "secret", "warning", "DOCSTAGE_SECRET can be guessed"),
        (
            {"SECRET": "0123456789" * 4, "BOOTSTRAP_KEY": "0123456789" * 4},
            "secret",
            "failure",
            "are the same",
        ),
        ({"BROKER_URL": "amqp://a:b@127.0.0.1:9/"}, "secret", "warning", "DOCSTAGE_SECRET is not"),
        (
            {"BROKER_URL": "amqp://guest:guest@127.0.0.1:9/", "SECRET": "0123456789" * 4},
            "secret",
            "warning",
            "as guest",
        ),
        ({"STORE_URL": "postgres://x/y"}, "store", "failure", "postgres://x/y: "),
        ({"BROKER_URL": "kafka://x"}, "broker", "failure", "kafka://x: "),
        ({"BLOBS_URL": "s3://nologin/b"}, "blobs", "failure", "s3://nologin/b: "),
    ],
)
async def test_settings_that_are_wrong_or_dangerous_are_named(
    tmp_path: Path, settings: dict[str, str], name: str, status: str, said: str
) -> None:
    result = await Command(tmp_path, **settings)("doctor", "--only", "local", "--json")
    assert [it for it in found(result, name) if it["status"] == status and said in it["detail"]]
    assert result.code == (1 if status == "failure" or "BROKER_URL" in settings else 0)
    assert result.json["ok"] is (result.code == 0)
    for value in settings.values():
        assert value not in result.out or len(value) < 40


async def test_the_data_folder_is_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret").write_text("x" * 64)
    (folder / "secret").chmod(0o644)
    with closing(sqlite3.connect(folder / "docstage.db")) as database:
        database.execute("CREATE TABLE t (x)")
    docstage = Command(tmp_path, DATA_DIR=str(folder))
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        result = await docstage("doctor", "--only", "local", "--json")
    assert result.code == 0, result.out
    assert "in use by process 4711" in found(result, "data folder")[0]["detail"]
    assert "GB free" in found(result, "disk")[0]["detail"]
    (readable,) = found(result, "secret")
    assert (readable["status"], "chmod 600" in readable["advice"]) == ("warning", True)
    assert found(result, "store")[0]["milliseconds"] > 0
    (folder / "docstage.db").write_bytes(b"this is no database" * 100)
    result = await docstage("doctor", "--only", "local", "--json")
    assert (result.code, found(result, "store")[0]["status"]) == (1, "failure")
    assert "not in use" in found(result, "data folder")[0]["detail"]
    large = Command(tmp_path, DATA_DIR=str(folder), MAX_FILE_BYTES=str(10**18))
    result = await large("doctor", "--only", "local", "--json")
    assert found(result, "disk")[0]["status"] == "failure"


async def test_a_server_that_is_well(docstage: Command, alice: Caller) -> None:
    result = await docstage("doctor", "--only", "server", "--json")
    assert (result.code, result.err) == (0, "")
    assert statuses(result, "server") == dict.fromkeys(
        ("version", "store", "blobs", "broker", "ready", "key", "licence", "queue", "dead"), "ok"
    )
    (key,) = found(result, "key", "server")
    assert key["detail"] == "may documents:read, documents:write, admin"
    assert alice.key not in result.out
    both = await docstage("doctor")
    assert both.code == 0, both.out
    assert "This machine" in both.out
    assert f"Server {docstage._environment['DOCSTAGE_URL']}" in both.out
    assert both.out.rstrip().splitlines()[-1].split(" ok")[0].isdigit()


async def test_a_dependency_of_the_server_that_is_down_is_named(
    docstage: Command, gateway: Gateway
) -> None:
    await gateway.store.close()
    try:
        result = await docstage("doctor", "--only", "server", "--json", "--key", "x" * 40)
    finally:
        await gateway.store.open()
    assert result.code == 1
    seen = statuses(result, "server")
    assert (seen["store"], seen["ready"], seen["blobs"]) == ("failure", "failure", "ok")


@pytest.mark.parametrize(
    ("scopes", "said"),
    [
        ((Scope.READ,), "may documents:read"),
        ((Scope.WRITE,), "may documents:write"),
        ((Scope.ADMIN,), "may documents:read, documents:write, admin"),
        ((Scope.OPERATE,), "may operate"),
    ],
)
async def test_what_the_key_may_do_is_found_out(
    docstage: Command, gateway: Gateway, alice: Caller, scopes: tuple[Scope, ...], said: str
) -> None:
    (made,) = await alice.upload()
    key = await gateway.key(alice.organization, KeyRights("k", scopes))
    result = await docstage("doctor", "--only", "server", "--json", "--key", key)
    assert result.code == 0, result.out
    assert found(result, "key", "server")[0]["detail"] == said
    assert (await alice.call("GET", made["links"]["self"], 200))["state"] == "received"


async def test_keys_and_licences_that_do_not_hold(docstage: Command, gateway: Gateway) -> None:
    wrong = await docstage("doctor", "--only", "server", "--json", "--key", "x" * 40)
    assert (wrong.code, found(wrong, "key", "server")[0]["status"]) == (1, "failure")
    past = utc_now() - timedelta(days=1)
    for name, licence, said in (
        ("carol", Licence(granted=False), "there is none"),
        ("dave", Licence(until=past), "it has expired"),
    ):
        caller = await gateway.caller(name, licence)
        result = await docstage("doctor", "--only", "server", "--json", "--key", caller.key)
        assert result.code == 1
        (finding,) = found(result, "licence", "server")
        assert (finding["status"], finding["detail"]) == ("failure", said)


async def test_documents_that_wait_for_long_are_told(
    docstage: Command, gateway: Gateway, alice: Caller
) -> None:
    (made,) = await alice.upload()
    record = await gateway._settled(alice, made["id"])
    documents = gateway.store.of(alice.tenant, DOCUMENTS)
    await documents.delete(record.id)
    await documents.insert(record.copy_with(created=utc_now() - timedelta(hours=1), rev=0))
    result = await docstage("doctor", "--only", "server", "--json")
    (finding,) = found(result, "queue", "server")
    assert (result.code, finding["status"]) == (0, "warning")
    assert "ocr service" in finding["advice"]


async def test_without_a_server_it_is_a_failure_only_if_one_was_named(tmp_path: Path) -> None:
    named = await Command(tmp_path)("doctor", "--json", "--url", NOBODY)
    assert (named.code, statuses(named, "server")) == (1, {"server": "failure"})
    by_environment = await Command(tmp_path, URL=NOBODY)("doctor", "--json")
    assert by_environment.code == 1
    wrong = await Command(tmp_path)("doctor", "--url", "nowhere")
    assert (wrong.code, wrong.err.startswith("docstage: 'nowhere' is no server")) == (2, True)


async def test_what_is_no_docstage_is_called_so(tmp_path: Path) -> None:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/{path:.*}", hello)
    async with serving(app) as url:
        result = await Command(tmp_path)("doctor", "--only", "server", "--json", "--url", url)
    (finding,) = found(result, "server", "server")
    assert (result.code, "is not Docstage" in finding["detail"]) == (1, True)


async def test_clocks_and_versions_that_differ_are_told(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        body = {"version": "9.9", "status": "ready", "checks": {}}
        return web.json_response(body, headers={"Date": "Thu, 01 Jan 2015 00:00:00 GMT"})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with serving(app) as url:
        result = await Command(tmp_path)("doctor", "--only", "server", "--json", "--url", url)
    assert result.code == 0, result.out
    seen = statuses(result, "server")
    assert (seen["version"], seen["clock"], seen["key"]) == ("warning", "warning", "skipped")
