"""The box of a line of text."""

from dataclasses import dataclass


@dataclass(slots=True)
class InkLine:
    """A text line: its ink's box in pixels, right and bottom exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def height(self) -> int:
        """How high the ink is."""
        return self.y1 - self.y0

    @property
    def width(self) -> int:
        """How wide the ink is."""
        return self.x1 - self.x0

    def union(self, other: "InkLine") -> "InkLine":
        """The box around both."""
        return InkLine(
            min(self.x0, other.x0), min(self.y0, other.y0),
            max(self.x1, other.x1), max(self.y1, other.y1),
        )  # fmt: skip
