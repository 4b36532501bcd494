"""What every store does with words: found, in order, within scope, and gone with the record."""

import asyncio
import random
from datetime import timedelta

import pytest

from shared.models.document import Document, DocumentState
from shared.models.source_email import SourceEmail
from shared.models.time import utc_now
from shared.search.terms import MOST_TERMS, Place, read_search
from shared.search.words import Words, name_tokens, words_of
from shared.store.collections import DOCUMENTS, EXTRACTIONS
from shared.store.port import Query, Repository, Store, Tenant
from tests.contracts.store_fixtures import (
    OURS,
    THEIRS,
    document,
    documents,
    mongo_wire,
    store,
    store_url,
    their_documents,
    walk,
)

__all__ = ["documents", "mongo_wire", "store", "store_url", "their_documents"]

Documents = Repository[Document]
NOW = utc_now()


async def add(repository: Documents, text: str, **fields: object) -> Document:
    """A document that is found by a text."""
    tenant = fields.pop("tenant", OURS)
    assert isinstance(tenant, Tenant)
    one = document(tenant, **fields)  # type: ignore[arg-type]
    await repository.insert(one)
    assert await repository.index(one.id, words_of(one.headline, {}, [text]))
    return one


async def found(repository: Documents, typed: str, place: Place = Place.ANYWHERE) -> list[str]:
    """The names of what a search finds, newest first."""
    query = Query(search=read_search(typed, place))
    names = [it.name for it in await repository.page(query, None, 100)]
    assert await repository.count(query, 100) == len(names)
    return names


TEXT = """Rechnung Nr. INV-2026-0042 Müller & Söhne GmbH, Łódź. Beträge: 1.234,50 EUR und 12.000
Fällig am 23.11.2026. Acme Corporation, 12 High Street. 請求書 10% "quoted" it's $set {a:1}"""


FOUND = (
    "rechnung", "RECHNUNG", "muller", "Müller", "MÜLLER söhne", "sohne lodz", "inv-2026-0042",
    "INV 2026", "1234.5", "1,234.50", "1.234,5", "1'234.50", "12000", "12,000", "12.000",
    "23.11.2026", "corpor", "acme corp", '"acme corporation"', "street acme", "求書", "it's",
    "12 high stre", "$set", "a:1", "0042", "INV-2026-004", '"quoted', "rechnung - &",
)  # fmt: skip
NOT_FOUND = (
    "rechnungen", '"corporation acme"', '"acme corp"', "corp acme", "ac", "2026-inv", "1.23",
    "kind acme", "24.11.2026", '"high acme"', "1235", "scope", "nowhere", "text",
    "rechnung NOT acme", "NEAR(acme)", "name:a", "x' OR '1'='1", 'acme* "corp"', "1.2345",
)  # fmt: skip


async def test_words_are_found_however_they_are_written(documents: Documents) -> None:
    await add(documents, TEXT, name="a.pdf")
    await add(documents, "nothing of the kind", name="b.pdf")
    for typed in FOUND:
        assert await found(documents, typed) == ["a.pdf"], typed
    for typed in NOT_FOUND:
        assert await found(documents, typed) == [], typed


async def test_a_record_is_found_by_its_headline_from_the_start(documents: Documents) -> None:
    message = SourceEmail(subject="Your March statement", sender="desk@bank.example")
    one = document(name="Scan_0042 (final).pdf", reference="PO/77", source_email=message)
    await documents.insert(one)
    for typed in ("scan 0042", "final.pdf", "po/77", "march statement", "desk@bank.example"):
        assert await found(documents, typed) == [one.name], typed
    for typed in ("scan_004", "final"):
        assert await found(documents, typed, Place.NAME) == [one.name], typed
    await documents.index(one.id, Words(name_tokens("other.pdf"), "body of the page"))
    assert await found(documents, "scan 0042") == []
    assert await found(documents, "other body") == [one.name]
    assert await found(documents, "body", Place.NAME) == []


