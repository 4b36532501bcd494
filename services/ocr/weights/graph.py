"""A small builder of ONNX graphs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from services.ocr.weights.pth import Array, State

OPSET, IR_VERSION = 17, 8
_EPSILON = 1e-5  # of torch's batch normalisation
Shape = Sequence[int | str]


class GraphBuilder:
    """Collects nodes and constants; every method returns the name of its output."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, values: Array) -> str:
        """A constant tensor."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401 (as ONNX has it)
        """The output of ``operator``."""
        name = f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def convolution(
        self, x: str, layer: str, *, norm: str = "", pad: int = 1, dilation: int = 1
    ) -> str:
        """The convolution ``layer`` of the state, with batch normalisation folded in."""
        weight: Array = self._state[f"{layer}.weight"]
        bias = self._state.get(f"{layer}.bias")
        if norm:
            scale = self._state[f"{norm}.weight"] / np.sqrt(
                self._state[f"{norm}.running_var"] + _EPSILON
            )
            shift = (0 if bias is None else bias) - self._state[f"{norm}.running_mean"]
            weight = weight * scale[:, None, None, None]
            bias = shift * scale + self._state[f"{norm}.bias"]
        inputs = [x, self.constant(weight.astype(np.float32))]
        if bias is not None:
            inputs.append(self.constant(bias.astype(np.float32)))
        return self.node("Conv", *inputs, pads=[pad] * 4, dilations=[dilation] * 2)

    def relu(self, x: str) -> str:
        """Rectified linear unit."""
        return self.node("Relu", x)

    def pool(self, x: str, *kernel: int) -> str:
        """Maximum over a window of ``kernel``, which is also its stride."""
        return self.node("MaxPool", x, kernel_shape=list(kernel), strides=list(kernel))

    def linear(self, x: str, layer: str) -> str:
        """The fully connected ``layer`` of the state on the last axis."""
        weight = self.constant(self._state[f"{layer}.weight"].T)
        return self.node(
            "Add", self.node("MatMul", x, weight), self.constant(self._state[f"{layer}.bias"])
        )

    def model(self, inputs: Shape, output: str, outputs: Shape) -> onnx.ModelProto:
        """The checked model from input ``x`` to output ``y``."""
        graph = helper.make_graph(
            [*self._nodes, helper.make_node("Identity", [output], ["y"])],
            "graph",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, inputs)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, outputs)],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model
