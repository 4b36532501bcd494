"""The same scenarios as four processes on RabbitMQ, a MongoDB-wire and an S3 server.

Then each process is killed -9 in the midst of work, and everything finishes once.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from deploy.dev.stack import SERVICES, Stack
from tests.e2e import scenarios
from tests.e2e.api import Api
from tests.e2e.canaries import Flight, found, word
from tests.e2e.canary_clients import stumble_in_dialects, visit_console
from tests.e2e.canary_endpoints import (
    ask_models,
    bad_hooks,
    read_from_queues,
    tell_by_mail,
    tell_hooks,
    until_told,
)
from tests.e2e.mailing import two_attachments_become_documents
from tests.e2e.scaling import each_was_done_once, flowing
from tests.e2e.watching import a_document_is_followed_through_the_stages
from tests.k8s.metrics import used_metrics
from tests.samples.invoices import Invoice, invoice_pdf
from tests.samples.receipts import receipt_jpeg
from tests.servers.chat import KEY as CHAT_KEY
from tests.servers.chat import ChatServer, chat_server, state
from tests.servers.mail_sink import MailSink, mail_sink
from tests.servers.otlp import OtlpReceiver
from tests.servers.process import Unavailable, free_port
from tests.servers.requirement import missing

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(600)]

MAIL_PORT = free_port()
SETTINGS = {
    "DOCSTAGE_MAIL_URL": f"smtp://127.0.0.1:{MAIL_PORT}",
    "DOCSTAGE_MAIL_FROM": "docs@docstage.example",
    "DOCSTAGE_MAIL_RECIPIENTS": "*@example.net",
    "DOCSTAGE_ALLOW_PRIVATE_TARGETS": "127.0.0.0/8",
    "DOCSTAGE_LEASE_SECONDS": "6",
    "DOCSTAGE_BEAT_SECONDS": "1.5",
    "DOCSTAGE_SWEEP_SECONDS": "2",
    "DOCSTAGE_SWEEP_GRACE": "15",
    "DOCSTAGE_WORKERS": "1",
    "DOCSTAGE_SMTP_PORT": str(free_port()),
    "DOCSTAGE_LOG_LEVEL": "DEBUG",
    "DOCSTAGE_LOG_FORMAT": "json",
}
EVENTS = 5


@pytest.fixture(scope="module")
def collector() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as collector:
        yield collector


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: OtlpReceiver) -> Iterator[Stack]:
    settings = {**SETTINGS, "DOCSTAGE_OTLP_ENDPOINT": collector.endpoint}
    try:
        with Stack(tmp_path_factory.mktemp("stack"), settings) as stack:
            yield stack
    except Unavailable as reason:
        missing(reason)


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[Api]:
    async with Api(stack.url, stack.key) as api:
        yield api


@pytest.fixture
async def other(api: Api, request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    async with await api.new_tenant(f"other {request.node.name}") as other:
        yield other


async def test_receipt_photo(api: Api, other: Api) -> None:
    await scenarios.a_receipt_photo_gives_its_fields(api, other)


async def test_e_invoice(api: Api) -> None:
    await scenarios.an_e_invoice_gives_what_its_xml_states(api)


async def test_born_digital_invoice(api: Api) -> None:
    await scenarios.a_born_digital_invoice_is_read_from_its_text(api)


async def test_long_document(api: Api) -> None:
    await scenarios.a_long_document_is_read_in_parts(api)


async def test_contents(api: Api) -> None:
    await scenarios.what_a_document_holds_can_be_fetched(api)


async def test_bad_files(api: Api) -> None:
    await scenarios.bad_files_fail_with_a_reason(api)


async def test_url(api: Api, other: Api) -> None:
    await scenarios.a_url_is_fetched_and_read(api, other)


async def test_failed_fetches(api: Api) -> None:
    await scenarios.a_failed_fetch_is_told_with_its_reason(api)


async def test_documind(api: Api) -> None:
    await scenarios.a_schema_of_a_sample_extracts_through_the_queue(api)


async def test_mail(other: Api, api: Api) -> None:
    await two_attachments_become_documents(int(SETTINGS["DOCSTAGE_SMTP_PORT"]), other, api)


async def test_live_progress(api: Api, other: Api) -> None:
    await a_document_is_followed_through_the_stages(api, other)


async def test_webhook(api: Api, other: Api) -> None:
    await scenarios.a_webhook_hears_of_everything_in_order(api, other)


async def test_one_trace_from_the_upload_to_the_webhook(
    api: Api, other: Api, collector: OtlpReceiver
) -> None:
    await scenarios.one_trace_leads_from_upload_to_webhook(api, other, collector)


@asynccontextmanager
async def asking(stack: Stack, chat: ChatServer) -> AsyncIterator[None]:
    """The extract service asks a model meanwhile."""
    model = {
        "DOCSTAGE_LLM_URL": chat.url,
        "DOCSTAGE_LLM_MODEL": "reader-1",
        "DOCSTAGE_LLM_API_KEY": CHAT_KEY,
        "DOCSTAGE_LLM_TIMEOUT": "1",
        "DOCSTAGE_MAX_ATTEMPTS": "1",
    }
    await asyncio.to_thread(stack.restart, "extract", model)
    try:
        yield
    finally:
        await asyncio.to_thread(stack.restart, "extract")


async def test_no_personal_data_in_logs_metrics_and_traces(
    stack: Stack, api: Api, collector: OtlpReceiver
) -> None:
    """At the most talkative, and with failures of every kind: what fails likes to quote."""
    async with (
        chat_server() as chat,
        asking(stack, chat),
        bad_hooks() as hooks,
        mail_sink(MailSink(port=MAIL_PORT)) as sink,
        await api.new_tenant(word("organization")) as theirs,
    ):
        await ask_models(theirs, chat)
        chat.will(state(invoice_number=word("bymodel")))
        hooked, mailed = await tell_hooks(theirs, hooks), await tell_by_mail(theirs, sink)
        flight = Flight(theirs, int(SETTINGS["DOCSTAGE_SMTP_PORT"]))
        await flight.fly()
        queued, visited, *_ = await asyncio.gather(
            read_from_queues(theirs),
            visit_console(theirs),
            stumble_in_dialects(theirs),
            until_told(theirs, hooks, sink, hooked.logs + mailed.logs),
        )
        documents = (await theirs.get("/api/v1/documents", maxRetrieve="100"))["documents"]
        told = {service: stack.log(service).read_text() for service in SERVICES}
        for service in SERVICES:
            url = f"http://127.0.0.1:{stack.admin_ports[service]}/metrics"
            async with api.session.get(url) as answer:
                told[f"metrics of {service}"] = await answer.text()
    services = {f"docstage-{it}" for it in SERVICES}
    await asyncio.to_thread(collector.until, documents[-1]["trace_id"], "", services, 3.0)
    told["traces"] = "\n".join(it.decode(errors="replace") for it in collector.bodies)
    assert documents[-1]["id"] in told["traces"]
    assert "dead_letter" in told["ocr"]
    assert all('"level": "debug"' in told[it] for it in SERVICES)
    secrets = [*flight.secrets, *hooked.secrets, *queued, *visited, CHAT_KEY, stack.key]
    assert {it: found(text, secrets) for it, text in told.items() if found(text, secrets)} == {}


async def test_result_queue(api: Api, other: Api) -> None:
    await scenarios.a_result_queue_is_pulled_until_it_is_empty(api, other)


@pytest.mark.parametrize("service", SERVICES)
async def test_admin_ports(stack: Stack, api: Api, other: Api, service: str) -> None:
    """Each stage's own listings, for the key's organization alone."""
    url = f"http://127.0.0.1:{stack.admin_ports[service]}"
    for path in ("livez", "readyz", "metrics"):
        async with api.session.get(f"{url}/{path}") as answer:
            assert answer.status == 200
    if service == "ingest":  # which has two stages
        async with api.session.get(f"{url}/admin/unpack/results") as answer:
            assert answer.status == 200
        url = f"{url}/admin/fetch"
    async with api.session.get(f"{url}/results?maxRetrieve=1") as answer:
        assert answer.status == 200
        for header in ("X-Cursor-ID", "X-More-Results-Available", "X-Cursor-Was-Broken"):
            assert header in answer.headers
        ours = await answer.json()
    async with other.session.get(f"{url}/results") as answer:
        theirs = await answer.json()
    assert not any(theirs.values()), "another organization sees nothing"
    if service != "notify":
        assert any(ours.values())
    async with api.session.get(f"{url}/jobs?state=running") as answer:
        assert answer.status == 200


async def test_every_metric_of_alerts_and_dashboard_is_exported(stack: Stack, api: Api) -> None:
    exported = set()
    for service in SERVICES:
        url = f"http://127.0.0.1:{stack.admin_ports[service]}/metrics"
        async with api.session.get(url) as answer:
            exported |= set(re.findall(r"^# TYPE (\w+) ", await answer.text(), re.MULTILINE))
    assert used_metrics() <= {it.removesuffix("_total") for it in exported}


async def test_a_stage_is_doubled_and_halved_under_load(stack: Stack, api: Api) -> None:
    """A second process of two stages comes while documents flow, works, and is drained."""
    stages = ("ocr", "extract")
    async with await api.new_tenant("scaled") as theirs:
        async with flowing(theirs) as flow:
            await asyncio.gather(*(asyncio.to_thread(stack.scale, it, 2) for it in stages))
            new = {it: f"/{stack.pid(f'{it}-2')}/" for it in stages}

            async def all_work() -> bool:
                found = await flow.workers()
                return all(any(new[it] in worker for worker in found[it]) for it in new)

            await flow.until(all_work)
            for stage in stages:
                assert await asyncio.to_thread(stack.stop, f"{stage}-2") == 0, "it is drained"
                await asyncio.to_thread(stack.scale, stage, 1)
            enough = len(flow.sent) + 5

            async def goes_on() -> bool:
                return len(flow.sent) >= enough

            await flow.until(goes_on)
        await each_was_done_once(theirs, await flow.end())


@pytest.mark.parametrize("victim", SERVICES)
async def test_killed_in_the_midst_of_work(stack: Stack, victim: str) -> None:
    """Kill -9 while documents are under way, restart: each finishes, with one result."""
    async with Api(stack.url, stack.key) as api:
        uploads = [
            api.upload(invoice_pdf(Invoice(number=f"{victim}-{number}")), f"{number}.pdf")
            for number in range(12)
        ] + [api.upload(receipt_jpeg(seed=number), f"{number}.jpg") for number in range(4)]
        accepted = [document["id"] for document in await asyncio.gather(*uploads)]
    await asyncio.sleep(0.3)
    stack.kill(victim)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(stack.start, victim)
    async with Api(stack.url, stack.key) as api:
        for identity in accepted:
            document = await api.finished(identity, seconds=180)
            assert document["state"] in ("ready", "needs_review"), document
            assert document["sequence"] == EVENTS, "an event was told twice"
            assert (document["revision"], document["pages_done"]) == (1, 1)


async def test_killed_while_it_fetches(stack: Stack, api: Api) -> None:
    async def restart() -> None:
        stack.kill("ingest")
        await asyncio.to_thread(stack.start, "ingest")

    await scenarios.a_fetch_outlives_its_process(api, restart)


async def test_stops_cleanly_and_starts_again(stack: Stack, api: Api) -> None:
    """SIGTERM drains each stage and exits 0; nothing is left undone."""
    uploads = (api.upload(receipt_jpeg(seed=n), f"{n}.jpg") for n in range(6))
    accepted = [document["id"] for document in await asyncio.gather(*uploads)]
    for stage in ("ocr", "extract", "notify"):
        assert await asyncio.to_thread(stack.stop, stage) == 0
        await asyncio.to_thread(stack.start, stage)
    for identity in accepted:
        assert (await api.finished(identity, 180))["state"] in ("ready", "needs_review")
