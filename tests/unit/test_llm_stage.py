"""The extract stage with models: modes, failures, pictures, and who gets to see what."""

import asyncio
import contextlib
import io
import logging
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from extract_samples import receipt
from PIL import Image
from prometheus_client import CollectorRegistry

from services.extract import __main__ as extract
from services.extract import asking
from services.extract.contract import StoredDocument
from services.ingest.calling_off import stop_extraction
from services.ingest.ordered import OrderedExtractions
from services.ingest.watch import DocumentWatch
from shared.blobs import keys
from shared.config import Settings
from shared.errors import Quota
from shared.http.context import Principal
from shared.models.document import Document, DocumentState
from shared.models.extraction import Extraction, ExtractionMode, ExtractionOrder, Field
from shared.models.page import Page, Word
from shared.models.schema import FieldSpec, FieldType, Schema
from shared.models.time import utc_now
from shared.models.work import Work, WorkState
from shared.process import Process, close_process, open_process
from shared.schemas import built_in
from shared.stages import lifecycle, planning
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Tenant
from shared.telemetry.model_metrics import ModelMetrics
from tests.servers.chat import (
    KEY,
    ChatServer,
    Say,
    chat_server,
    pictures_of,
    refuse,
    state,
    words_of,
    write,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
module = pytest_asyncio.fixture(scope="module", loop_scope="module")
ACME = Tenant("acme")


class Office:
    """An extract service with two models, and documents that have been read."""

    def __init__(self, process: Process, llm: ChatServer, vlm: ChatServer) -> None:
        self.process = process
        self.llm, self.vlm = llm, vlm

    async def document(self, mode: ExtractionMode, content: Page | None = None) -> Document:
        now = utc_now()
        made = Document(
            organization=ACME.organization, workspace="main", name="a.pdf", pages=1,
            state=DocumentState.EXTRACTING, requested_type="receipt", mode=mode,
        )  # fmt: skip
        place = (ACME.organization, made.id, 1, 0)
        page = (content or receipt()).model_dump_json().encode()
        await self.process.blobs.put(keys.page_key(*place), page, "application/json")
        await self.process.blobs.put(keys.preview_key(*place), picture(), "image/webp")
        queued = planning.queue_extraction(made, now)
        await self.process.store.of(ACME, DOCUMENTS).insert(queued)
        self.process.outbox.nudge(DOCUMENTS, queued)
        return queued

    async def extracted(
        self, mode: ExtractionMode, content: Page | None = None
    ) -> tuple[Document, Extraction]:
        made = await self.document(mode, content)
        documents = self.process.store.of(ACME, DOCUMENTS)
        async with asyncio.timeout(30):
            while not (found := await documents.get(made.id)) or not found.is_final:
                await asyncio.sleep(0.02)
        return found, await self.extraction(made)

    async def ordered(self, document: Document, order: ExtractionOrder) -> Extraction:
        """An order of that document, when it is done."""
        process = self.process
        principal = Principal("k", ACME, frozenset())
        orders = OrderedExtractions(process.store, process.outbox, DocumentWatch(process.broker))
        placed = await orders.place(principal, document, order, ExtractionMode.LLM)
        extractions = process.store.of(ACME, EXTRACTIONS)
        async with asyncio.timeout(30):
            while (
                not (found := await extractions.get(placed.id))
                or found.work.state is not WorkState.DONE
            ):
                await asyncio.sleep(0.02)
        return found

    async def waits(self, document: Document) -> Extraction:
        """The extraction when it has been put back after trouble."""
        async with asyncio.timeout(20):
            extractions = self.process.store.of(ACME, EXTRACTIONS)
            wanted = lifecycle.extraction_id(document)
            while not (found := await extractions.get(wanted)) or found.work.problem is None:
                await asyncio.sleep(0.02)
        return found

    async def extraction(self, document: Document) -> Extraction:
        extractions = self.process.store.of(ACME, EXTRACTIONS)
        found = await extractions.get(lifecycle.extraction_id(document))
        assert found is not None
        return found


def picture() -> bytes:
    coded = io.BytesIO()
    Image.new("RGB", (700, 1000), "white").save(coded, "WEBP")
    return coded.getvalue()


def total(extraction: Extraction) -> Field:
    found = extraction.fields["total"]
    assert isinstance(found, Field)
    return found


@module
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with chat_server() as llm, chat_server() as vlm:
        settings = Settings(
            _env_file=None, data_dir=tmp_path_factory.mktemp("data"), max_attempts=2,
            llm_url=llm.url, llm_model="reader-1", llm_api_key=KEY, llm_timeout=2.0,
            vlm_url=vlm.url, vlm_model="seer-1",
        )  # fmt: skip
        process = await open_process(settings, workers=1)
        service = extract.build(process)
        await service.start()
        yield Office(process, llm, vlm)
        await service.stop(1.0)
        await close_process(process)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_PAUSE", 0.01)


async def test_advanced_hears_all_engines(office: Office) -> None:
    office.llm.will(state(total="31.80"))
    office.vlm.will(state(total="31.80", company="MORNING STAR TRADING SDN BHD"))
    document, found = await office.extracted(ExtractionMode.ADVANCED)
    assert found.engine == "layout/1+llm/reader-1+vlm/seer-1"
    assert document.state is DocumentState.READY
    assert total(found).confidence == 0.995
    assert (found.warnings, found.reasons) == ([], [])
    assert len(office.llm.questions) == len(office.vlm.questions) == 1


async def test_a_seeing_model_is_shown_the_pages_and_the_words(office: Office) -> None:
    office.vlm.will(state(total="31.80"))
    office.llm.will(state(total="0"))
    _, found = await office.extracted(ExtractionMode.VLM)
    assert found.engine == "layout/1+vlm/seer-1"
    assert office.llm.questions == []
    (question,) = office.vlm.questions
    assert "GRAND TOTAL" in words_of(question)
    (shown,) = pictures_of(question)
    head, _, data = shown.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(b64decode(data))) as image:
        assert (image.format, image.size) == ("JPEG", (700, 1000))
    assert office.vlm.keys == [""]  # the other endpoint's key is not for this one


