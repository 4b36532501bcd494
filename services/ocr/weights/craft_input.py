"""Pictures brought to the form that CRAFT was trained on (EasyOCR 1.7.2, ``imgproc.py``)."""

import numpy as np
from numpy.typing import NDArray

_MEAN = np.array((0.485, 0.456, 0.406), np.float32) * 255
_DEVIATION = np.array((0.229, 0.224, 0.225), np.float32) * 255


def normalised(picture: NDArray[np.uint8], channels: int = 3) -> NDArray[np.float32]:
    """``picture`` (grey) as the network's input, 1 x ``channels`` x height x width.

    Channels beyond red, green and blue are 0.
    """
    values = np.zeros((1, channels, *picture.shape), np.float32)
    for channel, (mean, deviation) in enumerate(zip(_MEAN, _DEVIATION, strict=True)):
        values[0, channel] = (picture.astype(np.float32) - mean) / deviation
    return values
