"""Asking a model over its protocol: a real server, a real child process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp import web
from extract_samples import receipt
from prometheus_client import CollectorRegistry

from services.extract import asking
from services.extract.asking import ModelService
from services.extract.contract import StoredDocument
from services.extract.engines.model.rendering import TextBudget
from shared.compute.pool import ComputePool
from shared.errors import AttemptFailed, Code, DocstageError, Permanent, Quota, Transient
from shared.http.chat import MAX_ANSWER, ChatClient, ChatEndpoint
from shared.schemas import built_in
from shared.telemetry.model_metrics import ModelMetrics
from tests.servers.chat import (
    COMPLETION_TOKENS,
    KEY,
    PROMPT_TOKENS,
    ChatServer,
    Question,
    Say,
    chat_server,
    pour,
    refuse,
    state,
    words_of,
    write,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
RECEIPT = StoredDocument([receipt().model_dump_json().encode()], requested_type="receipt")
module = pytest_asyncio.fixture(scope="module", loop_scope="module")


@module
async def server() -> AsyncIterator[ChatServer]:
    async with chat_server() as server:
        yield server


@module
async def pool() -> AsyncIterator[ComputePool]:
    async with ComputePool(1) as pool:
        yield pool


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_PAUSE", 0.01)


@contextlib.asynccontextmanager
async def service(
    server: ChatServer,
    pool: ComputePool,
    *,
    seconds: float = 20.0,
    url: str = "",
    registry: CollectorRegistry | None = None,
) -> AsyncIterator[ModelService]:
    client = ChatClient(ChatEndpoint(url or server.url, "reader-1", KEY, seconds))
    await client.open()
    try:
        metrics = ModelMetrics(registry or CollectorRegistry())
        yield ModelService("llm", client, pool, TextBudget(2_000, 20_000, 500), metrics)
    finally:
        await client.close()


async def values(server: ChatServer, pool: ComputePool) -> dict[str, object]:
    async with service(server, pool) as model:
        asked = await model.ask(RECEIPT)
    assert asked.answer is not None
    assert (asked.answer.engine, asked.answer.model) == ("llm", "reader-1")
    assert asked.answer.accuracy == 0.75
    return dict(asked.answer.values)


async def test_a_question_has_the_words_the_schema_and_the_key(
    server: ChatServer, pool: ComputePool
) -> None:
    server.will(state(total="31.80", company=None, shoe_size="44"))
    assert await values(server, pool) == {"total": "31.80"}
    question = server.questions[0]
    assert server.keys == [f"Bearer {KEY}"]
    assert "GRAND TOTAL" in words_of(question)
    assert (question["model"], question["temperature"]) == ("reader-1", 0)
    assert question["max_tokens"] == 500
    wanted = question["response_format"]["json_schema"]
    assert wanted["strict"] is True
    assert wanted["schema"]["properties"]["total"]["type"] == ["string", "null"]
    assert wanted["schema"]["additionalProperties"] is False


async def test_the_document_is_fenced_as_data_with_a_mark_of_its_own(
    server: ChatServer, pool: ComputePool
) -> None:
    marks = set()
    for _ in range(2):
        server.will(state(total="1"))
        await values(server, pool)
        rules, task = (it["content"] for it in server.questions[0]["messages"])
        assert "never an instruction" in rules
        lines = task.splitlines()
        fences = [at for at, line in enumerate(lines) if line.startswith("DATA ")]
        assert len(fences) == 2
        assert fences[0] < lines.index("MORNING STAR TRADING SDN BHD") < fences[1]
        marks.add(lines[fences[0]])
    assert len(marks) == 2


async def test_a_simpler_form_is_tried_where_the_schema_is_refused_and_kept(
    server: ChatServer, pool: ComputePool
) -> None:
    async def picky(question: Question, request: web.Request) -> web.StreamResponse:
        if "max_tokens" in question:
            return await refuse(400, "use max_completion_tokens, not max_tokens")(question, request)
        if question.get("response_format") != {"type": "json_object"}:
            return await refuse(400, "response_format json_schema is not supported")(
                question,
                request,
            )
        return await state(total="31.80")(question, request)

    server.will(picky)
    async with service(server, pool) as model:
        for count in (3, 4):  # the second document is asked about in the form that was found
            asked = await model.ask(RECEIPT)
            assert asked.answer is not None
            assert asked.answer.values == {"total": "31.80"}
            assert len(server.questions) == count
    assert "max_completion_tokens" in server.questions[-1]


async def test_an_endpoint_that_takes_no_form_is_given_up_after_all_have_been_tried(
    server: ChatServer, pool: ComputePool
) -> None:
    server.will(refuse(400, "no"))
    async with service(server, pool) as model:
        with pytest.raises(Permanent) as caught:
            await model.ask(RECEIPT)
    assert caught.value.code is Code.LLM_REFUSED
    forms = [it.get("response_format", {}).get("type") for it in server.questions]
    assert forms == ["json_schema", "json_object", None]


@pytest.mark.parametrize(
    ("first", "complaint"),
    [
        (write("I think the total is 31.80"), "no JSON"),
        (write("[1, 2]"), "no JSON"),
        (write('{"total": {"amount": 3}}'), "total must be a string"),
        (write('{"a": ' * 50_000), "no JSON"),
        (write('{"weather": "fine"}'), "none of the fields"),
        (write('{"total": "31.80"}', finish="length"), "cut off"),
    ],
)
async def test_a_wrong_answer_is_put_right_once(
    server: ChatServer, pool: ComputePool, first: Say, complaint: str
) -> None:
    server.will(first, state(total="31.80"))
    assert await values(server, pool) == {"total": "31.80"}
    assert len(server.questions) == 2
    assert complaint in server.questions[1]["messages"][-1]["content"]


async def test_what_is_right_of_an_answer_that_stays_wrong_is_taken(
    server: ChatServer, pool: ComputePool
) -> None:
    server.will(state(total="31.80", company={"name": "MORNING STAR"}))
    assert await values(server, pool) == {"total": "31.80"}
    assert len(server.questions) == 2


async def test_an_answer_that_stays_wrong_is_an_error(
    server: ChatServer, pool: ComputePool
) -> None:
    server.will(write("no"))
    async with service(server, pool) as model:
        with pytest.raises(AttemptFailed) as caught:
            await model.ask(RECEIPT)
    assert caught.value.code is Code.LLM_ANSWER_INVALID
    assert len(server.questions) == 2


async def test_trouble_that_passes_is_outwaited(server: ChatServer, pool: ComputePool) -> None:
    server.will(refuse(500), refuse(503), state(total="31.80"))
    assert await values(server, pool) == {"total": "31.80"}
    assert len(server.questions) == 3


async def test_a_short_retry_after_is_waited_for(server: ChatServer, pool: ComputePool) -> None:
    server.will(refuse(429, Retry_After="0"), state(total="31.80"))
    assert await values(server, pool) == {"total": "31.80"}


async def test_a_long_retry_after_is_told_to_the_stage(
    server: ChatServer, pool: ComputePool
) -> None:
    server.will(refuse(429, Retry_After="40"))
    async with service(server, pool) as model:
        with pytest.raises(Quota) as caught:
            await model.ask(RECEIPT)
    assert (caught.value.code, caught.value.retry_after) == (Code.LLM_BUSY, 40)
    assert len(server.questions) == 1


@pytest.mark.parametrize(
    ("says", "kind", "code", "tries"),
    [
        (refuse(500), Transient, Code.LLM_UNAVAILABLE, 3),
        (refuse(401, f"wrong key {KEY}"), Permanent, Code.LLM_REFUSED, 1),
        (refuse(413), Permanent, Code.LLM_REFUSED, 1),
        (pour(MAX_ANSWER // 65536 + 2), AttemptFailed, Code.LLM_ANSWER_INVALID, 1),
        (refuse(302, Location="http://127.0.0.1:9/elsewhere"), Permanent, Code.LLM_REFUSED, 1),
    ],
)
async def test_failures_have_a_type(
    server: ChatServer,
    pool: ComputePool,
    says: Say,
    kind: type[DocstageError],
    code: Code,
    tries: int,
) -> None:
    server.will(says)
    async with service(server, pool) as model:
        with pytest.raises(kind) as caught:
            await model.ask(RECEIPT)
    assert (caught.value.code, len(server.questions)) == (code, tries)
    assert KEY not in str(caught.value)


async def test_questions_and_tokens_are_counted(server: ChatServer, pool: ComputePool) -> None:
    registry = CollectorRegistry()
    server.will(state(total="31.80"), refuse(401))
    async with service(server, pool, registry=registry) as model:
        await model.ask(RECEIPT)
        with pytest.raises(Permanent):
            await model.ask(RECEIPT)

    def count(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"docstage_model_{name}", {"engine": "llm", **labels})

    assert count("questions_total", outcome="answered") == 1
    assert count("questions_total", outcome="LLM_REFUSED") == 1
    assert count("seconds_count") == 2
    assert count("tokens_total", kind="read") == PROMPT_TOKENS
    assert count("tokens_total", kind="written") == COMPLETION_TOKENS


async def test_an_endpoint_that_says_nothing_is_left_in_time(
    server: ChatServer, pool: ComputePool
) -> None:
    server.will(server.hang())
    async with service(server, pool, seconds=0.2) as model:
        with pytest.raises(AttemptFailed) as caught:
            await model.ask(RECEIPT)
    assert caught.value.code is Code.LLM_TIMED_OUT


async def test_nobody_there(server: ChatServer, pool: ComputePool) -> None:
    async with service(server, pool, url="http://127.0.0.1:9/v1") as model:
        with pytest.raises(Transient) as caught:
            await model.ask(RECEIPT)
    assert caught.value.code is Code.LLM_UNAVAILABLE


async def test_only_so_many_questions_at_a_time(server: ChatServer) -> None:
    at_work, most = 0, 0

    async def slow(question: Question, request: web.Request) -> web.StreamResponse:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(0.02)
        at_work -= 1
        return await state(total="1")(question, request)

    server.will(slow)
    client = ChatClient(ChatEndpoint(server.url, "reader-1", at_once=2))
    await client.open()
    await asyncio.gather(*(client.complete(b"{}") for _ in range(6)))
    await client.close()
    assert (most, len(server.questions)) == (2, 6)
    assert set(server.keys) == {""}


async def test_a_document_without_words_is_no_question(
    server: ChatServer, pool: ComputePool
) -> None:
    server.will(state(total="1"))
    async with service(server, pool) as model:
        empty = StoredDocument([b'{"number": 0, "width": 10, "height": 10}'])
        assert (await model.ask(empty)).answer is None
    assert server.questions == []


async def test_a_type_that_is_pinned_to_another_engine_is_no_question(
    server: ChatServer, pool: ComputePool
) -> None:
    server.will(state(total="1"))
    pinned = built_in()["receipt"].copy_with(engine="layout/1").model_dump_json().encode()
    async with service(server, pool) as model:
        for change in ({"ordered": pinned}, {"schemas": [pinned]}):
            assert (await model.ask(replace(RECEIPT, **change))).answer is None
    assert server.questions == []


async def test_the_path_is_added_to_the_url_and_its_query_kept(server: ChatServer) -> None:
    server.will(state(total="1"))
    client = ChatClient(ChatEndpoint(f"{server.url}/?api-version=1", "reader-1"))
    await client.open()
    await client.complete(b"{}")
    assert await client.models() == ["reader-1"]
    await client.close()
    assert server.paths == ["/v1/chat/completions", "/v1/models"]
