"""The whole numbers of the Affinda dialect, on every store."""

import asyncio

from services.ingest.dialects.affinda.numbers import PARTS, Kind, Numbers
from shared.models.ids import new_id
from shared.store.port import Store
from tests.contracts.store_fixtures import mongo_wire, store, store_url

__all__ = ["mongo_wire", "store", "store_url"]


async def test_a_thing_keeps_its_number_and_the_number_leads_back(store: Store) -> None:
    ours, theirs = new_id(), new_id()
    numbers = Numbers(store)
    tag, user = new_id(), new_id()
    first = await numbers.of(ours, Kind.TAG, tag)
    second = await numbers.of(ours, Kind.USER, user)
    assert (first, second) == (1, 2)
    assert await Numbers(store).of(ours, Kind.TAG, tag) == first
    assert await numbers.of_many(ours, Kind.TAG, [tag, "new"]) == {tag: 1, "new": 3}
    assert await numbers.target(ours, Kind.TAG, first) == tag
    assert await numbers.target(ours, Kind.USER, first) is None, "of another kind"
    assert await numbers.of(theirs, Kind.USER, user) == 1
    for number in (2, 0, -1, 99, 10**30):
        assert await numbers.target(theirs, Kind.TAG, number) is None


async def test_parts_are_numbered_in_their_own_order(store: Store) -> None:
    ours, theirs = new_id(), new_id()
    numbers, document = Numbers(store), new_id()
    before = await numbers.of_parts(ours, Kind.DOCUMENT, document, ["total", "rows.0"])
    assert before == {"total": PARTS + 1, "rows.0": PARTS + 2}
    after = await numbers.of_parts(ours, Kind.DOCUMENT, document, ["rows.1", "total"])
    assert after == {"rows.1": PARTS + 3, "total": PARTS + 1}
    assert await numbers.part(ours, Kind.DOCUMENT, PARTS + 3) == (document, "rows.1")
    for number in (PARTS, PARTS + 4, 1, 2 * PARTS + 1, -1):
        assert await numbers.part(ours, Kind.DOCUMENT, number) is None
    assert await numbers.part(ours, Kind.TAG, PARTS + 1) is None
    assert await numbers.part(theirs, Kind.DOCUMENT, PARTS + 1) is None
    assert numbers.page_of(numbers.page(17, 3)) == (17, 3)


async def test_those_who_ask_at_once_get_one_number(store: Store) -> None:
    organization = new_id()
    subjects = ["a", "b", "c", "d"] * 4
    asked = (Numbers(store).of(organization, Kind.DOCUMENT, it) for it in subjects)
    given = await asyncio.gather(*asked)
    by_subject: dict[str, set[int]] = {}
    for subject, number in zip(subjects, given, strict=True):
        by_subject.setdefault(subject, set()).add(number)
    assert all(len(it) == 1 for it in by_subject.values())
    assert len(set(given)) == 4
