"""How each model is made from a weight file."""

from collections.abc import Callable
from pathlib import Path

import onnx
from easyocr_en_models import model_dir

from services.ocr.engines.crops import batches, sized
from services.ocr.models import WEIGHTS, ModelName
from services.ocr.weights import calibration, craft, crnn, quantise
from services.ocr.weights.pth import State, load_state


def build(name: ModelName) -> onnx.ModelProto:
    """The model ``name``.

    Raises:
        Permanent: ``MODEL_MISSING``: its weights are missing or not what they should be.
    """
    weights = WEIGHTS[name]
    return _BUILDERS[name](load_state(Path(model_dir()) / weights.file, weights.md5))


def _small_recogniser(state: State) -> onnx.ModelProto:
    lines = [sized(line) for line in calibration.drawn_lines()]
    return quantise.quantised(crnn.build(state), [batch.pixels for batch in batches(lines)])


_BUILDERS: dict[ModelName, Callable[[State], onnx.ModelProto]] = {
    ModelName.RECOGNISER: crnn.build,
    ModelName.RECOGNISER_INT8: _small_recogniser,
    ModelName.DETECTOR: craft.build,
}
