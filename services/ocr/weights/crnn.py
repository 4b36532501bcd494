"""EasyOCR's recogniser (english_g2): a VGG, two bidirectional LSTMs, CTC."""

import numpy as np
import onnx

from services.ocr.weights.graph import GraphBuilder
from services.ocr.weights.pth import Array, State

_CNN = "FeatureExtraction.ConvNet."


def build(state: State) -> onnx.ModelProto:
    """``x``: lines, n x 1 x 64 x width, -1..1. ``y``: chances, n x steps x symbols."""
    graph = GraphBuilder(state)
    features = _features(graph)
    pooled = graph.node("ReduceMean", features, axes=[2], keepdims=0)
    x = graph.node("Transpose", pooled, perm=[2, 0, 1])
    for layer in ("SequenceModeling.0", "SequenceModeling.1"):
        x = graph.linear(_bidirectional(graph, state, x, f"{layer}.rnn"), f"{layer}.linear")
    x = graph.linear(x, "Prediction")
    chances = graph.node("Softmax", graph.node("Transpose", x, perm=[1, 0, 2]), axis=2)
    symbols = state["Prediction.weight"].shape[0]
    return graph.model(["n", 1, 64, "width"], chances, ["n", "steps", symbols])


def _features(graph: GraphBuilder) -> str:
    def convolution(x: str, index: int, *, norm: int | None = None, pad: int = 1) -> str:
        named = "" if norm is None else f"{_CNN}{norm}"
        return graph.relu(graph.convolution(x, f"{_CNN}{index}", norm=named, pad=pad))

    x = graph.pool(convolution("x", 0), 2, 2)
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
