"""Reads PyTorch's weight files into numpy arrays, without torch and without trust.

Both formats that EasyOCR's files come in: the zip of today and the legacy one (three
pickles, the state, the storage keys, then the raw storages). The unpickler makes arrays of
numbers and nothing else.
"""

import collections
import io
import pickle
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from services.ocr.weights.checked import checked_content

Array = NDArray[Any]
State = dict[str, Array]

_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
_LEGACY_HEADERS = 3  # magic number, protocol version, system information


@dataclass(frozen=True, slots=True)
class _Storage:
    """A piece of memory that tensors are views of."""

    type: np.dtype[Any]
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def load_state(path: Path, md5: str) -> State:
    """The named arrays in the file at ``path``.

    Raises:
        Permanent: ``MODEL_MISSING``, where the file is not there or not the one with ``md5``.
    """
    content = checked_content(path, md5)
    if zipfile.is_zipfile(io.BytesIO(content)):
        return _load_zip(content)
    return _load_legacy(io.BytesIO(content))


class _TensorUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (signature of pickle)
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        raise pickle.UnpicklingError(f"{module}.{name} is refused")

    def persistent_load(self, pid: Any) -> _Storage:  # noqa: ANN401 (signature of pickle)
        _, kind, key, _, count = pid[:5]
        return _Storage(kind, str(key), int(count))


def _tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _load_zip(content: bytes) -> State:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (index,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        root = index.removesuffix("data.pkl")
        tensors = _TensorUnpickler(io.BytesIO(archive.read(index))).load()
        return _arrays(tensors, lambda storage: archive.read(f"{root}data/{storage.key}"))


def _load_legacy(stream: IO[bytes]) -> State:
    for _ in range(_LEGACY_HEADERS):
        _TensorUnpickler(stream).load()
    tensors = _TensorUnpickler(stream).load()
    keys = _TensorUnpickler(stream).load()
    storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    raw = {}
    for key in keys:
        (count,) = struct.unpack("<q", stream.read(8))
        raw[str(key)] = stream.read(count * storages[str(key)].type.itemsize)
    return _arrays(tensors, lambda storage: raw[storage.key])


def _arrays(tensors: dict[str, _Tensor], read: Callable[[_Storage], bytes]) -> State:
    arrays = {}
    for name, tensor in tensors.items():
        whole = np.frombuffer(read(tensor.storage), tensor.storage.type)
        view = np.lib.stride_tricks.as_strided(
            whole[tensor.offset :],
            tensor.shape,
            [stride * whole.itemsize for stride in tensor.strides],
        )
        arrays[name.removeprefix("module.")] = view.copy()
    return arrays
