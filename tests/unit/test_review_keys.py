"""The keys of the review screen: one table, no key with two meanings, each of them told."""

import re
from collections import Counter
from pathlib import Path

STATIC = Path("services/ingest/console/static")
_ROW = re.compile(r'{ key: "([^"]+)", where: "(\w+)", act: "(\w+)", tells: "([^"]+)" }')
_WITHIN = {
    "cell": {"table", "field"},
    "table": {"field", "any"},
    "field": {"any"},
    "page": {"any"},
    "outside": {"any"},
    "any": set(),
}
_NEVER = {
    "Tab",
    "Shift+Tab",
    "Ctrl+ArrowLeft",
    "Ctrl+ArrowRight",
    "Alt+ArrowLeft",
    "ArrowLeft",
    "Ctrl+c",
    "Ctrl+v",
    "Ctrl+x",
    "Ctrl+z",
    "Ctrl+a",
    "Home",
    "End",
    "Delete",
    "Backspace",
}


def rows() -> list[tuple[str, str, str, str]]:
    text = (STATIC / "review-keys.js").read_text()
    found = _ROW.findall(text)
    assert len(found) == text.count("{ key: ")
    return found


def test_no_key_means_two_things_at_a_place() -> None:
    places = [(key, where) for key, where, _, _ in rows()]
    assert [it for it, count in Counter(places).items() if count > 1] == []
    for key, where in places:  # nor is one hidden by a nearer one
        hidden = [(key, it) for it in _WITHIN[where]]
        assert not set(hidden) & set(places), (key, where)


def test_nothing_that_edits_text_is_taken_in_a_field() -> None:
    taken = {key for key, where, _, _ in rows() if where in {"field", "cell", "table", "any"}}
    assert not taken & _NEVER
    assert all(len(key) > 1 for key in taken)  # single letters only outside


def test_every_act_is_there_and_every_key_is_documented() -> None:
    acts = (STATIC / "review.js").read_text()
    table = Path("docs/console.md").read_text()
    for key, _, act, _ in rows():
        assert re.search(rf"\b{act}\b[:,]", acts), act
        said = {"Escape": "Esc", "Space": "Space", "ArrowUp": "Up", "ArrowDown": "Down",
                "ArrowLeft": "arrows", "ArrowRight": "arrows", "j": "J", "k": "K"}  # fmt: skip
        assert said.get(key, key) in table, key
