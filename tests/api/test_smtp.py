"""Mail by SMTP becomes documents: for whom, how often, and what is said when it cannot."""

import smtplib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.ingest.intake import Intake
from services.ingest.spool import Spool
from shared.http.load import Load, Sample
from shared.models.senders import Senders
from shared.models.tenancy import Licence
from shared.store.collections import ORGANIZATIONS, WORKSPACES
from shared.telemetry.metrics import IntakeMetrics
from tests.api.harness import API, PDF, Caller, Gateway
from tests.api.smtp_door import AUTHSERV, Mail, mail_door, message


@pytest.fixture
async def mail(gateway: Gateway) -> AsyncIterator[Mail]:
    async with mail_door(gateway) as mail:
        yield mail


def spooled(mail: Mail) -> list[Path]:
    return list(mail.gateway.settings.spool.iterdir())


def blobs_of(mail: Mail, caller: Caller) -> Path:
    return mail.gateway.settings.data_dir / "blobs" / "files" / caller.organization


async def test_a_message_becomes_a_document(mail: Mail, alice: Caller) -> None:
    sent = message("Dear all,\n.\n..dots\nBye", To="x@example.com")
    assert await mail.send(sent, await mail.address(alice)) == (250, "2.0.0 Taken")
    (document,) = await mail.documents(alice)
    assert document.media_type == "message/rfc822"
    assert document.workspace == alice.workspace
    stored = await mail.raw(document)
    assert stored == sent.as_bytes().replace(b"\n", b"\r\n")
    email = document.source_email
    assert email is not None
    assert (email.door, email.message_id) == ("smtp", "<1@example.net>")
    assert (email.envelope_sender, email.authenticated) == ("a@example.net", None)
    assert spooled(mail) == []


async def test_it_is_named_by_its_subject(mail: Mail, alice: Caller) -> None:
    to = await mail.address(alice)
    subjects = ("Rechnung 3/2026, März", "=?utf-8?q?Quittung_=E2=82=AC?=", "=?x?q?a?=", "..", "")
    for number, subject in enumerate(subjects):
        head = f"Subject: {subject}\r\nMessage-ID: <{number}@x>\r\n\r\nHello\r\n"
        assert (await mail.send(head.encode(), to))[0] == 250
    names = [it.name for it in await mail.documents(alice)]
    assert names[:2] == ["Rechnung 3-2026, März.eml", "Quittung €.eml"]
    assert names[2:] == ["=?x?q?a?=.eml", "document.eml", "message.eml"]


async def test_other_addresses_are_refused_alike(mail: Mail, alice: Caller) -> None:
    good = await mail.address(alice)
    local = good.partition("@")[0]
    for address in ("postmaster@in.example.com", f"{local}@example.com", f"a{good[1:]}x"):
        assert await mail.send(message(), address) == (550, "5.1.1 No such address"), address
    await alice.call("POST", f"{API}/workspaces/{alice.workspace}/address/rotate", 200)
    assert await mail.send(message(), good) == (550, "5.1.1 No such address")
    assert await mail.documents(alice) == []


async def test_each_workspace_gets_its_own_and_no_tenant_hears_of_another(
    mail: Mail, alice: Caller, bob: Caller
) -> None:
    made = await alice.call("POST", f"{API}/workspaces", 201, json={"name": "more"})
    to = [await mail.address(alice), await mail.address(bob), await mail.address(alice, made["id"])]
    assert await mail.send(message(), *to, to[0].upper()) == (250, "2.0.0 Taken")
    of_alice, of_bob = await mail.documents(alice), await mail.documents(bob)
    assert sorted(it.workspace for it in of_alice) == sorted([alice.workspace, made["id"]])
    assert [it.workspace for it in of_bob] == [bob.workspace]
    bodies = {await mail.raw(it) for it in (*of_alice, *of_bob)}
    assert len(bodies) == 1
    assert bob.organization not in of_alice[0].model_dump_json()
    assert spooled(mail) == []


async def test_sent_again_it_stays_one_also_over_another_relay(mail: Mail, alice: Caller) -> None:
    to = await mail.address(alice)
    raw = message("Hello").as_bytes()
    again = b"Received: from relay.example.net by mx.example.net; today\n" + raw
    for it in (raw, raw, again):
        assert (await mail.send(it, to))[0] == 250
    assert len(await mail.documents(alice)) == 1
    others = (
        message("Other"),
        message("Hello", Message_ID="<2@example.net>"),
        raw.replace(b"text/plain", b"text/html"),
    )
    for other in others:
        assert (await mail.send(other, to))[0] == 250
    assert len(await mail.documents(alice)) == 4
    nameless = raw.replace(b"Message-ID: <1@example.net>\n", b"")
    for it in (nameless, nameless, b"Date: later\n" + nameless):
        assert (await mail.send(it, to))[0] == 250
    assert len(await mail.documents(alice)) == 6
    assert spooled(mail) == []


