"""Reads our own recogniser's weights: arrays in half precision, and the symbols they stand for."""

import io
import zipfile
from pathlib import Path

import numpy as np

from services.ocr.weights.checked import checked_content
from services.ocr.weights.pth import State
from services.ocr.weights.symbols import METADATA
from shared.errors import Code, Permanent


def load_own(path: Path, md5: str) -> tuple[State, str]:
    """The named arrays in single precision, and the symbols of the outputs 1, 2, ...

    Nothing in the file is executed: numpy's format holds numbers and text.

    Raises:
        Permanent: ``MODEL_MISSING``, where the file is not there or not the one with ``md5``.
    """
    return unpacked(checked_content(path, md5))


def unpacked(content: bytes) -> tuple[State, str]:
    """The arrays and the symbols in ``content``, a file in numpy's ``npz`` format.

    Raises:
        Permanent: ``MODEL_MISSING``: it is none, or arrays and symbols do not fit together.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        symbols = str(arrays.pop(METADATA))
        state = {name: values.astype(np.float32) for name, values in arrays.items()}
        outputs = state["Prediction.weight"].shape[0]
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise Permanent(Code.MODEL_MISSING, "The recogniser's weights cannot be read.") from error
    if outputs != len(symbols) + 1:
        raise Permanent(Code.MODEL_MISSING, "The recogniser's weights do not fit its symbols.")
    return state, symbols
