"""The networks in 8-bit integers: the recogniser in a third of the time, CRAFT in a quarter."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

_BETWEEN = ["Conv", "Relu", "MaxPool", "Reshape", "Transpose"]


class _Batches(CalibrationDataReader):  # type: ignore[misc]  # it ships no types
    def __init__(self, batches: Iterable[NDArray[Any]]) -> None:
        self._batches = iter(batches)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"x": batch}


def quantised(model: onnx.ModelProto, batches: Iterable[NDArray[Any]]) -> onnx.ModelProto:
    """``model`` with its convolutions and what lies between them calibrated on ``batches``.

    LSTMs and matrices are scaled as they run. ``reduce_range``: 7 bits, so that processors
    without VNNI do not overflow.
    """
    with tempfile.TemporaryDirectory(prefix="docstage-quantise-") as folder:
        static, done = (str(Path(folder) / name) for name in ("static.onnx", "done.onnx"))
        onnx.save(_calibrated(model, batches, _BETWEEN, Path(folder)), static)
        quantize_dynamic(static, done, op_types_to_quantize=["LSTM", "MatMul"], per_channel=True)
        return onnx.load(done)


def quantised_throughout(
    model: onnx.ModelProto, batches: Iterable[NDArray[Any]]
) -> onnx.ModelProto:
    """``model`` with all that lies between convolutions in integers too: nothing is converted."""
    kinds = ["Conv", "MaxPool", "Concat", "Resize", "Relu"]
    with tempfile.TemporaryDirectory(prefix="docstage-quantise-") as folder:
        return _calibrated(model, batches, kinds, Path(folder))


def _calibrated(
    model: onnx.ModelProto, batches: Iterable[NDArray[Any]], kinds: list[str], folder: Path
) -> onnx.ModelProto:
    plain, prepared, done = (str(folder / name) for name in ("0.onnx", "1.onnx", "2.onnx"))
    onnx.save(model, plain)
    quant_pre_process(plain, prepared, skip_symbolic_shape=True)  # that needs sympy
    quantize_static(
        prepared, done, _Batches(batches),
        quant_format=QuantFormat.QDQ, op_types_to_quantize=kinds, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax, reduce_range=True,
    )  # fmt: skip
    return onnx.load(done)
