"""Notices by mail over the API: made, tried, left by the link in the mail."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.cli.diagnosis.finding import Status
from services.cli.diagnosis.mail import mail
from services.ingest.tenants import KeyRights
from shared.config import Settings
from shared.http.links import LinkSigner
from shared.models.mail_notice import recipient_code
from shared.models.tenancy import Scope
from shared.models.time import utc_now
from shared.store.collections import MAIL_NOTICES
from tests.api.command import Command
from tests.api.harness import API, Caller, Gateway, Json, running
from tests.servers.mail_sink import mail_sink

PATH = f"{API}/mail-notices"
ANN, BEN = "ann@example.com", "ben@example.com"


@pytest.fixture
async def sending(tmp_path: Path) -> AsyncIterator[Gateway]:
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "mail_url": "smtp://127.0.0.1:9", "mail_from": "docs@x.example",
         "mail_recipients": "*@example.com, boss@corp.example"}
    )  # fmt: skip
    async with running(settings) as gateway:
        yield gateway


@pytest.fixture
async def ann(sending: Gateway) -> Caller:
    return await sending.caller("ann")


async def test_a_notice_is_made_changed_and_removed(ann: Caller, sending: Gateway) -> None:
    made = await ann.call("POST", PATH, 201, json={"recipients": ["Ann@Example.com", BEN, ANN]})
    assert made["recipients"] == [ANN, BEN]
    assert made["events"] == [
        "document.needs_review", "document.failed", "document.rejected", "subscription.disabled",
    ]  # fmt: skip
    assert (made["digest_minutes"], made["enabled"], made["templates"]) == (0, True, {})
    one = made["links"]["self"]
    assert await ann.call("GET", one, 200) == made
    assert (await ann.call("GET", PATH, 200))["mail_notices"] == [made]
    words = {"failed": {"subject": "!! $document", "text": None, "html": None}}
    changed = await ann.call(
        "PATCH", one, 200, json={"templates": words, "digest_minutes": 15, "enabled": False}
    )
    assert (changed["templates"], changed["digest_minutes"]) == (words, 15)
    assert (changed["enabled"], changed["recipients"]) == (False, [ANN, BEN])
    reader = Caller(ann.organization, await sending.key(
        ann.organization, KeyRights("r", (Scope.READ, Scope.WRITE))), ann.client)  # fmt: skip
    async with sending.client(reader.key).get(one) as answer:
        assert answer.status == 403, "it holds people's addresses"
    await ann.call("DELETE", one, 204)
    await ann.call("GET", one, 404)


@pytest.mark.parametrize(
    ("wish", "status"),
    [({}, 400), ({"recipients": []}, 400), ({"recipients": ["ann"]}, 400),
     ({"recipients": ["ann@example.com\r\nBcc: eve@example.com"]}, 400),
     ({"recipients": ["é@example.com"]}, 400), ({"recipients": ["eve@evil.example"]}, 422),
     ({"recipients": [ANN], "events": ["document.ready"]}, 400),
     ({"recipients": [ANN], "digest_minutes": -1}, 400),
     ({"recipients": [ANN], "templates": {"failed": {"text": "$secret"}}}, 400),
     ({"recipients": [ANN], "templates": {"failed": {"subject": "a\r\nBcc: e@x.example"}}}, 400),
     ({"recipients": [ANN], "templates": {"other": {"text": "x"}}}, 400)],
)  # fmt: skip
async def test_a_notice_that_cannot_be(ann: Caller, wish: Json, status: int) -> None:
    await ann.call("POST", PATH, status, json=wish)


async def test_there_are_none_without_a_mail_server(alice: Caller) -> None:
    body = await alice.call("POST", PATH, 409, json={"recipients": [ANN]})
    assert "no mail server" in body["detail"]


async def test_a_try_is_a_delivery_for_each_address(ann: Caller) -> None:
    made = await ann.call("POST", PATH, 201, json={"recipients": [ANN, BEN], "enabled": False})
    tried = await ann.call("POST", f"{PATH}/{made['id']}/test", 202)
    assert len(tried["deliveries"]) == 2
    listed = (await ann.call("GET", tried["links"]["deliveries"], 200))["deliveries"]
    assert {it["id"] for it in listed} == set(tried["deliveries"])
    assert {(it["kind"], it["state"]) for it in listed} == {("mail", "waiting")}
    assert sorted(it["recipient"] for it in listed) == ["a…@example.com", "b…@example.com"]
    for delivery in listed:
        for link in delivery["links"].values():
            await ann.call("GET", link, 200)
    again = f"{API}/deliveries/{listed[0]['id']}/resend"
    async with ann.client.post(again) as answer:
        assert answer.status in {200, 202}, await answer.text()


async def test_the_link_in_a_mail_takes_one_address_off(sending: Gateway, ann: Caller) -> None:
    made = await ann.call("POST", PATH, 201, json={"recipients": [ANN, BEN]})
    path = f"{API}/linked/notices/{made['id']}/{recipient_code(made['id'], ANN)}"
    signer = LinkSigner(sending.parts.secret)
    link = signer.sign(path, utc_now() + timedelta(days=1))
    nobody = sending.client()
    for url in (path, link[:-1] + ("0" if link[-1] != "0" else "1"),
                link.replace(recipient_code(made["id"], ANN), recipient_code(made["id"], BEN)),
                signer.sign(path, utc_now() - timedelta(seconds=5))):  # fmt: skip
        for method in ("GET", "POST"):
            async with nobody.request(method, url) as answer:
                assert answer.status == 404
    notices = sending.store.of(ann.tenant, MAIL_NOTICES)
    async with nobody.get(link) as page:
        assert (page.status, page.content_type) == (200, "text/html")
        assert "<button>" in await page.text()
        assert "example.com" not in await page.text()
    stored = await notices.get(made["id"])
    assert stored is not None
    assert stored.recipients == [ANN, BEN], "looking changes nothing"
    for _ in range(2):
        async with nobody.post(link, data={"List-Unsubscribe": "One-Click"}) as answer:
            assert answer.status == 200
    stored = await notices.get(made["id"])
    assert stored is not None
    assert stored.recipients == [BEN]


async def test_the_command(sending: Gateway, ann: Caller, tmp_path: Path) -> None:
    docstage = Command(tmp_path, URL=sending.url, KEY=ann.key)
    made = await docstage(
        "notices", "add", ANN, BEN, "--event", "document.failed", "--digest", "30"
    )  # fmt: skip
    assert made.code == 0, made.err
    identity = made.out.strip()
    listed = (await docstage("notices", "list")).out.strip().split("\t")
    assert listed == [f"{ANN}, {BEN}", "document.failed", "all", "30 min", "on", identity]
    tried = (await docstage("notices", "test", identity)).out.split()
    assert len(tried) == 2
    for path in tried:
        assert (await ann.call("GET", path, 200))["kind"] == "mail"


async def test_the_doctor_looks_at_the_mail_server(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()
    async with mail_sink() as sink:
        given = {"mail_from": "docs@x.example", "mail_templates": folder}
        url = f"smtp://u:secret@127.0.0.1:{sink.port}"
        plain = Settings.model_validate({**given, "mail_url": f"smtp://127.0.0.1:{sink.port}"})
        found = {it.name: it for it in await mail(plain)}
        assert found["mail"].status is Status.OK
        assert found["mail words"].status is Status.OK
        assert found["mail links"].status is Status.WARNING
        (refused, *_) = await mail(Settings.model_validate({**given, "mail_url": url}))
        assert refused.status is Status.FAILURE
        assert "no TLS" in refused.detail
        assert "secret" not in refused.detail
    (folder / "digest.txt").write_text("$nothing")
    found = {it.name: it for it in await mail(plain)}
    assert found["mail"].status is Status.FAILURE
    assert "there is no $nothing" in found["mail words"].detail
    assert await mail(Settings(_env_file=None)) == []
