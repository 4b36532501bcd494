"""What extraction is worth on a layout that nobody wrote for, as far as that can be computed.

Nothing of a real invoice was trained on; what an unseen layout has of its own is its words. So
for each supplier's invoices the lexicon is cut down to the labels and heads of columns that
invoices of others bear out: the other suppliers of the set, and those made by code, whose labels
were not taken from the lexicon. Without the made ones whole languages are left out.
Names of months, of currencies and of kinds of documents stay.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from benchmarks.dataset import Document
from benchmarks.made_invoices import made_invoices, page_of
from services.extract.labels import LabelMap
from services.extract.laying import lay_out
from services.extract.lexicon import Phrases, lexicon, phrases
from services.extract.wording import compact
from shared.models.page import Page

_MADE = 160


@dataclass(frozen=True)
class Borne:
    """The phrases of the lexicon that stand on some documents."""

    labels: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()

    def __or__(self, other: "Borne") -> "Borne":
        return Borne(self.labels | other.labels, self.columns | other.columns)


def borne_by(pages: Sequence[Page]) -> Borne:
    """Those on one document."""
    sheet = lay_out(pages)
    known = lexicon()
    return Borne(
        *(
            frozenset(
                "".join(compact(token.text) for token in hit.tokens)
                for hit in LabelMap(sheet, each).all()
            )
            for each in (known.labels, known.columns)
        )
    )


def borne_by_made() -> Borne:
    """Those on invoices made by code."""
    return _all([borne_by(page_of(cells)) for _, cells in made_invoices(_MADE)])


def with_labels_hidden(pages: Sequence[Page], share: float, seed: str) -> Borne:
    """All that the lexicon has but a ``share``, drawn by ``seed``, of the labels on a document."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    hidden = {it for it in sorted(borne_by(pages).labels) if chance.random() < share}
    known = lexicon()
    return Borne(frozenset(known.labels.exact) - hidden, frozenset(known.columns.exact))


def layouts(documents: Sequence[tuple[Document, list[Page]]], made: Borne) -> dict[str, Borne]:
    """For each supplier of ``documents`` what is known where its own are left out."""
    own: dict[str, list[Borne]] = defaultdict(list)
    for document, pages in documents:
        own[document.group].append(borne_by(pages))
    return {
        group: made
        | _all([each for other, found in own.items() if other != group for each in found])
        for group in own
    }


@contextmanager
def knowing_only(borne: Borne) -> Iterator[None]:
    """Let this process know no labels and heads of columns but those."""
    whole = lexicon()
    labels, columns = whole.labels, whole.columns
    try:
        # The one lexicon of the process is frozen for good reason; only a measurement may touch it.
        object.__setattr__(whole, "labels", _cut(labels, borne.labels))
        object.__setattr__(whole, "columns", _cut(columns, borne.columns))
        yield
    finally:
        object.__setattr__(whole, "labels", labels)
        object.__setattr__(whole, "columns", columns)


def _cut(whole: Phrases, kept: frozenset[str]) -> Phrases:
    pairs = whole.exact.items()
    cut = phrases((text, each) for text, concepts in pairs if text in kept for each in concepts)
    return replace(cut, spoken=whole.spoken)


def _all(found: Sequence[Borne]) -> Borne:
    borne = Borne()
    for each in found:
        borne |= each
    return borne
