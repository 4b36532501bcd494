"""``docstage up``: the whole way of documents through one process on embedded parts."""

import asyncio
import subprocess
import sys

from tests.e2e import scenarios
from tests.e2e.api import Api
from tests.e2e.bundling import a_file_of_two_invoices_becomes_two
from tests.e2e.embedded import Up
from tests.e2e.mailing import two_attachments_become_documents
from tests.samples.invoices import invoice_pdf


async def test_receipt_photo(api: Api, other: Api) -> None:
    await scenarios.a_receipt_photo_gives_its_fields(api, other)


async def test_e_invoice(api: Api) -> None:
    await scenarios.an_e_invoice_gives_what_its_xml_states(api)


async def test_born_digital_invoice(api: Api) -> None:
    await scenarios.a_born_digital_invoice_is_read_from_its_text(api)


async def test_another_type_and_review(api: Api) -> None:
    await scenarios.a_document_can_be_processed_as_another_type_and_reviewed(api)


async def test_long_document(api: Api) -> None:
    await scenarios.a_long_document_is_read_in_parts(api)


async def test_contents(api: Api) -> None:
    await scenarios.what_a_document_holds_can_be_fetched(api)


async def test_previews(up: Up, api: Api) -> None:
    """Drawn for who looks first, kept for the next, and drawn again when one got lost."""
    uploaded = await api.upload(invoice_pdf(), "seen.pdf")
    document = await api.finished(uploaded["id"])
    path = f"/api/v1/documents/{document['id']}/preview/0"
    status, media_type, picture = await api.content(path)
    assert (status, media_type) == (200, "image/webp")
    (stored,) = (up.data / "blobs").rglob(f"{document['id']}/1/previews/*")
    assert await asyncio.to_thread(stored.read_bytes) == picture
    stored.unlink()
    assert await api.content(path) == (200, "image/webp", picture)


async def test_searchable_receipt(api: Api, other: Api) -> None:
    await scenarios.a_scanned_receipt_becomes_searchable(api, other)


async def test_bad_files(api: Api) -> None:
    await scenarios.bad_files_fail_with_a_reason(api)


async def test_url(api: Api, other: Api) -> None:
    await scenarios.a_url_is_fetched_and_read(api, other)


async def test_failed_fetches(api: Api) -> None:
    await scenarios.a_failed_fetch_is_told_with_its_reason(api)


async def test_webhook(api: Api, other: Api) -> None:
    await scenarios.a_webhook_hears_of_everything_in_order(api, other)


async def test_result_queue(api: Api, other: Api) -> None:
    await scenarios.a_result_queue_is_pulled_until_it_is_empty(api, other)


def test_data_folder_is_locked(up: Up) -> None:
    """A second process on the same folder says who holds it, and goes."""
    command = [sys.executable, "-m", "services.cli", "up", "--data-dir", str(up.data)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert second.returncode != 0
    assert "in use by process" in second.stderr


def test_run_refuses_the_broker_inside_the_process() -> None:
    command = [sys.executable, "-m", "services.cli", "run", "ocr"]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert refused.returncode != 0
    assert "DOCSTAGE_BROKER_URL" in refused.stderr


async def test_mail(up: Up, other: Api, api: Api) -> None:
    await two_attachments_become_documents(up.mail_port, other, api)


async def test_bundle(api: Api) -> None:
    async with await api.new_tenant("bundles") as owner:
        await a_file_of_two_invoices_becomes_two(owner)
