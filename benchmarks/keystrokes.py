"""How long what is done by keys takes: the keystroke-level model.

S. K. Card, T. P. Moran, A. Newell: The keystroke-level model for user performance time with
interactive systems. Communications of the ACM 23 (7), 1980, 396 to 410. Its times are those of an
expert who makes no mistakes; it has none for reading a page, so it tells the least.
"""

from dataclasses import dataclass

KEY = 0.28
"""Seconds a key takes an average typist who is no secretary (40 words a minute)."""
MENTAL = 1.35
"""Seconds of preparing for a step that is decided upon."""


@dataclass(frozen=True, slots=True)
class Keystrokes:
    """Keys pressed, and steps that were decided upon before."""

    keys: int
    decisions: int

    @property
    def seconds(self) -> float:
        """What the model says they take."""
        return KEY * self.keys + MENTAL * self.decisions

    def __add__(self, other: "Keystrokes") -> "Keystrokes":
        return Keystrokes(self.keys + other.keys, self.decisions + other.decisions)
