"""How a record lies in MongoDB, and the indexes over it, derived from the collection.

``body`` is the record as plain JSON values. Beside it stands what is searched by:
``filters``, ``measures``, ``unique``, ``schedule`` and ``standing``, computed at every write, a
field only where there is a value, times as BSON dates. ``write`` names the write that made this
state, so that one whose answer was lost can be recognised. ``search`` are the words that a record
is found by, the one part that a write of the record leaves as it is.
"""

import json
from typing import Any, Generic, TypeVar

from shared.models.base import Record
from shared.search.words import Words, name_tokens
from shared.store.collections import Collection
from shared.store.mongo.driver import Bson, Index
from shared.store.mongo.searching import BY_WORD, WORDS, stored

R = TypeVar("R", bound=Record)

NEWEST_FIRST = (("created", -1), ("_id", -1))
OLDEST_FIRST = (("created", 1), ("_id", 1))  # the same indexes, read from their other end


class Layout(Generic[R]):
    """The documents of ``collection``."""

    def __init__(self, collection: Collection[R]) -> None:
        self.collection = collection
        self.name = collection.name

    def encode(self, record: R, write: str, *, as_text: bool = False) -> Bson:
        """The document; its body as JSON text when BSON has no form for some value of it."""
        body = record.model_dump_json() if as_text else record.model_dump(mode="json")
        return {
            "_id": record.id,
            "organization": record.organization,
            "rev": record.rev,
            "created": record.created,
            "write": write,
            **self.derived(record),
            "body": body,
        }

    def new(self, record: R, write: str, *, as_text: bool = False) -> Bson:
        """The document of a new record, which searches find by its headline."""
        return {**self.encode(record, write, as_text=as_text), **self.first_words(record)}

    def first_words(self, record: R) -> Bson:
        """What searches find a record by that nobody gave more words."""
        if self.collection.headline is None:
            return {}
        return stored(Words(name_tokens(self.collection.headline(record))))

    def decode(self, document: Bson) -> R:
        """The record."""
        body = document["body"]
        if isinstance(body, str):
            body = json.loads(body)
        return self.collection.model.model_validate(body)

    def derived(self, record: R) -> Bson:
        """What the record is searched by."""
        collection = self.collection
        names = (*collection.unique, *collection.unique_everywhere)
        schedule, standing = collection.schedule(record), collection.standing(record)
        return {
            "filters": _present({name: read(record) for name, read in collection.filters.items()}),
            "measures": _present(
                {name: measure(record) for name, measure in collection.measures.items()}
            ),
            "unique": _present({name: getattr(record, name) for name in names}),
            "schedule": _present(
                {
                    "outbox_due": schedule.outbox_due,
                    "stage": schedule.stage.value if schedule.stage else None,
                    "idle_since": schedule.idle_since,
                    "unannounced_since": schedule.unannounced_since,
                    "unindexed_since": schedule.unindexed_since,
                    "expires": schedule.expires,
                }
            ),
            "standing": _present(
                {
                    "place": str(standing.place) if standing.place else None,
                    "since": standing.since,
                    "passed": standing.passed,
                    "passed_at": standing.passed_at,
                }
            ),
        }

    def indexes(self) -> list[Index]:
        """All that the searches of this adapter name or need."""
        collection = self.collection
        # The workspace comes last so that lists of tenants limited to some workspaces are
        # sifted inside the index, without fetching the documents.
        sift = (("filters.workspace", 1),) if collection.by_workspace else ()
        found = [
            Index("all", NEWEST_FIRST),
            Index("newest", (("organization", 1), *NEWEST_FIRST, *sift)),
        ]
        for name in collection.filters:
            narrowed = (("organization", 1), (f"filters.{name}", 1), *NEWEST_FIRST)
            last = sift if name != "workspace" else ()
            found.append(Index(f"by_{name}", (*narrowed, *last)))
        if collection.searched:
            led = (("organization", 1), (WORDS, 1), *NEWEST_FIRST)
            found.append(Index(BY_WORD, (*led, *sift)))
        for name in collection.unique:
            field = f"unique.{name}"
            keys = (("organization", 1), (field, 1))
            found.append(Index(f"one_{name}", keys, unique=True, present=field))
        for name in collection.unique_everywhere:
            field = f"unique.{name}"
            found.append(Index(f"one_{name}", ((field, 1),), unique=True, present=field))
        if collection.scheduled:
            found.extend((*_backlog_indexes(), *_queue_indexes(sift)))
        return found


def _backlog_indexes() -> list[Index]:
    due, stage = "schedule.outbox_due", "schedule.stage"
    idle, unannounced = "schedule.idle_since", "schedule.unannounced_since"
    expires, unindexed = "schedule.expires", "schedule.unindexed_since"
    return [
        Index("due", ((due, 1),), present=due),
        Index("idle", ((stage, 1), (idle, 1)), present=idle),
        Index("unannounced", ((unannounced, 1),), present=unannounced),
        Index("unindexed", ((unindexed, 1),), present=unindexed),
        Index("expired", ((expires, 1),), present=expires),
    ]


def _queue_indexes(sift: tuple[tuple[str, int], ...]) -> list[Index]:
    place, since = "standing.place", "standing.since"
    passed, passed_at = "standing.passed", "standing.passed_at"
    line, whose = ((place, 1), (since, 1)), ("organization", 1)
    return [
        Index("standing", line, present=place),
        Index("own_standing", (whose, *line, *sift), present=place),
        Index("passed", ((passed, 1), (passed_at, 1), whose, *sift), present=passed),
    ]


def _present(values: dict[str, Any]) -> Bson:
    return {name: value for name, value in values.items() if value is not None}
