"""The languages that a document is in, told by the labels, heads and titles that it has."""

from collections import defaultdict

from services.extract.lexicon import LANGUAGES, lexicon
from services.extract.sheet import Segment, Sheet

_EVERYWHERE = "en"  # papers of all countries have English labels
_FEWEST = 2  # phrases that English has not: one may be a name, or misread
_FEWEST_ENGLISH = 3
_LONG = 9  # letters: names are seldom labels of that length


def languages_of(sheet: Sheet) -> frozenset[str]:
    """The languages that ``sheet`` speaks, English among them; all where it speaks too little."""
    spoken = lexicon().spoken
    heard: dict[str, set[str]] = defaultdict(set)
    for segment in sheet.segments:
        for phrase in _phrases(segment):
            for language in spoken[phrase]:
                heard[language].add(phrase)
    english = heard.pop(_EVERYWHERE, set())
    own = frozenset(it for it, phrases in heard.items() if _is_enough(phrases - english))
    if not own and len(english) < _FEWEST_ENGLISH:
        return frozenset(LANGUAGES)
    return own | {_EVERYWHERE}


def _is_enough(phrases: set[str]) -> bool:
    """Whether they are too many, or one too long, to stand there by chance."""
    return len(phrases) >= _FEWEST or any(len(each) >= _LONG for each in phrases)


def _phrases(segment: Segment) -> set[str]:
    """The longest phrases that stand in ``segment``, compact."""
    known, words, found = lexicon(), segment.words, set()
    for at, first in enumerate(words):
        joined, longest = "", ""
        for word in words[at:] if first else ():
            joined += word
            if joined in known.spoken:
                longest = joined
            if not known.may_go_on(joined):
                break
        if longest:
            found.add(longest)
    return found
