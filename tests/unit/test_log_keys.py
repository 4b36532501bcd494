"""What the code has logged gets into the log: a key that is not on the list would vanish."""

import ast
from collections.abc import Iterator
from pathlib import Path

from shared.telemetry.logs import ALLOWED

ROOT = Path(__file__).parents[2]
KNOWN = ALLOWED | {"exc_info"}  # which becomes "exception"
_CALLS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


def logged(source: str) -> Iterator[tuple[int, str]]:
    """The line and name of each key that a logger is given."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr in _CALLS and "log" in ast.unparse(node.func.value):
            yield from ((node.lineno, it.arg) for it in node.keywords if it.arg)


def test_a_key_is_seen_wherever_the_logger_is() -> None:
    source = 'self._log.info("a", one=1)\nget_logger("x").warning("b", two=2, **more)\nf(x=3)'
    assert list(logged(source)) == [(1, "one"), (2, "two")]


def test_each_key_that_is_logged_is_on_the_list() -> None:
    lost, seen = [], 0
    for folder in ("services", "shared"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for line, key in logged(path.read_text()):
                seen += 1
                if key not in KNOWN:
                    lost.append(f"{path.relative_to(ROOT)}:{line}: {key}")
    assert not lost, "rename it to one that ALLOWED has, or add it there if it is never personal"
    assert seen > 50
