"""A sheet on a photo made a picture of its own: straight, and evenly lit."""

import cv2
import numpy as np

from services.ocr.geometry import Frame, Points
from services.ocr.photo.scene import Grey
from services.ocr.sources import Picture

_MARGIN = 0.004  # of its sides is a sheet taken larger: its edge is known no better
_COARSE_SIDE = 300  # pixels: light changes slowly
_INK = 0.06  # of the longer side: what is thinner is ink and no shadow
_PAPER = 245.0  # how bright it becomes


def rectified(picture: Picture, corners: Points) -> Picture:
    """The sheet with ``corners`` (in pixels, as ``find_sheets`` gives them), its light evened.

    It has about as many pixels as in ``picture``, but for what perspective took.
    """
    top, right, bottom, left = np.linalg.norm(np.roll(corners, -1, 0) - corners, axis=1).tolist()
    width, height = max(1, round((top + bottom) / 2)), max(1, round((left + right) / 2))
    side_x, side_y = _MARGIN * width, _MARGIN * height
    inner = Frame.spanned(width, height, corners)
    around = [[-side_x, -side_y], [width + side_x, -side_y],
              [width + side_x, height + side_y], [-side_x, height + side_y]]  # fmt: skip
    frame = Frame.spanned(width, height, inner.points(np.array(around)))
    # OpenCV counts from the middle of the first pixel, frames from its corner.
    to_corner, to_middle = Frame(e=0.5, f=0.5), Frame(e=-0.5, f=-0.5)
    warp = to_corner.then(frame).then(to_middle).matrix
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(
        picture.pixels, warp, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return Picture(evenly_lit(np.asarray(flat, np.uint8)), frame.then(picture.frame))


def evenly_lit(pixels: Grey) -> Grey:
    """``pixels`` with shadows taken away: divided by the light on the paper around."""
    scale = min(1.0, _COARSE_SIDE / max(pixels.shape))
    coarse = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    reach = int(_INK * max(coarse.shape)) | 1
    light = cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    light = cv2.GaussianBlur(light, (reach, reach), 0)
    light = cv2.resize(light, pixels.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(pixels, light, scale=_PAPER), np.uint8)
