"""What goes out when things go wrong, and what the log may say."""

import io
import json
import logging
import warnings
from collections.abc import AsyncIterator

import aiohttp
import pytest
import structlog
from aiohttp import web

from shared.errors import REGISTRY, Code, Permanent, Quota
from shared.http.errors import Failure
from shared.http.middlewares import install
from shared.telemetry.logs import configure
from tests.api.harness import DOCUMENTS_PATH, PDF, Caller, form, serving

CANARY = "canary-9f3a"


class PlainErrors:
    """A dialect of its own."""

    def render(self, failure: Failure) -> web.Response:
        return web.Response(text=f"plain {failure.code}", status=failure.status)


@pytest.fixture
def log() -> AsyncIterator[io.StringIO]:
    """What is logged, as JSON lines; the configuration before is restored."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    configure("test", "0", "DEBUG", "json")
    stream = io.StringIO()
    root.handlers[0].setStream(stream)  # type: ignore[attr-defined]
    yield stream  # type: ignore[misc]
    structlog.configure(**before)
    root.handlers, root.level = handlers, level


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """An application whose handlers fail in several ways."""
    failures: dict[str, Exception] = {
        "boom": RuntimeError(CANARY),
        "known": Permanent(Code.CONFLICT, "So it is."),
        "busy": Quota(Code.OVERLOADED, retry_after=17.4),
        "gone": web.HTTPGone(text=CANARY),
        "teapot": web.HTTPInternalServerError(text=CANARY),
    }

    async def fail(request: web.Request) -> web.StreamResponse:
        raise failures[request.match_info["kind"]]

    app = web.Application()
    install(app, dialects={"/plain": PlainErrors(), "/plain/not": PlainErrors()})
    app.router.add_get("/{kind}", fail)
    app.router.add_get("/plain/{kind}", fail)
    async with serving(app) as base:
        yield base


async def get(url: str, **headers: str) -> tuple[aiohttp.ClientResponse, str]:
    async with aiohttp.request("GET", url, headers=headers) as answer:
        return answer, await answer.text()


async def test_an_unexpected_error_says_nothing_but_is_logged_with_its_place(
    url: str, log: io.StringIO
) -> None:
    answer, text = await get(f"{url}/boom", **{"X-Request-ID": "my-own.id_1"})
    assert json.loads(text) == {
        "status": 500,
        "code": "UNEXPECTED_ERROR",
        "detail": "Something unexpected went wrong.",
        "request_id": "my-own.id_1",
    }
    assert answer.headers["X-Request-ID"] == "my-own.id_1"
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (failure,) = [it for it in lines if it["event"] == "unexpected error"]
    assert failure["request_id"] == "my-own.id_1"
    assert failure["exception"].endswith("RuntimeError")
    assert any("test_errors_and_logs.py" in it for it in failure["where"])
    assert CANARY not in log.getvalue()


@pytest.mark.filterwarnings("always")
def test_of_a_warning_its_kind_and_place_get_into_the_log(log: io.StringIO) -> None:
    configure("test", "0", "DEBUG", "json")  # as pytest has warnings to itself until here
    logging.getLogger().handlers[0].setStream(log)  # type: ignore[attr-defined]
    warnings.warn(CANARY, ImportWarning, stacklevel=1)
    (line,) = [json.loads(it) for it in log.getvalue().splitlines()]
    assert (line["event"], line["error"]) == ("warning", "ImportWarning")
    assert line["where"][0].startswith(__file__)
    assert CANARY not in log.getvalue()


async def test_errors_carry_their_code_status_and_headers(url: str) -> None:
    answer, text = await get(f"{url}/known")
    assert (answer.status, json.loads(text)["detail"]) == (409, "So it is.")
    assert answer.headers["Server"] == "Docstage"
    answer, text = await get(f"{url}/busy")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "18")
    answer, text = await get(f"{url}/gone")
    assert (answer.status, json.loads(text)["code"]) == (410, "BAD_REQUEST")
    assert CANARY not in text
    answer, text = await get(f"{url}/teapot")
    assert (answer.status, json.loads(text)["code"]) == (500, "UNEXPECTED_ERROR")
    assert CANARY not in text


async def test_a_dialect_writes_its_own_errors_also_for_unknown_paths(url: str) -> None:
    for path, expected in (
        ("/plain/known", "plain CONFLICT"),
        ("/plain/a/b/c", "plain NOT_FOUND"),
    ):
        assert (await get(url + path))[1] == expected
    assert json.loads((await get(f"{url}/plainly/known/x"))[1])["code"] == "NOT_FOUND"


@pytest.mark.parametrize("given", ["", "with space", "x" * 65, "a/b", "ä"])
async def test_a_request_id_that_could_do_harm_is_replaced(url: str, given: str) -> None:
    answer, _ = await get(f"{url}/known", **{"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 36


def test_every_code_has_a_summary_and_an_http_error_status() -> None:
    assert set(REGISTRY) == set(Code)
    assert all(400 <= it.status < 600 and it.summary for it in REGISTRY.values())


async def test_the_access_log_names_no_content(
    alice: Caller, bob: Caller, log: io.StringIO
) -> None:
    data = form((f"{CANARY}.pdf", PDF + CANARY.encode()), reference=CANARY, metadata="{}")
    body = await alice.call("POST", f"{DOCUMENTS_PATH}?q={CANARY}", 202, data=data)
    await bob.call("GET", f"{DOCUMENTS_PATH}?reference={CANARY}", 200)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    ours = [it for it in lines if it["event"] == "request"]
    assert [(it["method"], it["route"], it["status"]) for it in ours] == [
        ("POST", DOCUMENTS_PATH, 202),
        ("GET", DOCUMENTS_PATH, 200),
    ]
    assert all(it["request_id"] and it["duration_ms"] >= 0 for it in ours)
    for secret in (CANARY, alice.key, body["documents"][0]["sha256"]):
        assert secret not in log.getvalue()


def test_only_listed_keys_and_templates_get_into_the_log(log: io.StringIO) -> None:
    structlog.get_logger("ours").info("told", stage="ocr", file_name=CANARY, nested={"a": CANARY})
    logging.getLogger("theirs").warning("lost %s at %s", CANARY, "noon")
    try:
        int(CANARY)
    except ValueError:
        logging.getLogger("theirs").exception("failed on %r", CANARY)
    first, second, third = (json.loads(line) for line in log.getvalue().splitlines())
    assert (first["stage"], first["dropped"], first["service"]) == ("ocr", 2, "test")
    assert second["event"] == "lost %s at %s"
    assert third["exception"] == "builtins.ValueError"
    assert CANARY not in log.getvalue()
