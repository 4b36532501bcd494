"""The mail server and the words of notices, as far as settings name them."""

import time
from collections.abc import Iterator
from dataclasses import replace

from services.cli.diagnosis.finding import Finding, Status, local
from shared.config import Settings
from shared.mail.server import MailClient, MailServer, MailTrouble, mail_server
from shared.mail.templates import Templates

_SECONDS = 10.0


async def mail(settings: Settings) -> list[Finding]:
    """A finding for the server, if one is set, and for the words; no mail is sent."""
    server = mail_server(settings)
    if server is None:
        return []
    return [await _server(server), *_words(settings), *_links(settings)]


async def _server(server: MailServer) -> Finding:
    started = time.perf_counter()
    where = f"{server.host}:{server.port}"
    try:
        await MailClient(server).look(_SECONDS)
    except MailTrouble as trouble:
        return local("mail", Status.FAILURE, f"{where}: {trouble.detail}", _ADVICE)
    except OSError as error:  # the authorities' file
        return local("mail", Status.FAILURE, str(error), "Mend DOCSTAGE_MAIL_AUTHORITIES.")
    took = round((time.perf_counter() - started) * 1000, 1)
    login = "with a login" if server.username else "without a login"
    return replace(local("mail", Status.OK, f"{where}, {login}"), milliseconds=took)


def _words(settings: Settings) -> Iterator[Finding]:
    if settings.mail_templates is None:
        return
    try:
        Templates(settings.mail_templates)
    except (ValueError, OSError) as error:
        yield local("mail words", Status.FAILURE, str(error), "Mend the file, or take it away.")
        return
    if not settings.mail_templates.is_dir():
        what = f"there is no folder {settings.mail_templates}"
        yield local("mail words", Status.WARNING, what, "Set DOCSTAGE_MAIL_TEMPLATES.")
        return
    yield local("mail words", Status.OK, str(settings.mail_templates))


def _links(settings: Settings) -> Iterator[Finding]:
    if not (settings.public_url or settings.mail_link):
        what = "mails lead nowhere: nobody has said how we are reached"
        yield local("mail links", Status.WARNING, what, "Set DOCSTAGE_PUBLIC_URL.")


_ADVICE = "Mend DOCSTAGE_MAIL_URL, _TLS or _AUTHORITIES."
