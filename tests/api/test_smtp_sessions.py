"""Sessions of the SMTP door: what is no mail, what is too much, TLS, and the end."""

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared.config import Settings
from shared.http.certificates import CertificateError
from tests.api.harness import Caller, Gateway, running
from tests.api.smtp_door import Mail, mail_door, message
from tests.samples.certificates import CERTIFICATE, KEY

HELLO = b"EHLO client.example.net\r\n"
WORDS = [b"EHLO", b"HELO", b"MAIL FROM:", b"RCPT TO:", b"<a@b>", b"<>", b"<", b"@", b"\xff\xfe",
         b"SIZE=1", b"SIZE=x", b"SMTPUTF8", b"BODY=8BITMIME", b"BODY=", b"\r\n", b"\n", b"\r",
         b"VRFY", b"HELP", b"EXPN", b"RSET", b"NOOP", b"DATA", b"AUTH", b"STARTTLS", b"x",
         b"\x00", b'"a\\', b"<\xc3\xa4@b>"]  # fmt: skip


@pytest.fixture
async def mail(gateway: Gateway) -> AsyncIterator[Mail]:
    async with mail_door(gateway) as mail:
        yield mail


def start(to: str) -> bytes:
    return HELLO + f"MAIL FROM:<a@example.net>\r\nRCPT TO:<{to}>\r\n".encode()


def final(answers: list[str]) -> list[str]:
    """The codes, without lines that go on."""
    return [it[:3] for it in answers if it[3:4] == " "]


async def test_nothing_is_smuggled(mail: Mail, alice: Caller) -> None:
    to = await mail.address(alice)
    inner = b"MAIL FROM:<b@example.com>\r\n" + f"RCPT TO:<{to}>\r\nDATA\r\n".encode()
    for end in (b"\n.\r\n", b"\n.\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r"):
        body = b"Subject: x\r\n\r\nHello" + end + inner + b"Subject: smuggled\r\n\r\nHi"
        before = await mail.documents(alice)
        answers = await mail.answers(start(to), b"DATA\r\n", body + b"\r\n.\r\nQUIT\r\n")
        assert final(answers) == ["220", "250", "250", "250", "354", "250", "221"]
        (document,) = (await mail.documents(alice))[len(before) :]
        assert await mail.raw(document) == (body + b"\r\n").replace(b"\r\n.", b"\r\n")


async def test_commands_may_come_together_and_after_a_message(mail: Mail, alice: Caller) -> None:
    to = await mail.address(alice)
    body = b"Message-ID: <%d@x>\r\n\r\nHello\r\n.\r\n"
    again = start(to).removeprefix(HELLO)
    answers = await mail.answers(
        start(to) + b"DATA\r\n", body % 1 + again + b"DATA\r\n", body % 2 + b"QUIT\r\n"
    )
    assert final(answers) == ["220", *["250"] * 3, "354", *["250"] * 3, "354", "250", "221"]
    assert len(await mail.documents(alice)) == 2


async def test_a_message_that_comes_before_it_was_asked_for_is_refused(
    mail: Mail, alice: Caller
) -> None:
    hasty = b"DATA\r\nSubject: x\r\n\r\nHello\r\n.\r\nQUIT\r\n"
    answers = await mail.answers(start(await mail.address(alice)) + hasty)
    assert final(answers)[-1] == "503"
    assert await mail.documents(alice) == []


async def test_web_browsers_are_hung_up_on(mail: Mail) -> None:
    answers = await mail.answers(b"POST / HTTP/1.1\r\nHost: x\r\n\r\n" + HELLO)
    assert final(answers) == ["220", "421"]


async def test_nobody_logs_in_or_relays_or_guesses(mail: Mail) -> None:
    def talk(client: smtplib.SMTP) -> list[int]:
        client.ehlo()
        assert "auth" not in client.esmtp_features
        codes = [client.docmd("AUTH", "PLAIN AGEAYg==")[0], client.docmd("DATA")[0]]
        client.mail("a@example.net")
        codes.append(client.docmd("DATA")[0])
        return codes + [client.rcpt(f"guess{it}@in.example.com")[0] for it in range(5)]

    assert await mail.speak(talk) == [502, 503, 503, 550, 550, 550, 550, 421]