async def test_what_cannot_be_stored_is_to_be_sent_again(mail: Mail, alice: Caller) -> None:
    in_the_way = blobs_of(mail, alice)
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.touch()
    code, text = await mail.send(message(), await mail.address(alice))
    assert (code, text[:5]) == (451, "4.3.0")
    assert (await mail.documents(alice), spooled(mail)) == ([], [])
    in_the_way.unlink()
    assert (await mail.send(message(), await mail.address(alice)))[0] == 250
    assert len(await mail.documents(alice)) == 1


async def test_when_one_of_two_cannot_store_it_both_have_it_once_in_the_end(
    mail: Mail, alice: Caller, bob: Caller
) -> None:
    to = (await mail.address(alice), await mail.address(bob))
    in_the_way = blobs_of(mail, bob)
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.touch()
    assert (await mail.send(message(), *to))[0] == 451
    in_the_way.unlink()
    assert (await mail.send(message(), *to))[0] == 250
    assert (len(await mail.documents(alice)), len(await mail.documents(bob))) == (1, 1)


async def test_loops_end_here(mail: Mail, alice: Caller) -> None:
    to = await mail.address(alice)
    hops = b"".join(b"Received: from h%d.example.net\n" % it for it in range(31))
    raw = message().as_bytes()
    for it in (hops + raw, b"X-Loop: IN.example.com\n" + raw):
        code, text = await mail.send(it, to)
        assert (code, text[:5]) == (554, "5.4.6")
    assert await mail.documents(alice) == []
    for it in (hops.partition(b"\n")[2] + raw, b"X-Loop: other.example\n" + raw):
        assert (await mail.send(it, to))[0] == 250


async def test_without_a_licence_mail_is_to_come_again(mail: Mail, alice: Caller) -> None:
    organizations = mail.gateway.store.across(ORGANIZATIONS)
    organization = await organizations.get(alice.organization)
    assert organization is not None
    await organizations.replace(organization.copy_with(licence=Licence(granted=False)))
    assert (await mail.send(message(), await mail.address(alice)))[0] == 450


async def test_while_too_much_waits_mail_is_to_come_again(gateway: Gateway, alice: Caller) -> None:
    load = Load({"backlog": 10.0})
    async with mail_door(gateway, load=load) as mail:
        to = await mail.address(alice)
        load.note(Sample(0.0, {"backlog": 10.0}))
        assert (await mail.send(message(), to))[0] == 451
        assert (await mail.send(message(), "nobody@in.example.com"))[0] == 550
        load.note(Sample(1.0, {"backlog": 1.0}))
        assert (await mail.send(message(), to))[0] == 250


