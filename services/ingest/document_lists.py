"""Which documents somebody wants to see: filters as they are given, read into a query.

The same filters serve the list, its count, exports, actions on many, and the console.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.ingest.tags import Tags
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.http.filters import TIME_FILTERS, moment
from shared.http.paging import Page, Pager, PageRequest
from shared.models.document import Document, DocumentState
from shared.search.terms import MOST_CHARACTERS, Place, Search, read_search
from shared.store.port import Query, Repository, Store

EQUALS = ("state", "type", "workspace", "reference", "parent", "sha256", "review", "source")
SPANS = ("confidence_from", "confidence_below")
WORDS = ("search", "name")
FILTERS = (*EQUALS, *SPANS, *WORDS, "tag", *TIME_FILTERS)
REVIEWS = ("needed", "done")
SOURCES = ("upload", "url", "mail")
MOST_TAGGED = 10_000
"""Documents of one tag among which is looked."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "state": tuple(DocumentState),
    "review": REVIEWS,
    "source": SOURCES,
}


@dataclass(frozen=True, slots=True)
class DocumentList:
    """A query, and a condition beside it for which the store has no index."""

    query: Query
    wanted: Callable[[Document], bool] | None = None


async def read_list(store: Store, principal: Principal, filters: Mapping[str, str]) -> DocumentList:
    """The list that filters (none of them empty) ask for; raises ``Permanent(BAD_REQUEST)``."""
    for name, choices in _CHOICES.items():
        if name in filters and filters[name] not in choices:
            raise Permanent(Code.BAD_REQUEST, f"{name} must be one of {', '.join(choices)}.")
    query = Query(
        equals={name: filters[name] for name in EQUALS if name in filters},
        created_after=moment(filters, "created_after"),
        created_before=moment(filters, "created_before"),
        at_least=_span(filters, "confidence_from"),
        below=_span(filters, "confidence_below"),
        search=(*_words(filters, "search"), *_words(filters, "name", Place.NAME)),
    )
    if "tag" not in filters:
        return DocumentList(query)
    tags = Tags(store)
    named = {it.id for it in await tags.all(principal) if filters["tag"] in (it.id, it.name)}
    tagged = set(await tags.documents_with(principal, named, MOST_TAGGED))
    return DocumentList(query, lambda it: it.id in tagged)


async def document_page(
    pager: Pager, asked: PageRequest, documents: Repository[Document], wanted: DocumentList
) -> Page[Document]:
    """A page of the list; short, maybe empty, with more to come, where it has a condition."""
    if wanted.wanted is None:
        return await pager.page(asked, documents, wanted.query)
    return await pager.page_where(asked, documents, wanted.query, wanted.wanted)


def _span(filters: Mapping[str, str], name: str) -> dict[str, float]:
    if name not in filters:
        return {}
    try:
        number = float(filters[name])
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 1.0:
        raise Permanent(Code.BAD_REQUEST, f"{name} must be a number from 0 to 1.")
    return {"confidence": number}


def _words(filters: Mapping[str, str], name: str, place: Place = Place.ANYWHERE) -> Search:
    if name not in filters:
        return ()
    if len(filters[name]) > MOST_CHARACTERS:
        detail = f"{name} may have {MOST_CHARACTERS} characters at most."
        raise Permanent(Code.BAD_REQUEST, detail)
    terms = read_search(filters[name], place)
    if not terms:
        raise Permanent(Code.BAD_REQUEST, f"{name} must have a letter or a digit.")
    return terms
