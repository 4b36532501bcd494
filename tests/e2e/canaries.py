"""Personal data sent over every way in and out, in words that occur nowhere else.

Each word names where it stands, so that one that got out says which door was open.
"""

import asyncio
import contextlib
import io
import smtplib
import zipfile
from collections.abc import Iterable
from email.message import EmailMessage
from urllib.parse import quote

import aiohttp
from aiohttp import web

from tests.api.origin import running_origin
from tests.e2e.api import Api
from tests.e2e.receiver import Receiver
from tests.samples.hostile import png_bomb
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.pages import encrypted_pdf
from tests.servers.process import free_port

MARK = "zqxcanary"
ANNOTATE = "/docdigitizer/api/v1/documents/annotate"


def word(of: str) -> str:
    """A word that stands nowhere else."""
    return f"{MARK}{of}"


def found(text: str, secrets: Iterable[str]) -> list[str]:
    """The words, and the secrets' beginnings, that a text holds, each with what is around it."""
    low, told = text.lower(), []
    for needle in (MARK, *(it.lower() for it in secrets)):
        at = low.find(needle)
        while at >= 0 and len(told) < 20:
            told.append(text[max(0, at - 80) : at + 60])
            at = low.find(needle, at + 1)
    return told


class Flight:
    """All that is sent; ``secrets`` is what nobody may read either."""

    def __init__(self, api: Api, smtp_port: int) -> None:
        self.secrets: list[str] = [api.key]
        self._api = api
        self._port = smtp_port

    async def fly(self) -> None:
        """Send it all, and wait until it has come to its ends, good and bad."""
        receiver = Receiver(answers=[500])
        await receiver.start()
        try:
            await self._subscribe(receiver)
            good = await self._files()
            await self._bad_files()
            await self._urls()
            await self._mails()
            await self._reviewed(good)
            await self._wrong_calls()
            await receiver.until(3)
        finally:
            await receiver.stop()

    async def _subscribe(self, receiver: Receiver) -> None:
        path = "/api/v1/subscriptions"
        url = f"{receiver.url}?token={word('hookquery')}"
        made = await self._api.post(path, {"url": url})
        self.secrets.append(made["secret"].removeprefix("whsec_"))
        # One that nobody answers: no such name, and nobody at the door.
        nobody = f"http://{word('hookhost')}.invalid/{word('hookpath')}"
        await self._api.session.post(path, json={"url": nobody})
        closed = f"http://127.0.0.1:{free_port()}/{word('closedpath')}"
        await self._api.post(path, {"url": closed})

    async def _files(self) -> str:
        invoice = Invoice(
            number=word("number"), seller=f"{word('seller')} Ltd", buyer=f"Ann {word('buyer')}"
        )
        metadata = f'{{"{word("metakey")}": "{word("metavalue")}"}}'
        made = await self._api.upload(
            invoice_pdf(invoice, with_xml=True),
            f"{word('filename')}.pdf",
            headers={"Idempotency-Key": word("idempotency")},
            reference=word("reference"),
            metadata=metadata,
            hint=word("hint"),
        )
        done = await self._api.finished(made["id"])
        assert done["state"] in {"ready", "needs_review"}, done
        assert MARK in str(done["fields"])
        return str(made["id"])

    async def _bad_files(self) -> None:
        corrupt = b"%PDF-1.7\n" + f"{word('corrupt')} ".encode() * 300
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as written:
            written.writestr(f"../{word('entryname')}.pdf", corrupt)
            written.writestr(f"{word('entry')}.txt", f"Dear {word('entrytext')}")
        for content, name in (
            (corrupt, f"{word('corruptname')}.pdf"),
            (encrypted_pdf(), f"{word('lockedname')}.pdf"),
            (png_bomb(), f"{word('bombname')}.png"),
            (archive.getvalue(), f"{word('archivename')}.zip"),
        ):
            made = await self._api.upload(content, name)
            await self._api.finished(made["id"])
        form = aiohttp.FormData()
        form.add_field("files", b"MZ\x90" + word("program").encode(), filename=word("exe"))
        async with self._api.session.post("/api/v1/documents", data=form) as answer:
            assert answer.status == 415
        letters = (await self._api.get("/api/v1/dead-letters"))["dead_letters"]
        assert letters, "what failed has left letters"
        await self._api.post(f"/api/v1/dead-letters/{letters[0]['id']}/replay", {}, 202)
        await self._api.finished(letters[0]["document"])

    async def _urls(self) -> None:
        async with running_origin() as origin:
            path = f"/{word('urlpath')}.pdf"
            named = f'attachment; filename="{word("servedname")}.pdf"'
            origin.serve(path, invoice_pdf(), Content_Disposition=named)

            async def cut(request: web.Request) -> web.StreamResponse:
                assert request.transport is not None
                request.transport.close()
                return web.Response()

            origin.answers["/cut"] = cut
            blocked = origin.redirect("/away", f"http://10.1.2.3/{word('redirect')}")
            for url in (
                f"{origin.url(path)}?sig={word('urlquery')}",
                f"{origin.url('/none')}?sig={word('nonequery')}",
                f"{blocked}?sig={word('blockedquery')}",
                f"http://{word('urlhost')}.invalid/a.pdf",
            ):
                made = await self._api.submit_url(url)
                await self._api.finished(made["id"])
            await self._called_back(origin.url(f"/call?{word('callback')}"))
            cut_off = await self._api.submit_url(f"{origin.url('/cut')}?sig={word('cutquery')}")
            await self._api.post(f"/api/v1/documents/{cut_off['id']}/cancel", None, 200)

    async def _called_back(self, url: str) -> None:
        """A document of a dialect whose senders name an address, and headers to send there."""
        form = aiohttp.FormData()
        for name, value in (
            ("callback_url", url),
            ("callback_method", "POST"),
            ("callback_headers[X-Token]", word("callbackheader")),
            ("tags", word("tag")),
        ):
            form.add_field(name, value)
        name = f"{word('dialectname')}.pdf"
        form.add_field("files", invoice_pdf(), filename=name, content_type="application/pdf")
        headers = {"Authorization": f"API_KEY {self._api.key}"}
        async with self._api.session.post(ANNOTATE, data=form, headers=headers) as answer:
            assert answer.status in {200, 201, 202}, await answer.text()

    async def _mails(self) -> None:
        (workspace, *_) = (await self._api.get("/api/v1/workspaces"))["workspaces"]
        shown = await self._api.get(f"/api/v1/workspaces/{workspace['id']}/address")
        address: str = shown["address"]
        self.secrets.append(address.split("@", maxsplit=1)[0])
        mail = EmailMessage()
        mail["From"] = f"{word('sendername')} <{word('from')}@example.net>"
        mail["To"], mail["Cc"] = address, f"{word('cc')}@example.net"
        mail["Subject"], mail["Message-ID"] = word("subject"), f"<{word('id')}@example.net>"
        mail.set_content(f"Dear {word('mailbody')}")
        mail.add_attachment(
            invoice_pdf(), maintype="application", subtype="pdf", filename=f"{word('attached')}.pdf"
        )
        broken = (
            f"From: {word('brokenfrom')}@example.net\r\nSubject: =?utf-8?b?{word('badsubject')}\r\n"
            f"Content-Type: multipart/mixed; boundary={word('boundary')}\r\n\r\n--nothing"
        )

        def send() -> None:
            with smtplib.SMTP("127.0.0.1", self._port, timeout=60) as client:
                sender = f"{word('envelope')}@example.net"
                assert client.sendmail(sender, [address], mail.as_bytes()) == {}
                with contextlib.suppress(smtplib.SMTPException):
                    client.sendmail(sender, [address], broken.encode())
                stranger = f"{word('nobody')}@{address.split('@')[1]}"
                with contextlib.suppress(smtplib.SMTPException):
                    client.sendmail(sender, [stranger], mail.as_bytes())
                with contextlib.suppress(smtplib.SMTPException):
                    client.docmd(word("verb"), word("argument"))

        await asyncio.to_thread(send)
        documents = (await self._api.get("/api/v1/documents", maxRetrieve="100"))["documents"]
        for document in documents:
            await self._api.finished(document["id"])

    async def _reviewed(self, identity: str) -> None:
        document = await self._api.document(identity)
        note = {"fields": {"supplier_name": word("corrected")}, "note": word("note")}
        path = f"/api/v1/documents/{identity}/review"
        await self._api.post(path, {**note, "sequence": document["sequence"]}, 200)
        kind = {"name": word("typename"), "fields": [{"name": word("fieldname")}]}
        await self._api.post("/api/v1/types", kind)
        again = await self._api.upload(invoice_pdf(), f"{word('typed')}.pdf", type=word("typename"))
        await self._api.finished(again["id"])

    async def _wrong_calls(self) -> None:
        session, documents = self._api.session, "/api/v1/documents"
        for method, path in (
            ("GET", f"{documents}/{word('path')}"),
            ("GET", f"/{word('unknown')}/{word('route')}?x={word('routequery')}"),
            ("GET", f"{documents}?reference={word('filter')}&{word('unknownfilter')}=1"),
            ("GET", f"{documents}?cursorId={word('cursor')}"),
            ("POST", "/api/v1/keys"),
            (word("METHOD").upper(), documents),
        ):
            body = f'{{"name": "{word("json")}", '
            async with session.request(method, path, data=body) as answer:
                assert answer.status < 500
        headers = {"Authorization": f"Bearer {word('key')}", "User-Agent": word("agent")}
        async with aiohttp.ClientSession(self._api.url, headers=headers) as stranger:
            async with stranger.get(documents) as answer:
                assert answer.status == 401
            path = f"/affinda/v3/documents?filename={quote(word('affinda'))}"
            async with stranger.get(path) as answer:
                assert answer.status < 500
