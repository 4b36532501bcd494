"""A font to draw lines in."""

from dataclasses import dataclass
from pathlib import Path

HELD_OUT = (
    "LiberationSans-Regular", "DejaVuSerif", "OpenSans-Regular", "CourierPrime-Regular",
    "Carlito-Regular", "mononoki-Regular", "FiraCode-Regular", "Cousine-Regular",
    "C059-Roman", "PTSans", "OCRB",
)  # fmt: skip
"""Measured on, never trained on."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font file and the symbols it can write."""

    path: Path
    symbols: frozenset[str]

    @property
    def held_out(self) -> bool:
        """Whether it is for measuring only."""
        return self.path.stem in HELD_OUT

    @property
    def is_italic(self) -> bool:
        """Whether its name says that it is slanted."""
        return self.path.stem.lower().endswith(("italic", "oblique", "-it", "-i", "ri", "bi"))
