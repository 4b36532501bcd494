"""A trained network as the file that Docstage ships."""

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from services.ocr.weights.symbols import METADATA

_HALVED = 2  # axes: from so many on, arrays are large, and half precision will do


def packed(state: Mapping[str, NDArray[np.float32]], symbols: str) -> bytes:
    """``state`` and ``symbols`` in numpy's ``npz`` format; ``unpacked`` reads it."""
    arrays = {
        name: values.astype(np.float16) if values.ndim >= _HALVED else values.astype(np.float32)
        for name, values in state.items()
    }
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays, **{METADATA: np.array(symbols)})
    return stream.getvalue()
