"""Too many calls are 429, too much work is 503; both say when to come back."""

from pathlib import Path

import pytest

from shared.broker.topology import job_queue
from shared.config import Settings
from shared.models.messages import JobMessage
from shared.models.work import Lane, StageName
from tests.api.harness import API, DOCUMENTS_PATH, PDF, Gateway, form, running


def settings(folder: Path, **values: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **values)  # type: ignore[arg-type]


async def test_a_key_that_calls_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    few = settings(tmp_path, rate_per_key=0.2, rate_per_key_burst=3)
    async with running(few) as gateway:
        alice, bob = await gateway.caller("alice"), await gateway.caller("bob")
        colleague = await gateway.another(alice.organization)
        for _ in range(3):
            await alice.call("GET", f"{API}/types", 200)
        async with alice.client.get(f"{API}/types") as answer:
            body = await answer.json()
            assert (answer.status, body["code"]) == (429, "RATE_LIMITED")
            assert 1 <= int(answer.headers["Retry-After"]) <= 5
        for other in (bob, colleague):
            await other.call("GET", f"{API}/types", 200)
        for path in ("/livez", "/readyz", "/metrics", "/openapi.json"):
            async with gateway.client().get(path) as answer:
                assert answer.status == 200, path
        for path, headers in (
            ("/docdigitizer/api/v1/documents", {"Authorization": f"API_KEY {alice.key}"}),
            ("/documind/api/v1/documents", {"X-API-Key": alice.key}),
        ):
            async with gateway.client().get(path, headers=headers) as answer:
                assert answer.status == 429, path
                assert "Retry-After" in answer.headers


async def test_all_keys_of_an_organization_share_its_limit(tmp_path: Path) -> None:
    few = settings(tmp_path, rate_per_organization=0.2, rate_per_organization_burst=4)
    async with running(few) as gateway:
        alice, bob = await gateway.caller("alice"), await gateway.caller("bob")
        colleague = await gateway.another(alice.organization)
        for caller in (alice, colleague, alice, colleague):
            await caller.call("GET", f"{API}/types", 200)
        await colleague.call("GET", f"{API}/types", 429)
        await bob.call("GET", f"{API}/types", 200)


async def wait_in_queue(gateway: Gateway, count: int) -> None:
    queue = job_queue(StageName.OCR, Lane.NORMAL)
    for number in range(count):
        message = JobMessage(
            id=str(number),
            lane=Lane.NORMAL,
            organization="o",
            document="d",
            revision=1,
            stage=StageName.OCR,
        )
        await gateway.parts.broker.send(queue, message)


async def full(gateway: Gateway, *, is_full: bool) -> None:
    """Wait until the gateway has looked."""
    level = b'docstage_overloaded{of="backlog"} ' + (b"1.0" if is_full else b"0.0")
    for _ in range(2000):
        async with gateway.client().get("/metrics") as answer:
            if level in await answer.read():
                return
    pytest.fail("never looked")


async def test_too_long_a_backlog_takes_nothing_in_and_still_tells(tmp_path: Path) -> None:
    async with running(settings(tmp_path, overload_backlog=5)) as gateway:
        alice = await gateway.caller("alice")
        (made,) = await alice.upload(PDF)
        await wait_in_queue(gateway, 5)
        await full(gateway, is_full=True)
        for path, key in (
            (DOCUMENTS_PATH, "Authorization"),
            ("/docdigitizer/api/v1/documents/annotate", "Authorization"),
            ("/documind/api/v1/upload", "X-API-Key"),
            ("/v3/docingester/extract", "X-API-Key"),
        ):
            value = alice.key if key == "X-API-Key" else f"API_KEY {alice.key}"
            client = gateway.client(**{key: value})
            async with client.post(path, data=form(("a.pdf", PDF))) as answer:
                assert answer.status == 503, path
                assert int(answer.headers["Retry-After"]) >= 2
        body = await alice.call(
            "POST", DOCUMENTS_PATH, 503, json={"url": "https://example.com/a.pdf"}
        )
        assert body["code"] == "OVERLOADED"
        await alice.call("GET", made["links"]["self"], 200)
        await alice.call("GET", "/readyz", 200)
        assert list(gateway.settings.spool.iterdir()) == []


async def test_no_room_on_the_disk_takes_nothing_in(tmp_path: Path) -> None:
    async with running(settings(tmp_path, overload_free_bytes=2**60)) as gateway:
        alice = await gateway.caller("alice")
        body = await alice.call("POST", DOCUMENTS_PATH, 503, data=form(("a.pdf", PDF)))
        assert body["code"] == "OVERLOADED"
        await alice.call("GET", DOCUMENTS_PATH, 200)
