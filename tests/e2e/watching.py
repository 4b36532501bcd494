"""The console watched while services work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.api.console_client import Browser
from tests.api.console_stream import listening
from tests.e2e.api import FINAL, Api
from tests.e2e.canary_clients import Site
from tests.samples.invoices import Invoice, invoice_pdf


@asynccontextmanager
async def visiting(api: Api) -> AsyncIterator[Browser]:
    """A browser in which the key has signed in."""
    site = Site(api.url)
    try:
        yield await Browser(site).sign_in(api.key)
    finally:
        for client in site.clients:
            await client.close()


async def a_document_is_followed_through_the_stages(api: Api, other: Api) -> None:
    """Each step is told as it happens, to whoever may see the document, and nobody else."""
    async with (
        visiting(api) as hers,
        visiting(other) as theirs,
        listening(hers) as stream,
        listening(theirs) as elsewhere,
    ):
        document = await api.upload(invoice_pdf(Invoice(number="RG-LIVE-1")), "live.pdf")
        own = await other.upload(b"Total 12.00 EUR", "own.txt")
        told: list[str] = []
        while not told or told[-1] not in FINAL:
            identity, name = await stream.told()
            assert identity == document["id"]
            told.append(name)
            if name == "read":
                shown = (await hers.get(f"/upload/files?id={identity}")).text
                assert '<li class="done">Read</li>' in shown
        assert told[0] == "received"
        assert "read" in told[1:-1]
        assert len(told) == len(set(told)), "each is told once"
        shown = (await hers.get(f"/upload/files?id={document['id']}")).text
        assert '<li class="done">Data found</li>' in shown
        name = ""
        while name not in FINAL:
            identity, name = await elsewhere.told()
            assert identity == own["id"], "of others' documents nothing is told"
