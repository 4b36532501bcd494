"""EasyOCR's recogniser (english_g2): a VGG, two bidirectional LSTMs, CTC."""

import numpy as np
import onnx

from services.ocr.crops import HEIGHT
from services.ocr.weights.graph import GraphBuilder
from services.ocr.weights.pth import Array, State

_CNN = "FeatureExtraction.ConvNet."
_FIRST, _SECOND = "SequenceModeling.0", "SequenceModeling.1"
_BLOCK = 4  # columns that are taken at once
_BLOCKED, _CHANNELS = "blocked", 32  # the first layer in blocks, and what it gives a column


def build(state: State, *, blocks: bool = False, height: int = HEIGHT) -> onnx.ModelProto:
    """``x``: lines, n x 1 x height x width, -1..1. ``y``: chances, n x steps x symbols.

    With ``blocks`` the same sums are made in an order that suits kernels for integers better,
    a tenth faster: four columns at once in the first layer, the last two matrices as one. The
    width must then be a multiple of 4.
    """
    graph = GraphBuilder({**state, **_blocked(state)} if blocks else state)
    features = _features(graph, _first_in_blocks(graph, height) if blocks else _first(graph))
    pooled = graph.node("ReduceMean", features, axes=[2], keepdims=0)
    x = graph.node("Transpose", pooled, perm=[2, 0, 1])
    x = graph.linear(_bidirectional(graph, state, x, f"{_FIRST}.rnn"), f"{_FIRST}.linear")
    x = _bidirectional(graph, state, x, f"{_SECOND}.rnn")
    x = _scores_at_once(graph, state, x) if blocks else _scores(graph, x)
    chances = graph.node("Softmax", graph.node("Transpose", x, perm=[1, 0, 2]), axis=2)
    symbols = state["Prediction.weight"].shape[0]
    return graph.model(["n", 1, height, "width"], chances, ["n", "steps", symbols])


def _first(graph: GraphBuilder) -> str:
    return graph.relu(graph.convolution("x", f"{_CNN}0"))


def _first_in_blocks(graph: GraphBuilder, height: int) -> str:
    """The first layer with four columns side by side as channels, of entry and of result.

    With one channel, and few sums for each result, an integer kernel mostly moves bytes.
    """
    rows = graph.node("Reshape", "x", graph.constant(np.array([0, height, -1, _BLOCK])))
    x = graph.node("Transpose", rows, perm=[0, 3, 1, 2])
    x = graph.relu(graph.convolution(x, _BLOCKED))
    x = graph.node("Transpose", x, perm=[0, 2, 3, 1])
    x = graph.node("Reshape", x, graph.constant(np.array([0, height, -1, _CHANNELS])))
    return graph.node("Transpose", x, perm=[0, 3, 1, 2])


def _blocked(state: State) -> State:
    """The arrays of the first layer for four columns at once."""
    weight, bias = state[f"{_CNN}0.weight"], state[f"{_CNN}0.bias"]
    outputs, _, _, kernel = weight.shape
    blocked = np.zeros((_BLOCK, outputs, _BLOCK, kernel, kernel), np.float32)
    for place in range(_BLOCK):
        for column in range(kernel):
            block, within = divmod(_BLOCK + place + column - kernel // 2, _BLOCK)
            blocked[place, :, within, :, block] = weight[:, 0, :, column]
    shape = (_BLOCK * outputs, *blocked.shape[2:])
    return {f"{_BLOCKED}.weight": blocked.reshape(shape), f"{_BLOCKED}.bias": np.tile(bias, _BLOCK)}


def _scores(graph: GraphBuilder, x: str) -> str:
    return graph.linear(graph.linear(x, f"{_SECOND}.linear"), "Prediction")


def _scores_at_once(graph: GraphBuilder, state: State, x: str) -> str:
    last, bias = state["Prediction.weight"], state["Prediction.bias"]
    weight = graph.constant((last @ state[f"{_SECOND}.linear.weight"]).T)
    shift = graph.constant(last @ state[f"{_SECOND}.linear.bias"] + bias)
    return graph.node("Add", graph.node("MatMul", x, weight), shift)


def _features(graph: GraphBuilder, first: str) -> str:
    def convolution(x: str, index: int, *, norm: int | None = None, pad: int = 1) -> str:
        named = "" if norm is None else f"{_CNN}{norm}"
        return graph.relu(graph.convolution(x, f"{_CNN}{index}", norm=named, pad=pad))

    x = graph.pool(first, 2, 2)
    x = graph.pool(convolution(x, 3), 2, 2)
    x = graph.pool(convolution(convolution(x, 6), 8), 2, 1)
    x = convolution(x, 11, norm=12)
    x = graph.pool(convolution(x, 14, norm=15), 2, 1)
    return convolution(x, 18, pad=0)


def _bidirectional(graph: GraphBuilder, state: State, x: str, layer: str) -> str:
    def both(name: str) -> Array:
        return np.stack([_gates(state[f"{layer}.{name}_l0{way}"]) for way in ("", "_reverse")])

    weight, recurrent = both("weight_ih"), both("weight_hh")
    bias = np.concatenate([both("bias_ih"), both("bias_hh")], axis=1)
    output = graph.node(
        "LSTM", x, graph.constant(weight), graph.constant(recurrent), graph.constant(bias),
        hidden_size=recurrent.shape[2], direction="bidirectional",
    )  # fmt: skip
    # steps x 2 x n x hidden, as two halves of one vector
    merged = graph.node("Transpose", output, perm=[0, 2, 1, 3])
    return graph.node("Reshape", merged, graph.constant(np.array([0, 0, -1])))


def _gates(values: Array) -> Array:
    """Torch orders the gates input, forget, cell, output; ONNX input, output, forget, cell."""
    entry, forget, cell, out = np.split(values, 4)
    return np.concatenate([entry, out, forget, cell])