async def test_a_model_is_told_what_the_sender_says_of_the_fields(office: Office) -> None:
    document, _ = await office.extracted(ExtractionMode.BASIC)
    office.llm.will(state(paid="50.00"))
    hint = "The amount that the customer handed over."
    order = ExtractionOrder(
        fields_schema=Schema(name="o", fields=[FieldSpec(name="paid", type=FieldType.AMOUNT)]),
        review_threshold=0.8, channel="test", hint=hint,
    )  # fmt: skip
    placed = await office.ordered(document, order)
    (question,) = office.llm.questions
    asked = words_of(question)
    assert asked.index(hint) < asked.index("GRAND TOTAL"), "outside what is data"
    assert asked.count(hint) == 1
    paid = placed.fields["paid"]
    assert isinstance(paid, Field)
    assert (paid.value, paid.grounded) == ("50.00", True)


async def test_basic_asks_nobody(office: Office) -> None:
    office.llm.will(state(total="0"))
    office.vlm.will(state(total="0"))
    _, found = await office.extracted(ExtractionMode.BASIC)
    assert (found.engine, total(found).value) == ("layout/1", "31.80")
    assert office.llm.questions + office.vlm.questions == []


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (refuse(500), "LLM_UNAVAILABLE"),
        (refuse(403), "LLM_REFUSED"),
        (write("no JSON"), "LLM_ANSWER_INVALID"),
    ],
)
async def test_advanced_does_without_an_engine_that_fails(
    office: Office, says: Say, code: str
) -> None:
    office.llm.will(says)
    office.vlm.will(state(total="31.80"))
    document, found = await office.extracted(ExtractionMode.ADVANCED)
    assert found.engine == "layout/1+vlm/seer-1"
    assert document.warnings == [f"The model for llm was left out: {code}."]
    assert document.state is DocumentState.READY


async def test_a_model_that_was_asked_for_and_refuses_fails_the_document(office: Office) -> None:
    office.llm.will(refuse(403))
    document, found = await office.extracted(ExtractionMode.LLM)
    assert document.state is DocumentState.FAILED
    assert document.error is not None
    assert document.error.code == "LLM_REFUSED"
    assert found.fields == {}


async def test_an_endpoint_that_is_down_is_waited_for_without_spending_attempts(
    office: Office,
) -> None:
    office.llm.will(refuse(500))
    made = await office.document(ExtractionMode.LLM)
    waiting = await office.waits(made)
    assert len(office.llm.questions) == 3
    assert waiting.work.attempts == 0
    assert waiting.work.problem is not None
    assert waiting.work.problem.code == "LLM_UNAVAILABLE"
    assert waiting.work.trouble_since is not None
    await stop_extraction(office.process.store, made)