async def test_words_stay_through_writes_and_go_with_the_record(documents: Documents) -> None:
    one = await add(documents, "alpha beta", name="a.pdf")
    changed = await documents.replace(one.copy_with(state=DocumentState.READY))
    assert changed is not None
    assert await documents.change(one.id, lambda it: it.copy_with(pages=2))
    assert await found(documents, "alpha") == ["a.pdf"]
    await documents.index(one.id, words_of("a.pdf", {}, ["gamma"]))
    assert (await found(documents, "alpha"), await found(documents, "gamma")) == ([], ["a.pdf"])
    assert await documents.delete(one.id)
    assert await found(documents, "gamma") == []
    assert not await documents.index(one.id, words_of("a.pdf", {}, ["gamma"]))
    assert await found(documents, "gamma") == []
    await documents.insert(one)  # the same id again: nothing is left of what it was found by
    assert (await found(documents, "gamma"), await found(documents, "a.pdf")) == ([], ["a.pdf"])


async def test_words_are_not_given_to_what_is_over(documents: Documents) -> None:
    one = document(name="a.pdf", state=DocumentState.EXPIRED)
    await documents.insert(one)
    late = words_of("a.pdf", {}, ["secret"])
    assert not await documents.index(one.id, late, unless=("state", "expired"))
    assert await found(documents, "secret") == []
    assert await documents.index(one.id, late, unless=("state", "ready"))
    with pytest.raises(ValueError, match="no filter colour"):
        await documents.index(one.id, late, unless=("colour", "red"))


async def test_nobody_finds_or_changes_what_is_others(
    store: Store, documents: Documents, their_documents: Documents
) -> None:
    mine = await add(documents, "shared words", name="mine.pdf")
    theirs = await add(their_documents, "shared words", name="theirs.pdf", tenant=THEIRS)
    assert await found(documents, "shared words") == ["mine.pdf"]
    assert await found(their_documents, "shared words") == ["theirs.pdf"]
    assert not await documents.index(theirs.id, Words("", "stolen"))
    assert await found(their_documents, "shared") == ["theirs.pdf"]
    second = await add(documents, "shared words", name="second.pdf", workspace="w2")
    scopes = {
        frozenset({"w1"}): ["mine.pdf"],
        frozenset({"w2"}): ["second.pdf"],
        frozenset({"w1", "w2"}): ["second.pdf", "mine.pdf"],
        frozenset({"w3"}): [],
        frozenset[str](): [],
    }
    for workspaces, names in scopes.items():
        limited = store.of(Tenant(OURS.organization, workspaces), DOCUMENTS)
        assert await found(limited, "shared") == names
        assert await limited.index(second.id, words_of("second.pdf", {}, ["shared"])) == (
            "w2" in workspaces
        )
    hidden = store.of(Tenant(OURS.organization, None, frozenset({"w2"})), DOCUMENTS)
    assert await found(hidden, "shared") == ["mine.pdf"]
    assert await documents.change(mine.id, lambda it: it.copy_with(workspace="w3"))
    moved = store.of(Tenant(OURS.organization, frozenset({"w3"})), DOCUMENTS)
    left = store.of(Tenant(OURS.organization, frozenset({"w1"})), DOCUMENTS)
    assert (await found(moved, "shared"), await found(left, "shared")) == (["mine.pdf"], [])
    assert set(await found(store.across(DOCUMENTS), "shared")) == {
        "mine.pdf", "second.pdf", "theirs.pdf",
    }  # fmt: skip