async def test_recipients_are_counted(gateway: Gateway, alice: Caller) -> None:
    async with mail_door(gateway, max_recipients=2) as mail:
        to = await mail.address(alice)

        def talk(client: smtplib.SMTP) -> list[int]:
            client.ehlo()
            client.mail("a@example.net")
            return [client.rcpt(to)[0] for _ in range(3)]

        assert await mail.speak(talk) == [250, 250, 452]


async def test_long_lines_and_repeated_greetings_stay_bounded(mail: Mail) -> None:
    long = b"MAIL FROM:<" + b"a" * 100_000 + b"@example.net>\r\n"
    answers = await mail.answers(HELLO * 90, b"", long + b"QUIT\r\n")
    assert final(answers)[-2:] == ["500", "221"]
    answers = await mail.answers(HELLO * 101)
    assert final(answers)[-1] == "421"


async def test_sessions_are_counted_by_peer(gateway: Gateway, alice: Caller) -> None:
    async with mail_door(gateway, max_sessions_per_ip=2) as mail:

        def connect() -> smtplib.SMTP:
            return smtplib.SMTP("127.0.0.1", mail.door.port, timeout=30)

        first, second = [await asyncio.to_thread(connect) for _ in range(2)]
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            await asyncio.to_thread(connect)
        assert refused.value.smtp_code == 421
        await asyncio.to_thread(first.quit)
        await _until(lambda: mail.door._parts.sessions._count == 1)
        assert (await mail.send(message(), await mail.address(alice)))[0] == 250
        await asyncio.to_thread(second.quit)
        await _until(lambda: not mail.door._parts.sessions._by_peer)


async def test_relays_may_have_all_sessions_there_are(gateway: Gateway) -> None:
    settings = {"max_sessions_per_ip": 1, "max_sessions": 3}
    async with mail_door(gateway, relays="127.0.0.0/8", **settings) as mail:
        idle = [asyncio.ensure_future(mail.answers()) for _ in range(3)]
        await _until(lambda: mail.door._parts.sessions._count == 3)
        assert final(await mail.answers()) == ["421"]
        await mail.door.stop(5)
        assert [final(await it) for it in idle] == [["220", "421"]] * 3


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.binary(max_size=60))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_is_said_is_answered(mail: Mail, words: list[bytes], noise: bytes) -> None:
    with capture_logs() as logs:
        answers = await mail.answers(b" ".join(words) + b"\r\n" + noise + b"\r\nQUIT\r\n\r\n.\r\n")
    assert all(it[:3].isdigit() for it in answers), answers
    assert [it for it in logs if it["event"] == "smtp_session_failed"] == []


async def test_who_is_silent_or_takes_for_ever_is_hung_up_on(
    gateway: Gateway, alice: Caller
) -> None:
    for limit in ("idle_timeout", "session_timeout"):
        async with mail_door(gateway, **{limit: 0.5}) as mail:
            assert final(await mail.answers()) == ["220", "421"]
            to = await mail.address(alice)
            answers = await mail.answers(start(to), b"DATA\r\n", b"Subject: x\r\n\r\nnever an end")
            assert final(answers)[-1] == "421", limit
            await _until(lambda: not list(gateway.settings.spool.iterdir()))
            await _until(lambda door=mail.door: not door._parts.sessions._count)
    assert await mail.documents(alice) == []


async def test_a_broken_connection_leaves_nothing(mail: Mail, alice: Caller) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", mail.door.port)
    for block in (start(await mail.address(alice)), b"DATA\r\n", b"Subject: x\r\n\r\n" + b"x" * 99):
        await reader.read(4096)
        writer.write(block)
    await _until(lambda: bool(list(mail.gateway.settings.spool.iterdir())))
    writer.transport.abort()
    await _until(lambda: not list(mail.gateway.settings.spool.iterdir()))
    assert await mail.documents(alice) == []