@pytest.mark.parametrize("mode", [ExtractionMode.ADVANCED, ExtractionMode.LLM])
async def test_a_busy_endpoint_is_asked_again_when_it_says(
    office: Office, mode: ExtractionMode
) -> None:
    office.llm.will(refuse(429, Retry_After="6"))
    office.vlm.will(state(total="31.80"))
    made = await office.document(mode)
    waiting = await office.waits(made)
    assert waiting.work.attempts == 0
    assert waiting.work.problem is not None
    assert waiting.work.problem.code == "LLM_BUSY"
    assert waiting.work.enqueued > utc_now() + timedelta(seconds=3)
    await stop_extraction(office.process.store, made)


async def test_advanced_waits_for_a_busy_endpoint_for_a_while_only(office: Office) -> None:
    office.llm.will(refuse(429, Retry_After="40"))
    office.vlm.will(state(total="31.80"))
    document = StoredDocument([receipt().model_dump_json().encode()], requested_type="receipt")
    async with contextlib.AsyncExitStack() as opened:
        clients = extract.model_clients(office.process.settings)
        for client in clients.values():
            await client.open()
            opened.push_async_callback(client.close)
        models = extract.models_of(office.process, clients, ModelMetrics(CollectorRegistry()))
        since = utc_now() - timedelta(minutes=2)
        record = Extraction(
            organization="acme", workspace="main", document="d", revision=1, pages=0,
            work=Work(trouble_since=since),
        )  # fmt: skip
        heard = await models.consult(record, document)
        assert [it.engine for it in heard.answers] == ["vlm"]
        assert heard.warnings == ["The model for llm was left out: LLM_BUSY."]
        with pytest.raises(Quota):
            await models.consult(record.copy_with(work=Work()), document)
        with pytest.raises(Quota):
            await models.consult(record.copy_with(mode=ExtractionMode.LLM), document)
        office.llm.will(refuse(429, Retry_After="600"))
        heard = await models.consult(record.copy_with(work=Work()), document)
        assert heard.warnings == ["The model for llm was left out: LLM_BUSY."]


async def test_a_redirect_takes_a_document_nowhere(office: Office) -> None:
    office.vlm.will(state(total="0"))
    office.llm.will(refuse(307, Location=f"{office.vlm.url}/chat/completions"))
    document, _ = await office.extracted(ExtractionMode.LLM)
    assert document.error is not None
    assert document.error.code == "LLM_REFUSED"
    assert office.vlm.paths == []


async def test_an_answer_leads_to_no_call_and_no_other_type(office: Office) -> None:
    office.vlm.will(state(total="0"))
    office.llm.will(
        state(
            total="31.80", type="invoice", invoice_number="000451", tool_calls=[{"url": "x"}],
            company=f"{office.vlm.url}/chat/completions", address="{{ settings.secret }}",
        )
    )  # fmt: skip
    document, found = await office.extracted(ExtractionMode.LLM)
    assert office.vlm.paths == []
    assert document.type is not None
    assert document.type.name == "receipt"
    assert set(found.fields) <= {it.name for it in built_in()["receipt"].fields}
    texts = {it.value for it in found.fields.values() if isinstance(it, Field)}
    assert not any("{{" in str(it) or "http" in str(it) for it in texts)


async def test_pages_that_the_model_was_not_shown_are_named(office: Office) -> None:
    office.llm.will(state(total="31.80"))
    office.vlm.will(state(total="31.80"))
    line = Word(text="word " * 400, x0=10, y0=10, x1=500, y1=20)
    long = Page(number=0, width=595, height=842, words=[
        line.model_copy(update={"y0": 20.0 * at, "y1": 20.0 * at + 9}) for at in range(30)
    ])  # fmt: skip
    document, _ = await office.extracted(ExtractionMode.LLM, long)
    assert "llm: page 1 was shown to the model in part" in document.warnings


async def test_nothing_of_a_document_and_no_key_is_logged(
    office: Office, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    office.vlm.will(state(total="31.80"))
    for says in (refuse(500, f"{KEY} GRAND TOTAL"), refuse(401, KEY), state(total="31.80")):
        office.llm.will(says)
        document, _ = await office.extracted(ExtractionMode.ADVANCED)
        assert KEY not in document.model_dump_json()
    told = "".join(capfd.readouterr()) + caplog.text
    assert "model_failed" in told
    assert "GRAND TOTAL" not in told
    assert KEY not in told
    assert KEY not in repr(office.process.settings)