async def test_what_is_found_is_walked_once_each_newest_first(documents: Documents) -> None:
    some = random.Random(7)
    there = [document(created=NOW + timedelta(milliseconds=n // 3)) for n in range(150)]
    some.shuffle(there)

    async def put(number: int, one: Document) -> None:
        await documents.insert(one)
        parity = "even" if number % 2 == 0 else "odd"
        await documents.index(one.id, words_of("x", {}, [f"alpha number {parity} 1.5"]))

    await asyncio.gather(*(put(number, one) for number, one in enumerate(there)))
    created = {it.id: it.created for it in there}
    for typed in ("alpha", "alp", "alpha even", '"alpha number"', "1,5"):
        expected = {it.id for n, it in enumerate(there) if "even" not in typed or n % 2 == 0}
        for upwards in (False, True):
            ids = await walk(documents, Query(search=read_search(typed), oldest_first=upwards), 7)
            assert len(ids) == len(set(ids)), typed
            assert set(ids) == expected, typed
            times = [created[it] for it in ids]
            assert times == sorted(times, reverse=not upwards)


async def test_words_go_with_filters_spans_and_measures(documents: Documents) -> None:
    for number in range(10):
        await add(
            documents,
            "alpha",
            name=f"{number}.pdf",
            created=NOW + timedelta(seconds=number),
            state=DocumentState.READY if number % 2 else DocumentState.FAILED,
            confidence=number / 10 if number else None,
        )

    async def names(**wanted: object) -> str:
        query = Query(search=read_search("alpha"), **wanted)  # type: ignore[arg-type]
        rows = await documents.page(query, None, 100)
        plain = Query(**wanted)  # type: ignore[arg-type]
        assert rows == await documents.page(plain, None, 100)
        assert await documents.count(query, 100) == await documents.count(plain, 100) == len(rows)
        return "".join(it.name[0] for it in rows)

    assert await names(equals={"state": "ready"}) == "97531"
    assert await names(created_after=NOW + timedelta(seconds=6)) == "987"
    assert await names(created_before=NOW + timedelta(seconds=3)) == "210"
    assert await names(below={"confidence": 0.5}) == "4321"
    assert await names(at_least={"confidence": 0.5}) == "98765"
    assert await names(at_least={"confidence": 0.3}, below={"confidence": 0.7}) == "6543"
    assert await names(equals={"state": "ready"}, below={"confidence": 0.5}) == "31"


async def test_what_cannot_be_asked_is_refused(store: Store, documents: Documents) -> None:
    search = read_search("alpha")
    for query in (Query(below={"pages": 1}), Query(search=search, order_by="state")):
        with pytest.raises(ValueError, match=r"no filter pages|order of time"):
            await documents.page(query, None, 10)
    extractions = store.of(OURS, EXTRACTIONS)
    with pytest.raises(ValueError, match="not searched"):
        await extractions.page(Query(search=search), None, 10)
    with pytest.raises(ValueError, match="not searched"):
        await extractions.index("x", Words())
    many = " ".join(f"word{number}" for number in range(100))
    assert len(read_search(many)) == MOST_TERMS


async def test_what_is_not_indexed_waits_for_it(store: Store, documents: Documents) -> None:
    late = utc_now() + timedelta(minutes=1)

    def known(**fields: object) -> Document:
        one = document(**fields)
        return one.copy_with(indexed=one.index_key)

    renamed = known(state=DocumentState.FAILED).copy_with(name="other.pdf")
    corrected = known(state=DocumentState.READY, found="e1").copy_with(found="e1:beef")
    waiting = [document(state=DocumentState.READY), renamed, corrected]
    others = [
        known(state=DocumentState.READY, found="e1"),
        document(state=DocumentState.EXTRACTING),
        document(state=DocumentState.EXPIRED, found="e1"),
    ]
    for one in (*waiting, *others):
        await documents.insert(one)
    due = await store.backlog.unindexed(late, 10)
    assert {it.id for it in due} == {it.id for it in waiting}
    assert len(await store.backlog.unindexed(late, 1)) == 1
    assert await store.backlog.unindexed(renamed.updated - timedelta(minutes=1), 10) == []
    assert await documents.change(renamed.id, lambda it: it.copy_with(indexed=it.index_key))
    due = await store.backlog.unindexed(late, 10)
    assert {it.id for it in due} == {waiting[0].id, corrected.id}
