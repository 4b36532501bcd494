"""The words that documents use: labels, titles and months in several languages, as data."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import chain

from rapidfuzz.distance import Levenshtein

from services.extract.wording import compact, plain

LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "no", "fi", "cs", "sk", "hu", "ro",
)  # fmt: skip
COLUMNS = frozenset(
    {
        "description",
        "quantity",
        "unit_price",
        "line_total",
        "position",
        "article_number",
        "tax_rate",
        "unit",
        "discount_column",
    }
)
_SHORTEST_MENDED = 5
_SHORTEST_MENDED_TWICE = 10
_BEGINNING = 3  # letters: words end alike far more often than they begin alike
_MOST_WORDS = 6  # of a phrase, where none has more

Concepts = frozenset[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Compact phrases with what they stand for.

    ``near`` finds those with one letter wrong, ``long`` has long ones by how they begin. ``spoken``
    tells what a phrase stands for in each of its languages; of others than ``only`` none is found.
    """

    exact: dict[str, Concepts]
    near: dict[str, str] = field(default_factory=dict)
    long: dict[str, list[str]] = field(default_factory=dict)
    most_words: int = _MOST_WORDS
    beginnings: frozenset[str] = frozenset()
    spoken: Mapping[str, Mapping[str, Concepts]] = field(default_factory=dict)
    only: frozenset[str] | None = None

    def in_languages(self, languages: frozenset[str]) -> "Phrases":
        """Those of ``languages``, and those of no language."""
        return replace(self, only=languages)

    def find(self, text: str) -> Concepts | None:
        """The concepts of a compact phrase, spelled exactly so."""
        found = self.exact.get(text)
        if found is None or self.only is None or (spoken := self.spoken.get(text)) is None:
            return found
        return frozenset[str]().union(*(spoken[it] for it in self.only & spoken.keys())) or None

    def may_begin(self, text: str) -> bool:
        """Whether some phrase, spelled exactly so, begins with ``text``."""
        return text in self.beginnings

    def find_near(self, text: str, *, twice: bool = False) -> Concepts | None:
        """The same, also when a letter was misread, lost or added; ``twice``: of long ones two."""
        if len(text) < _SHORTEST_MENDED:
            return None
        for variant in (text, *_deletions(text)):
            if (phrase := self.near.get(variant)) and (found := self.find(phrase)):
                return found
        is_long = len(text) >= _SHORTEST_MENDED_TWICE
        return self._find_twice_misread(text) if twice and is_long else None

    def _find_twice_misread(self, text: str) -> Concepts | None:
        alike = self.long.get(text[:_BEGINNING], ())
        found = [it for it in alike if Levenshtein.distance(it, text, score_cutoff=2) <= 2]
        meant = {concepts for each in found if (concepts := self.find(each)) is not None}
        return meant.pop() if len(meant) == 1 else None  # else it may be either


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All languages together: ``labels`` beside values, ``columns`` heads of tables.

    ``titles`` names document types by their title words, ``months`` gives month numbers;
    ``inclusive`` and ``exclusive`` are words that say whether tax is in a sum, ``spoken`` has the
    languages of each phrase.
    """

    labels: Phrases
    columns: Phrases
    titles: Phrases
    months: dict[str, int]
    inclusive: frozenset[str]
    exclusive: frozenset[str]
    spoken: dict[str, frozenset[str]]

    def may_go_on(self, text: str) -> bool:
        """Whether some label, head or title begins with ``text``."""
        return any(it.may_begin(text) for it in (self.labels, self.columns, self.titles))


@cache
def lexicon() -> Lexicon:
    """The lexicon of all languages, read once per process."""
    labels: list[tuple[str, str]] = []
    meant: dict[str, dict[str, Concepts]] = defaultdict(dict)
    spoken: dict[str, set[str]] = defaultdict(set)
    titles: list[tuple[str, str]] = []
    months: dict[str, int] = {}
    inclusive: set[str] = set()
    exclusive: set[str] = set()
    for language in LANGUAGES:
        data = json.loads(resources.files(__name__).joinpath(f"{language}.json").read_bytes())
        labels.extend(_pairs(data["labels"]))
        for phrase, concept in _pairs(data["labels"]):
            by_language = meant[compact(phrase)]
            if concept not in COLUMNS:
                by_language[language] = by_language.get(language, frozenset()) | {concept}
        for phrase, _ in [*_pairs(data["labels"]), *_pairs(data["titles"])]:
            spoken[compact(phrase)].add(language)
        titles.extend(_pairs(data["titles"]))
        for number, names in enumerate(data["months"], start=1):
            months.update((plain(name), number) for name in names)
        inclusive.update(map(compact, data["inclusive"]))
        exclusive.update(map(compact, data["exclusive"]))
    return Lexicon(
        labels=replace(phrases(pair for pair in labels if pair[1] not in COLUMNS), spoken=meant),
        columns=phrases(pair for pair in labels if pair[1] in COLUMNS),
        titles=phrases(titles),
        months=months,
        inclusive=frozenset(inclusive),
        exclusive=frozenset(exclusive - inclusive),
        spoken={phrase: frozenset(languages) for phrase, languages in spoken.items()},
    )


def phrases(pairs: Iterable[tuple[str, str]]) -> Phrases:
    """Phrases from pairs of printed phrase and concept."""
    exact: dict[str, set[str]] = {}
    most = _MOST_WORDS
    for phrase, concept in pairs:
        if key := compact(phrase):
            exact.setdefault(key, set()).add(concept)
            most = max(most, phrase.count(" ") + 1)
    near: dict[str, str] = {}
    for key in exact:
        if len(key) >= _SHORTEST_MENDED:
            for variant in chain((key,), _deletions(key)):
                near.setdefault(variant, key)
    long: dict[str, list[str]] = {}
    for key in exact:
        if len(key) >= _SHORTEST_MENDED_TWICE:
            long.setdefault(key[:_BEGINNING], []).append(key)
    return Phrases(
        {key: frozenset(concepts) for key, concepts in exact.items()},
        near,
        long,
        most_words=most,
        beginnings=beginnings(exact),
    )


def beginnings(words: Iterable[str]) -> frozenset[str]:
    """Everything that one of ``words`` begins with, so that a search can stop early."""
    return frozenset(word[:end] for word in words for end in range(1, len(word) + 1))


def _pairs(section: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(phrase, concept) for concept, found in section.items() for phrase in found]


def _deletions(text: str) -> list[str]:
    return [text[:at] + text[at + 1 :] for at in range(len(text))]
