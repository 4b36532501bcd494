"""Links to one review, made by a key for people without one: good for a while, and taken back."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from shared.models.time import utc_now
from shared.store.collections import DOCUMENTS, REVIEW_LINKS
from tests.api.console_client import Browser
from tests.api.harness import API, Caller, Gateway, Json
from tests.api.test_review_link import open_link
from tests.api.test_review_pages import revision_in
from tests.api.test_review_work import invoice


async def made(caller: Caller, document: Json, **wish: Any) -> Json:
    path = f"{API}/documents/{document['id']}/review-links"
    link: Json = await caller.call("POST", path, 201, json=wish)
    return link


def local(link: Json) -> str:
    url = urlsplit(link["url"])
    return f"{url.path}?{url.query}"


async def test_who_has_a_link_reviews_that_document_and_does_nothing_else(
    gateway: Gateway, alice: Caller
) -> None:
    document, other = await invoice(gateway, alice), await invoice(gateway, alice)
    link = await made(alice, document, name="Ann of Accounting", expires_in=600)
    assert link["url"].startswith(gateway.url)
    ann, own = Browser(gateway), f"/review/{document['id']}"
    assert await open_link(ann, local(link)) == (303, f"/console{own}")
    page = await ann.page(own)
    for act in ("lock", "undo"):
        await ann.post(f"/review/{other['id']}/{act}", {"wish": "keep"})
    locked = await alice.call("GET", f"{API}/documents/{document['id']}/review/work", 200)
    assert locked["lock"]["name"] == "Ann of Accounting"
    for path in (
        "",
        "/documents",
        "/upload",
        "/live",
        "/review",
        "/review/next",
        "/integrations",
        "/operations",
        "/types",
        f"/documents/{document['id']}",
        f"/review/{other['id']}",
    ):
        assert (await ann.get(path)).status == 404, path
    for path, status in (
        (f"{own}/retype", 403),
        (f"{own}/split", 403),
        (f"/review/{other['id']}/approve", 404),
        ("/documents/bulk", 404),
    ):
        wish = {"type": "receipt", "before": "2", "sign_off": "x"}
        assert (await ann.post(path, wish)).status == status, path
    for path in (
        "/documents",
        f"/documents/{document['id']}",
        f"/documents/{document['id']}/review-links",
    ):
        assert (await ann.client.get(f"{API}{path}")).status == 401
    assert (await ann.post(f"{own}/turn", {"page": "0", "turn": "90"})).status == 204
    values = {"value": "118,00", "revision": revision_in(page.text), "source": "typed"}
    assert (await ann.post(f"{own}/fields/total_amount", values)).status == 303
    page = await ann.page(own)
    wish = {"revision": revision_in(page.text), "sign_off": "As on the paper."}
    assert (await ann.post(f"{own}/approve", wish)).headers["Location"] == f"/console{own}"
    reviewed = await alice.call("GET", f"{API}/documents/{document['id']}/review", 200)
    assert {it["by"] for it in reviewed["actions"]} == {f"link:{link['id']}"}


async def test_a_link_that_is_changed_over_or_anothers_opens_nothing(
    gateway: Gateway, alice: Caller, bob: Caller
) -> None:
    document, other = await invoice(gateway, alice), await invoice(gateway, alice)
    link, second = await made(alice, document), await made(alice, other)
    path, query = local(link).split("?")
    expires, signature = query.partition("&expires=")[2].split("&signature=")
    links = gateway.store.of(alice.tenant, REVIEW_LINKS)
    for wrong in (
        f"{path}?{query.partition('&')[2]}",  # as if it were a link of another kind
        f"{path}?link={second['id']}&expires={expires}&signature={signature}",
        f"/review/{other['id']}?{query}",
        f"{path}?link={link['id']}&expires={int(expires) + 9}&signature={signature}",
        f"{path}?{query}0",
        f"{path}?link={link['id']}",
    ):
        status, text = await open_link(Browser(gateway), wrong)
        assert (status, "no longer good" in text) == (403, True), wrong
    past = utc_now() - timedelta(seconds=1)
    await links.change(link["id"], lambda it: it.copy_with(expires=past))
    assert (await open_link(Browser(gateway), local(link)))[0] == 403
    for verb, at in (("POST", ""), ("GET", ""), ("DELETE", f"/{second['id']}")):
        await bob.call(verb, f"{API}/documents/{other['id']}/review-links{at}", 404)
    await alice.call("DELETE", f"{API}/documents/{document['id']}/review-links/{second['id']}", 404)
    for wish in ({"expires_in": 1}, {"expires_in": 10**8}, {"document": "x"}):
        await alice.call("POST", f"{API}/documents/{document['id']}/review-links", 400, json=wish)


async def test_a_link_is_taken_back_and_ends_with_its_key(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice)
    path = f"{API}/documents/{document['id']}/review-links"
    link = await made(alice, document)
    ann, own = Browser(gateway), f"/review/{document['id']}"
    await open_link(ann, local(link))
    await ann.page(own)
    (listed,) = (await alice.call("GET", path, 200))["review_links"]
    assert (listed["id"], listed["url"], listed["revoked"]) == (link["id"], None, None)
    revoked = await alice.call("DELETE", f"{path}/{link['id']}", 200)
    assert revoked["revoked"]
    assert await alice.call("DELETE", f"{path}/{link['id']}", 200) == revoked
    assert (await ann.get(own)).headers["Location"].startswith("/console/sign-in")
    assert (await open_link(ann, local(link)))[0] == 403

    helper = await alice.call("POST", f"{API}/keys", 201, json={"name": "K"})
    bearer = {"Authorization": f"Bearer {helper['key']}"}
    async with alice.client.post(path, headers=bearer) as answer:
        theirs = await answer.json()
    assert (await open_link(ann, local(theirs)))[0] == 303
    await ann.page(own)
    await alice.call("DELETE", f"{API}/keys/{helper['id']}", 204)
    assert (await ann.get(own)).status == 303
    assert (await open_link(Browser(gateway), local(theirs)))[0] == 403
    reader = await alice.call(
        "POST", f"{API}/keys", 201, json={"name": "R", "scopes": ["documents:read"]}
    )
    async with alice.client.post(
        path, headers={"Authorization": f"Bearer {reader['key']}"}
    ) as answer:
        assert answer.status == 403


async def test_links_go_with_their_document(gateway: Gateway, alice: Caller) -> None:
    document = await invoice(gateway, alice)
    link = await made(alice, document)
    links = gateway.store.of(alice.tenant, REVIEW_LINKS)
    old = utc_now() - timedelta(days=1)
    await links.change(link["id"], lambda it: it.copy_with(expires=old))
    newer = await made(alice, document)  # what is over makes room
    assert await links.get(link["id"]) is None
    await alice.call("DELETE", document["links"]["self"], 204)
    assert await links.get(newer["id"]) is None
    assert await gateway.store.of(alice.tenant, DOCUMENTS).get(document["id"]) is None
    (waiting,) = await alice.upload()
    await alice.call("POST", f"{API}/documents/{waiting['id']}/review-links", 409)
