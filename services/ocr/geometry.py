"""From the upright frame in which a page is read back to the page as its file shows it."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]  # n x 4: x0, y0, x1, y1


@dataclass(frozen=True, slots=True)
class Frame:
    """An affine map ``x' = a x + b y + e``, ``y' = c x + d y + f``.

    It takes a place in one frame (such as a turned picture) to the place in another.
    """

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    @classmethod
    def scaled(cls, factor: float, x: float = 0.0, y: float = 0.0) -> Self:
        """Scales by ``factor``, then moves by ``x`` and ``y``."""
        return cls(a=factor, d=factor, e=x, f=y)

    @classmethod
    def unturned(cls, rotation: int, width: float, height: float) -> Self:
        """Undoes a clockwise turn by ``rotation`` of a page of ``width`` x ``height``.

        Those are its sizes before the turn.
        """
        if rotation == 90:  # noqa: PLR2004
            return cls(0, 1, -1, 0, 0, height)
        if rotation == 180:  # noqa: PLR2004
            return cls(-1, 0, 0, -1, width, height)
        if rotation == 270:  # noqa: PLR2004
            return cls(0, -1, 1, 0, width, 0)
        return cls()

    @classmethod
    def untilted(cls, degrees: float, width: float, height: float) -> Self:
        """Undoes a counter-clockwise turn by ``degrees`` about a picture's centre."""
        cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        x, y = width / 2, height / 2
        return cls(
            cosine, -sine, sine, cosine,
            x - cosine * x + sine * y, y - sine * x - cosine * y,
        )  # fmt: skip

    def then(self, after: "Frame") -> "Frame":
        """This map, followed by ``after``."""
        return Frame(
            after.a * self.a + after.b * self.c,
            after.a * self.b + after.b * self.d,
            after.c * self.a + after.d * self.c,
            after.c * self.b + after.d * self.d,
            after.a * self.e + after.b * self.f + after.e,
            after.c * self.e + after.d * self.f + after.f,
        )

    def boxes(self, boxes: Boxes) -> Boxes:
        """The upright boxes around the images of ``boxes``."""
        if self == Frame():
            return boxes
        x0, y0, x1, y1 = boxes.T
        xs = np.stack([self.a * x + self.b * y + self.e for x in (x0, x1) for y in (y0, y1)])
        ys = np.stack([self.c * x + self.d * y + self.f for x in (x0, x1) for y in (y0, y1)])
        return np.stack([xs.min(0), ys.min(0), xs.max(0), ys.max(0)], axis=1)
