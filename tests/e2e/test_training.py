"""Reviews teach: after some of one layout, that layout's fields are right, and it can be undone."""

import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples.pages import text_pdf
from tests.samples.tickets import TYPE, Ticket, ticket_pdf, tickets

TAUGHT, FRESH = 6, 2


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(tmp_path_factory.mktemp("up") / "data", DOCSTAGE_OCR_ENGINE="fast") as up:
        yield up


async def extracted(api: Api, ticket: Ticket) -> dict[str, Any]:
    uploaded = await api.upload(ticket_pdf(ticket), "ticket.pdf", type="well_ticket")
    return await api.finished(uploaded["id"])


async def limited(api: Api, ticket: Ticket, examples: list[str]) -> dict[str, Any]:
    """A document for which only these are learned from, as Affinda's clients ask for."""
    form = aiohttp.FormData()
    form.add_field("file", ticket_pdf(ticket), filename="ticket.pdf")
    form.add_field("documentType", "dt_well_ticket")
    form.add_field("limitToExamples", json.dumps(examples))
    async with api.session.post("/v3/documents", data=form) as answer:
        assert answer.status == 200, await answer.text()
        made = await answer.json()
    return await api.finished(made["meta"]["identifier"])


def right(document: dict[str, Any], ticket: Ticket) -> int:
    found = {name: it["value"] for name, it in document["fields"].items()}
    return sum(found.get(name) == value for name, value in ticket.fields.items())


async def test_reviews_teach_a_layout(api: Api) -> None:
    await api.post("/api/v1/types", TYPE)
    all_of_them = tickets(TAUGHT + FRESH)
    taught, fresh = all_of_them[:TAUGHT], all_of_them[TAUGHT:]
    known: list[str] = []
    for number, ticket in enumerate(taught):
        document = await extracted(api, ticket)
        known.append(document["id"])
        assert right(document, ticket) < len(ticket.fields)
        trainings = f"/api/v1/workspaces/{document['workspace']}/trainings"
        if number == 0:
            body = {"type": "well_ticket"}
            assert (await api.post(trainings, body, 409))["code"] == "CONFLICT"
        review = {"fields": ticket.fields}
        await api.post(f"{document['links']['self']}/review", review, 200)
    made = await api.post(trainings, {"type": "well_ticket"})
    assert (made["version"], made["active"]) == (1, True)
    progress = made["progress"]
    assert (progress["reviewed"], progress["documents"], progress["layouts"]) == (TAUGHT, TAUGHT, 1)
    for each in progress["fields"]:
        assert (each["before"], each["values"]) == (0, TAUGHT)
        assert each["after"] >= TAUGHT - 1, each
    for ticket in fresh:
        document = await extracted(api, ticket)
        assert right(document, ticket) == len(ticket.fields), document["fields"]
        assert all(it["grounded"] and it["boxes"] for it in document["fields"].values())
    other = await api.upload(text_pdf(), "other.pdf", type="well_ticket")
    assert (await api.finished(other["id"]))["fields"] == {}
    undone = await api.post(f"{made['links']['self']}/deactivate", {}, 200)
    assert undone["active"] is False
    assert right(await extracted(api, fresh[0]), fresh[0]) < len(TYPE["fields"])
    again = await api.post(f"{made['links']['self']}/activate", {}, 200)
    assert again["active"] is True
    assert right(await extracted(api, fresh[0]), fresh[0]) == len(TYPE["fields"])
    async with api.session.delete(made["links"]["self"]) as answer:
        assert answer.status == 204
    assert (await api.get(trainings))["trainings"] == []
    assert right(await extracted(api, fresh[0]), fresh[0]) < len(TYPE["fields"])
    chosen = await limited(api, fresh[0], known)
    assert right(chosen, fresh[0]) == len(TYPE["fields"]), "its sender says what to learn from"
    assert right(await limited(api, fresh[1], known[:1]), fresh[1]) < len(TYPE["fields"])
