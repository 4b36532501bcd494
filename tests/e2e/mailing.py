"""Mail by SMTP, end to end, however the services are put together."""

import asyncio
import smtplib
from email.message import EmailMessage

from tests.e2e.api import Api
from tests.samples.invoices import invoice_pdf
from tests.samples.receipts import receipt_jpeg


async def two_attachments_become_documents(port: int, other: Api, api: Api) -> None:
    """Sent to ``other``'s address they are read and told apart, and ``api`` hears nothing."""
    workspaces = (await other.get("/api/v1/workspaces"))["workspaces"]
    shown = await other.get(f"/api/v1/workspaces/{workspaces[0]['id']}/address")
    assert shown["accepting"]
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "a@example.net", "Two", "<1@example.net>"
    mail.set_content("See the files.")
    mail.add_attachment(invoice_pdf(), maintype="application", subtype="pdf", filename="i.pdf")
    mail.add_attachment(receipt_jpeg(), maintype="image", subtype="jpeg", filename="r.jpg")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            assert client.sendmail("a@example.net", [shown["address"]], mail.as_bytes()) == {}

    await asyncio.to_thread(send)
    (message,) = (await other.get("/api/v1/documents"))["documents"]
    message = await other.finished(message["id"])
    assert (message["state"], message["name"]) == ("ready", "Two.eml")
    children = [await other.finished(it["id"]) for it in message["container"]["children"]]
    assert [(it["name"], it["type"]["name"]) for it in children] == [
        ("i.pdf", "invoice"),
        ("r.jpg", "receipt"),
    ]
    for it in children:
        assert it["state"] in {"ready", "needs_review"}
        assert it["parent"] == message["id"]
        assert it["source_email"]["message_id"] == "<1@example.net>"
    assert message["id"] not in str(await api.get("/api/v1/documents", maxRetrieve=100))
