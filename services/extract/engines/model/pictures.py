"""Pictures of pages in the one format that every endpoint takes."""

import io

MAX_SIDE = 1600
"""Pixels; models make larger pictures smaller themselves."""
_QUALITY = 85


def as_jpeg(picture: bytes) -> bytes:
    """A picture of ours as JPEG of at most ``MAX_SIDE`` pixels."""
    if picture[:2] == b"\xff\xd8":
        return picture
    from PIL import Image  # noqa: PLC0415 - only who is shown pictures waits for it

    with Image.open(io.BytesIO(picture), formats=("WEBP",)) as image:
        image.thumbnail((MAX_SIDE, MAX_SIDE))
        coded = io.BytesIO()
        image.convert("RGB").save(coded, "JPEG", quality=_QUALITY)
    return coded.getvalue()
