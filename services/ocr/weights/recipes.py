"""How each model is made from a weight file."""

from collections.abc import Callable
from pathlib import Path

import onnx
from easyocr_en_models import model_dir

from services.ocr.crops import HEIGHT, SMALL_HEIGHT, batches, sized
from services.ocr.models import WEIGHTS, ModelName
from services.ocr.weights import calibration, craft, crnn, quantise
from services.ocr.weights.craft_input import normalised
from services.ocr.weights.npz import load_own
from services.ocr.weights.pth import State, load_state
from services.ocr.weights.symbols import ENGLISH, METADATA, TIGHT

_OWN = Path(__file__).parent
_OWN_HEIGHTS = {
    ModelName.RECOGNISER_LATIN_INT8: HEIGHT,
    ModelName.RECOGNISER_SMALL_PRINT_INT8: SMALL_HEIGHT,
}
_FOUR = 4


def build(name: ModelName) -> onnx.ModelProto:
    """The model ``name``; a recogniser carries its symbols.

    Raises:
        Permanent: ``MODEL_MISSING``: its weights are missing or not what they should be.
    """
    weights = WEIGHTS[name]
    if name in _OWN_HEIGHTS:
        state, symbols = load_own(_OWN / weights.file, weights.md5)
        own = small_recogniser(state, symbols, _OWN_HEIGHTS[name])
        own.metadata_props.add(key=TIGHT, value="true")
        return own
    return _BUILDERS[name](load_state(Path(model_dir()) / weights.file, weights.md5))


def recogniser(state: State, symbols: str) -> onnx.ModelProto:
    """A recogniser in 32-bit floats."""
    return _with_symbols(crnn.build(state), symbols)


def small_recogniser(state: State, symbols: str, height: int = HEIGHT) -> onnx.ModelProto:
    """A recogniser in 8-bit integers, of lines of that ``height`` in pixels."""
    lines = [sized(line, height) for line in calibration.drawn_lines()]
    shown = [batch.pixels for batch in batches(lines)]
    model = crnn.build(state, blocks=True, height=height)
    return _with_symbols(quantise.quantised(model, shown), symbols)


def small_detector(state: State) -> onnx.ModelProto:
    """The detector in 8-bit integers.

    onnxruntime's fast convolution takes channels in fours: with one more, the first layer takes
    half its time.
    """
    pages = (normalised(page, _FOUR) for page in calibration.drawn_pages())
    return quantise.quantised_throughout(craft.build(state, _FOUR), pages)


def _with_symbols(model: onnx.ModelProto, symbols: str) -> onnx.ModelProto:
    onnx.helper.set_model_props(model, {METADATA: symbols})
    return model


_BUILDERS: dict[ModelName, Callable[[State], onnx.ModelProto]] = {
    ModelName.RECOGNISER: lambda state: recogniser(state, ENGLISH),
    ModelName.RECOGNISER_INT8: lambda state: small_recogniser(state, ENGLISH),
    ModelName.DETECTOR: craft.build,
    ModelName.DETECTOR_INT8: small_detector,
}
