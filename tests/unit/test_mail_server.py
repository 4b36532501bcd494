"""How a mail server is spoken to: a login, and only under TLS."""

import ssl
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from shared.errors import Code
from shared.mail.server import MailClient, MailServer, MailTrouble
from tests.samples.certificates import CERTIFICATE, KEY
from tests.servers.mail_sink import mail_sink

ANN = "ann@example.com"


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context, and the file of who vouches for it."""
    certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    certificate.write_text(CERTIFICATE)
    key.write_text(KEY)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, str(certificate)


async def test_a_login_is_said_under_tls_only(tls: tuple[ssl.SSLContext, str]) -> None:
    context, vouching = tls
    logins: list[object] = []

    def check(_: object, __: object, ___: object, mechanism: str, data: object) -> AuthResult:
        logins.append((mechanism, data.login, data.password))  # type: ignore[attr-defined]
        return AuthResult(success=data.password == b"p@ss", handled=False)  # type: ignore[attr-defined]

    mail = EmailMessage()
    mail["Subject"] = "x"
    options = {"authenticator": check, "auth_required": True}
    async with mail_sink(tls=context, require_starttls=True, **options) as sink:
        url = f"smtp://ann:p%40ss@127.0.0.1:{sink.port}"
        good = MailClient(MailServer.of_url(url, "off", vouching))
        assert await good.send(mail, "docs@x.example", ANN, 10) == 250
        assert (sink.tls, len(logins)) == ([True], 1)
        await good.look(10)
        with pytest.raises(MailTrouble, match="cannot be trusted"):
            await MailClient(MailServer.of_url(url)).send(mail, "docs@x.example", ANN, 10)
        wrong = MailServer.of_url(url.replace("p%40ss", "no"), "auto", vouching)
        with pytest.raises(MailTrouble, match="login") as refused:
            await MailClient(wrong).send(mail, "docs@x.example", ANN, 10)
        assert refused.value.code == Code.TARGET_REFUSED, "settings can be mended"
        assert len(sink.taken) == 1
    logins.clear()
    async with mail_sink(auth_require_tls=False, **options) as sink:
        plain = MailServer.of_url(f"smtp://ann:p%40ss@127.0.0.1:{sink.port}", "off")
        with pytest.raises(MailTrouble, match="no TLS"):
            await MailClient(plain).send(mail, "docs@x.example", ANN, 10)
        assert logins == []
