"""The whole numbers that this dialect's clients demand, and the way back from them.

A thing gets the next number of its organization when it is first told of, and keeps it. What it
consists of (pages, values) is numbered within its own, so that a document takes one number
however much is on it, and one record leads back from any of them.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from shared.errors import Code, Transient
from shared.models.numbered import DOCUMENT, Numbered, numbered_id, subject_of
from shared.store.collections import NUMBERED
from shared.store.port import AlreadyExistsError, Repository, Store, Tenant

PARTS = 1_000_000
"""Numbers that a thing has for its parts; the largest in use stay exact as JSON numbers."""
_TRIES = 5
_MOST_DIGITS = 15


class Kind(StrEnum):
    """What has a number. Numbers of one kind are never those of another."""

    DOCUMENT = DOCUMENT
    USER = "user"
    TAG = "tag"
    VALIDATION = "validation"
    SUBSCRIPTION = "subscription"


class Numbers:
    """The numbers of all organizations; each knows only its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, organization: str, kind: Kind, identity: str) -> int:
        """The number of a thing, from 1 on; it gets one if it has none."""
        return (await self._record(organization, subject_of(kind, identity))).number

    async def of_many(
        self, organization: str, kind: Kind, identities: Iterable[str]
    ) -> dict[str, int]:
        """The numbers of things, by their ids."""
        subjects = {it: subject_of(kind, it) for it in identities}
        wanted = {numbered_id(organization, it): own for own, it in subjects.items()}
        records = self._records(organization)
        found = await records.get_many(list(wanted)) if wanted else []
        numbers = {wanted[it.id]: it.number for it in found}
        for own, subject in subjects.items():
            if own not in numbers:
                numbers[own] = (await self._record(organization, subject)).number
        return numbers

    async def target(self, organization: str, kind: Kind, number: int) -> str | None:
        """The id of the thing with this number; ``None`` for one that was never given."""
        found = await self._with_number(organization, number)
        if found is None or not found.subject.startswith(f"{kind.value}:"):
            return None
        return found.subject.partition(":")[2]

    async def of_parts(
        self, organization: str, kind: Kind, identity: str, names: Sequence[str]
    ) -> dict[str, int]:
        """The numbers of a thing's parts, by their names; new names get the next ones.

        ``names`` must not number more than ``PARTS``, with those that were there before.
        """
        record = await self._record(organization, subject_of(kind, identity))
        known = set(record.parts)
        if any(it not in known for it in names):
            record = await self._extended(organization, record, names)
        places = {name: place for place, name in enumerate(record.parts, start=1)}
        return {it: record.number * PARTS + places[it] for it in names}

    async def part(self, organization: str, kind: Kind, number: int) -> tuple[str, str] | None:
        """The id of the thing that a part belongs to and the part's name, or ``None``."""
        whole, place = divmod(number, PARTS)
        found = await self._with_number(organization, whole)
        if found is None or not found.subject.startswith(f"{kind.value}:"):
            return None
        if not 1 <= place <= len(found.parts):
            return None
        return found.subject.partition(":")[2], found.parts[place - 1]

    @staticmethod
    def page(document: int, number: int) -> int:
        """The number of a page (counted from 0) of a document with this number."""
        return document * PARTS + number + 1

    @staticmethod
    def page_of(number: int) -> tuple[int, int]:
        """The document's number and the page's, counted from 0."""
        document, page = divmod(number, PARTS)
        return document, page - 1

    async def _with_number(self, organization: str, number: int) -> Numbered | None:
        digits = str(number)
        if number < 1 or len(digits) > _MOST_DIGITS:
            return None
        return await self._records(organization).find("digits", digits)

    async def _record(self, organization: str, subject: str) -> Numbered:
        records = self._records(organization)
        identity = numbered_id(organization, subject)
        for _ in range(_TRIES):
            found = await records.get(identity)
            if found is not None:
                return found
            number = await self._next(organization)
            made = Numbered(
                id=identity, organization=organization, subject=subject, digits=str(number)
            )
            try:
                await records.insert(made)
            except AlreadyExistsError:
                continue  # by another that tells of it for the first time too
            return made
        raise Transient(Code.UNAVAILABLE, retry_after=1)

    async def _next(self, organization: str) -> int:
        records = self._records(organization)
        counter = numbered_id(organization, "")
        for _ in range(_TRIES):
            stored = await records.change(counter, lambda it: it.copy_with(last=it.last + 1))
            if stored is not None:
                return stored.last
            try:
                await records.insert(
                    Numbered(id=counter, organization=organization, subject="", last=0)
                )
            except AlreadyExistsError:
                continue
        raise Transient(Code.UNAVAILABLE, retry_after=1)

    async def _extended(
        self, organization: str, record: Numbered, names: Sequence[str]
    ) -> Numbered:
        def step(stored: Numbered) -> Numbered:
            known = set(stored.parts)
            new = [it for it in dict.fromkeys(names) if it not in known]
            return stored.copy_with(parts=[*stored.parts, *new]) if new else stored

        records = self._records(organization)
        stored = await records.change(record.id, step) or await records.get(record.id)
        if stored is None:
            raise Transient(Code.UNAVAILABLE, retry_after=1)  # removed with its document
        return stored

    def _records(self, organization: str) -> Repository[Numbered]:
        return self._store.of(Tenant(organization), NUMBERED)
