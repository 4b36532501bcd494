"""A file of several documents, from its upload to the fields of each."""

import pymupdf

from tests.e2e.api import Api
from tests.samples.invoices import Invoice, invoice_pdf

NUMBERS = ("RG-2024-0815", "2024-7782")


def two_invoices() -> bytes:
    with pymupdf.open() as made:
        for number in NUMBERS:
            content = invoice_pdf(Invoice(number=number))
            with pymupdf.open(stream=content, filetype="pdf") as one:
                made.insert_pdf(one)
        return bytes(made.tobytes())


async def a_file_of_two_invoices_becomes_two(api: Api) -> None:
    """In an organization of its own, as the policy is its workspace's."""
    (workspace,) = (await api.get("/api/v1/workspaces"))["workspaces"]
    async with api.session.patch(
        workspace["links"]["self"], json={"policies": {"split": "auto"}}
    ) as answer:
        assert answer.status == 200
    uploaded = await api.upload(two_invoices(), "post.pdf")
    bundle = await api.finished(uploaded["id"])
    assert (bundle["state"], bundle["container"]["kind"]) == ("ready", "bundle")
    found = []
    for child in bundle["container"]["children"]:
        document = await api.finished(child["id"])
        assert (document["pages"], document["type"]["name"]) == (1, "invoice")
        found.append(document["fields"]["invoice_number"]["value"])
        page = await api.get(f"/api/v1/documents/{child['id']}/pages/0")
        assert page["number"] == 0
    assert tuple(found) == NUMBERS
