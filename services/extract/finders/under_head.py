"""Finds the value of a label that stands under a head: the name of the receiver, not the sender's.

``Receiver name`` is ``Name`` below ``Receiver`` where a form asks the same of several.
"""

from collections.abc import Iterator

from services.extract.finders import Found
from services.extract.finders.labelled import find_labelled
from services.extract.labels import Hit, LabelMap
from services.extract.lexicon import phrases
from services.extract.reading import Reading
from services.extract.wording import split_name
from shared.models.schema import FieldSpec

_EDGE = 0.8  # of the height, between the left edges of a head and of the labels below it
_MOST_ROWS = 12  # from a head down to a label
_MOST_WORDS = 6


def find_under_head(reading: Reading, spec: FieldSpec, others: frozenset[int]) -> Found | None:
    """The value beside the label that stands first below a head, both in the words of a label."""
    for phrase in dict.fromkeys((*spec.synonyms, split_name(spec.name))):
        words = phrase.split()
        for cut in range(1, len(words)) if len(words) <= _MOST_WORDS else ():
            named = phrases([(" ".join(words[cut:]), spec.name)])
            at = next(_below(reading, " ".join(words[:cut]), LabelMap(reading.sheet, named)), None)
            if at is None:
                continue
            index = at.tokens[0].index
            found = find_labelled(
                reading,
                spec.type,
                named,
                spec.name,
                others,
                trusted=lambda hit, index=index: hit.tokens[0].index == index,  # type: ignore[misc]
            )
            if found is not None:
                return found
    return None


def _below(reading: Reading, head: str, labels: LabelMap) -> Iterator[Hit]:
    """The labels below lines that are nothing but ``head``, nearest first."""
    own = labels.all()
    if not own:
        return
    for hit in LabelMap(reading.sheet, phrases([(head, "head")])).all():
        if not (hit.opens and hit.closes):
            continue
        edge = _EDGE * hit.segment.height
        for label in own:
            rows = label.segment.row - hit.segment.row
            is_near = 0 < rows <= _MOST_ROWS and label.segment.page == hit.segment.page
            if is_near and label.opens and abs(label.x0 - hit.x0) < edge:
                yield label
