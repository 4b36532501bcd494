"""From the upright frame in which a page is read back to the page as its file shows it."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]  # n x 4: x0, y0, x1, y1
Points = NDArray[np.float64]  # n x 2: x, y


@dataclass(frozen=True, slots=True)
class Frame:
    """A map ``x' = (a x + b y + e) / w``, ``y' = (c x + d y + f) / w``, ``w = g x + h y + 1``.

    It takes a place in one frame (such as a turned picture) to the place in another. It is
    affine where ``g`` and ``h`` are 0, as everywhere but on photos.
    """

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0
    g: float = 0.0
    h: float = 0.0

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

    @classmethod
    def spanned(cls, width: float, height: float, corners: Points) -> Self:
        """Takes a rectangle at the origin to the convex quadrilateral ``corners``.

        Those are 4 x 2: the images of top left, top right, bottom right and bottom left.
        Source: Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989, 2.2.3.
        """
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners.tolist()
        sum_x, sum_y = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
        along_x, along_y, down_x, down_y = x1 - x2, y1 - y2, x3 - x2, y3 - y2
        area = along_x * down_y - down_x * along_y
        g = (sum_x * down_y - down_x * sum_y) / area
        h = (along_x * sum_y - sum_x * along_y) / area
        return cls(
            (x1 - x0 + g * x1) / width, (x3 - x0 + h * x3) / height,
            (y1 - y0 + g * y1) / width, (y3 - y0 + h * y3) / height,
            x0, y0, g / width, h / height,
        )  # fmt: skip

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The map as a 3 x 3 matrix of homogeneous coordinates."""
        return np.array([[self.a, self.b, self.e], [self.c, self.d, self.f], [self.g, self.h, 1.0]])

    def then(self, after: "Frame") -> "Frame":
        """This map, followed by ``after``."""
        if self.g or self.h or after.g or after.h:
            both = after.matrix @ self.matrix
            (a, b, e), (c, d, f), (g, h, _) = (both / both[2, 2]).tolist()
            return Frame(a, b, c, d, e, f, g, h)
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
        if self.g or self.h:
            depths = [self.g * x + self.h * y + 1 for x in (x0, x1) for y in (y0, y1)]
            xs, ys = xs / depths, ys / depths
        return np.stack([xs.min(0), ys.min(0), xs.max(0), ys.max(0)], axis=1)

    def points(self, points: Points) -> Points:
        """The images of ``points``."""
        images = np.column_stack([points, np.ones(len(points))]) @ self.matrix.T
        return images[:, :2] / images[:, 2:]

    def text_angle(self, x: float, y: float) -> float:
        """How far a level line through a place is turned counter-clockwise, in degrees."""
        (x0, y0), (x1, y1) = self.points(np.array([[x - 0.5, y], [x + 0.5, y]])).tolist()
        return math.degrees(math.atan2(y0 - y1, x1 - x0))