async def test_messages_for_a_workspace_have_a_rate(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    async with mail_door(gateway, messages_per_minute=1) as mail:
        to = await mail.address(alice)
        assert (await mail.send(message(), to))[0] == 250
        assert (await mail.send(message(Message_ID="<2@x>"), to))[0] == 450
        assert (await mail.send(message(), await mail.address(bob)))[0] == 250


async def set_senders(mail: Mail, caller: Caller, **rules: Any) -> None:
    workspaces = mail.gateway.store.of(caller.tenant, WORKSPACES)
    senders = Senders.model_validate(rules)
    await workspaces.change(caller.workspace, lambda it: it.copy_with(senders=senders))


async def test_senders_are_judged_by_each_workspaces_own_rules(
    mail: Mail, alice: Caller, bob: Caller
) -> None:
    await set_senders(mail, alice, policy="enforce", allowed=["*@example.net"])
    of_alice, of_bob = await mail.address(alice), await mail.address(bob)
    code, text = await mail.send(message(), of_alice)
    assert (code, text[:5]) == (550, "5.7.1")
    mail.names[("example.net", "TXT")] = ["v=spf1 ip4:127.0.0.1 -all"]
    assert (await mail.send(message(), of_alice))[0] == 250
    (document,) = await mail.documents(alice)
    assert document.source_email is not None
    assert (document.source_email.authenticated, document.warnings) == (True, [])
    mail.names[("example.com", "TXT")] = ["v=spf1 ip4:127.0.0.1 -all"]
    stranger = message(From="a@example.com", Message_ID="<3@example.com>")
    assert (await mail.send(stranger, of_alice, sender="a@example.com"))[0] == 550
    # One who takes it is enough for the sender; who does not has nothing of it.
    assert (await mail.send(stranger, of_alice, of_bob, sender="a@example.com"))[0] == 250
    assert (len(await mail.documents(alice)), len(await mail.documents(bob))) == (1, 1)


async def test_a_warning_stands_on_what_is_taken_all_the_same(mail: Mail, alice: Caller) -> None:
    await set_senders(mail, alice, policy="warn")
    assert (await mail.send(message(), await mail.address(alice)))[0] == 250
    (document,) = await mail.documents(alice)
    assert document.warnings == ["SENDER_NOT_AUTHENTICATED"]
    parts = mail.gateway.parts
    intake = Intake(parts.store, parts.blobs, parts.outbox, IntakeMetrics(CollectorRegistry()))
    spool = Spool(mail.gateway.settings.spool, 1000)
    file = await spool.take("a.pdf", _pieces(PDF))
    troubled = document.copy_with(warnings=[*document.warnings, "of the message alone"])
    child = await intake.accept_child(troubled, "1.2", file, document.source_email)
    assert child.warnings == ["SENDER_NOT_AUTHENTICATED"]
    assert document.source_email is not None
    assert document.source_email.authenticated is False


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for it in pieces:
        yield it


async def test_name_servers_that_do_not_answer_delay_mail(mail: Mail, alice: Caller) -> None:
    await set_senders(mail, alice, policy="enforce")
    mail.names[("example.net", "TXT")] = ["?"]
    code, text = await mail.send(message(), await mail.address(alice))
    assert (code, text[:5]) == (451, "4.7.1")


@pytest.mark.parametrize(("relays", "code"), [("127.0.0.0/8", 250), ("", 550)])
async def test_results_of_others_are_believed_from_relays_only(
    gateway: Gateway, alice: Caller, relays: str, code: int
) -> None:
    said = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.net\n"
    async with mail_door(gateway, relays=relays) as mail:
        await set_senders(mail, alice, policy="enforce")
        sent = said.encode() + message().as_bytes()
        assert (await mail.send(sent, await mail.address(alice)))[0] == code


async def test_size_is_told_and_held(gateway: Gateway, alice: Caller) -> None:
    async with mail_door(gateway, max_bytes=200_000) as mail:
        to = await mail.address(alice)

        def talk(client: smtplib.SMTP) -> list[int]:
            client.ehlo()
            assert client.esmtp_features["size"] == "200000"
            codes = [client.docmd("MAIL", "FROM:<a@example.net> SIZE=200001")[0]]
            for size in (250_000, 100_000):
                client.mail("a@example.net")
                client.rcpt(to)
                codes.append(client.data(b"Subject: x\r\n\r\n" + b"x" * size)[0])
            return codes

        assert await mail.speak(talk) == [552, 552, 250]
        assert len(await mail.documents(alice)) == 1
        with pytest.raises(smtplib.SMTPServerDisconnected):
            await mail.speak(lambda it: _send_far_too_much(it, to))
        assert spooled(mail) == []


def _send_far_too_much(client: smtplib.SMTP, to: str) -> None:
    client.ehlo()
    client.mail("a@example.net")
    client.rcpt(to)
    client.docmd("DATA")
    assert client.sock is not None
    try:
        client.sock.sendall(b"x" * 2_000_000)
    except OSError as error:
        raise smtplib.SMTPServerDisconnected from error
    assert client.getreply()[0] == 552
    client.getreply()


async def test_the_null_sender_and_eight_bits_are_taken(mail: Mail, alice: Caller) -> None:
    to = await mail.address(alice)
    assert (await mail.send(message(), to, sender=""))[0] == 250
    raw = "Subject: Prüfung\r\nFrom: jörg@exämple.net\r\n\r\nGrüße €\r\n".encode()

    def talk(client: smtplib.SMTP) -> int:
        client.ehlo()
        client.command_encoding = "utf-8"
        client.mail("jörg@exämple.net", ["SMTPUTF8", "BODY=8BITMIME"])
        client.rcpt(to)
        return client.data(raw)[0]

    assert await mail.speak(talk) == 250
    first, second = await mail.documents(alice)
    assert first.source_email is not None
    assert first.source_email.envelope_sender == ""
    assert second.source_email is not None
    assert second.source_email.envelope_sender == "jörg@exämple.net"
    assert await mail.raw(second) == raw


async def test_what_is_no_message_is_no_harm(mail: Mail, alice: Caller) -> None:
    to = await mail.address(alice)
    hostile = (b"", b"\r\n", b"no header at all\r\n\r\n", b"A" * 300_000, b"From: a\x00b\r\n\r\nx",
               b"Message-ID: " + b"\xff" * 2_000 + b"\r\n\r\nx", b": x\r\n\r\n")  # fmt: skip
    for it in hostile:
        code, text = await mail.send(it, to)
        assert code in {250, 554}, (it[:20], text)
    assert spooled(mail) == []
