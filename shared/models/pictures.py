"""The sizes that pictures of pages come in."""

from enum import StrEnum


class PictureSize(StrEnum):
    """Small is for lists, normal to be read on a screen, large for who looks closer."""

    SMALL = "small"
    NORMAL = "normal"
    LARGE = "large"


PICTURE_LIMITS = {
    PictureSize.SMALL: (160, 320),
    PictureSize.NORMAL: (1000, 4000),
    PictureSize.LARGE: (2000, 6000),
}
"""Width and height in pixels that a picture is drawn within; high ones are for receipts."""