async def test_told_to_stop_it_ends_what_is_idle_and_finishes_messages(
    mail: Mail, alice: Caller
) -> None:
    idle = asyncio.ensure_future(mail.answers())
    reader, writer = await asyncio.open_connection("127.0.0.1", mail.door.port)
    for block in (start(await mail.address(alice)), b"DATA\r\n", b"Subject: x\r\n\r\nHello"):
        await reader.read(4096)
        writer.write(block)
    await _until(lambda: bool(list(mail.gateway.settings.spool.iterdir())))
    stopping = asyncio.ensure_future(mail.door.stop(30))
    assert final(await idle) == ["220", "421"]
    assert not stopping.done()
    writer.write(b"\r\n.\r\n")
    assert final((await reader.read()).decode().splitlines())[-2:] == ["250", "421"]
    await stopping
    assert len(await mail.documents(alice)) == 1


def tls_settings(folder: Path, **more: Any) -> dict[str, Any]:
    (folder / "chain.pem").write_text(CERTIFICATE)
    (folder / "key.pem").write_text(KEY)
    paths = {"certificate": str(folder / "chain.pem"), "key": str(folder / "key.pem")}
    return {**paths, **more}


def secure(client: smtplib.SMTP) -> None:
    client.ehlo("client.example.net")
    client.starttls(context=ssl.create_default_context(cadata=CERTIFICATE))
    client.ehlo("client.example.net")


def hasty(client: smtplib.SMTP, to: str) -> list[str]:
    """Send all at once over TLS, and never take leave; the codes of all that is answered."""
    client._host = "localhost"  # type: ignore[attr-defined]
    secure(client)
    assert client.sock is not None
    envelope = start(to).removeprefix(HELLO)
    client.sock.sendall(envelope + b"DATA\r\nSubject: x\r\n.\r\nNOOP\r\nRSET\r\n" + envelope)
    told = b""
    while more := client.sock.recv(4096):
        told += more
    return final(told.decode().splitlines())


async def _over_tls(folder: Path) -> None:
    settings = Settings(_env_file=None, data_dir=folder)
    async with running(settings) as gateway:
        alice = await gateway.caller("alice")
        async with mail_door(gateway, **tls_settings(folder, tls="required")) as mail:
            to = await mail.address(alice)
            assert (await mail.send(message(), to))[0] == 530
            raw = b"Subject: x\r\n\r\n" + (b"x" * 60 + b"\r\n") * 20_000

            def talk(client: smtplib.SMTP) -> object:
                client._host = "localhost"  # type: ignore[attr-defined]  # whom the certificate names
                secure(client)
                assert "starttls" not in client.esmtp_features
                assert "auth" not in client.esmtp_features
                return client.sendmail("a@example.net", [to], raw)

            assert await mail.speak(talk) == {}
            (document,) = await mail.documents(alice)
            assert await mail.raw(document) == raw
            assert (await mail.speak(lambda it: hasty(it, to)))[-1:] == ["503"]
            assert len(await mail.documents(alice)) == 1
            injected = b"STARTTLS\r\nMAIL FROM:<a@example.net>\r\n"
            answers = await mail.answers(HELLO, injected, b"no handshake\r\n")
            assert final(answers) == ["220", "250", "220"]


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_mail_over_tls_on_either_loop(
    loop: Callable[[], asyncio.AbstractEventLoop], tmp_path: Path
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_over_tls(tmp_path))


async def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(
    gateway: Gateway, alice: Caller, tmp_path: Path
) -> None:
    async with mail_door(gateway, **tls_settings(tmp_path)) as mail:

        def talk(client: smtplib.SMTP) -> None:
            client._host = "localhost"  # type: ignore[attr-defined]
            secure(client)

        await mail.speak(talk)
        (tmp_path / "chain.pem").write_text("half of a cert")
        await mail.speak(talk)
        (tmp_path / "chain.pem").write_text(CERTIFICATE)
        await mail.speak(talk)
    (tmp_path / "chain.pem").write_text("half of a cert")
    with pytest.raises(CertificateError):
        async with mail_door(gateway, certificate=str(tmp_path / "chain.pem")):
            pass
