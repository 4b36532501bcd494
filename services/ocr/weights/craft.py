"""EasyOCR's text detector (CRAFT): a VGG-16 with batch normalisation and a U-net on top.

VGG's rectifiers work in place, so the skip connections of slices 1 to 3 carry rectified
values, but that of slice 4 does not.
"""

import numpy as np
import onnx

from services.ocr.weights.graph import GraphBuilder
from services.ocr.weights.pth import State

_FIRST = "basenet.slice1.0.weight"
_HEAD = ((0, 1), (2, 1), (4, 1), (6, 0))  # layer, padding


def build(state: State, channels: int = 3) -> onnx.ModelProto:
    """``x``: pictures, n x 3 x height x width. ``y``: n x height/2 x width/2 x 2 heat maps.

    More ``channels`` than three count for nothing.
    """
    first = state[_FIRST]
    unused = np.zeros((len(first), channels - first.shape[1], *first.shape[2:]), first.dtype)
    graph = GraphBuilder({**state, _FIRST: np.concatenate([first, unused], axis=1)})
    slice1, slice2, slice3, slice4 = _backbone(graph)
    x = graph.node("MaxPool", slice4, kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4)
    x = graph.convolution(x, "basenet.slice5.1", pad=6, dilation=6)
    x = graph.convolution(x, "basenet.slice5.2", pad=0)
    x = _up(graph, graph.node("Concat", x, slice4, axis=1), "upconv1")
    for skip, layer in ((slice3, "upconv2"), (slice2, "upconv3"), (slice1, "upconv4")):
        x = _up(graph, _joined(graph, x, skip), layer)
    for index, pad in _HEAD:
        x = graph.relu(graph.convolution(x, f"conv_cls.{index}", pad=pad))
    x = graph.convolution(x, "conv_cls.8", pad=0)
    maps = graph.node("Transpose", x, perm=[0, 2, 3, 1])
    return graph.model(["n", channels, "height", "width"], maps, ["n", "height2", "width2", 2])


def _backbone(graph: GraphBuilder) -> tuple[str, str, str, str]:
    def plain(x: str, part: str, index: int) -> str:
        layer = f"basenet.{part}"
        return graph.convolution(x, f"{layer}.{index}", norm=f"{layer}.{index + 1}")

    def rectified(x: str, part: str, index: int) -> str:
        return graph.relu(plain(x, part, index))

    def halved(x: str) -> str:
        return graph.pool(x, 2, 2)

    x = halved(rectified(rectified("x", "slice1", 0), "slice1", 3))
    slice1 = rectified(rectified(x, "slice1", 7), "slice1", 10)
    slice2 = rectified(rectified(halved(slice1), "slice2", 14), "slice2", 17)
    x = halved(rectified(slice2, "slice3", 20))
    slice3 = rectified(rectified(x, "slice3", 24), "slice3", 27)
    x = halved(rectified(slice3, "slice4", 30))
    slice4 = plain(rectified(x, "slice4", 34), "slice4", 37)
    return slice1, slice2, slice3, slice4


def _up(graph: GraphBuilder, x: str, layer: str) -> str:
    x = graph.relu(graph.convolution(x, f"{layer}.conv.0", norm=f"{layer}.conv.1", pad=0))
    return graph.relu(graph.convolution(x, f"{layer}.conv.3", norm=f"{layer}.conv.4"))


def _joined(graph: GraphBuilder, x: str, skip: str) -> str:
    """``x`` enlarged to the size of ``skip``, and both side by side."""

    def axes(tensor: str, first: int, last: int) -> str:
        bounds = graph.constant(np.array([first])), graph.constant(np.array([last]))
        return graph.node("Slice", graph.node("Shape", tensor), *bounds)

    size = graph.node("Concat", axes(x, 0, 2), axes(skip, 2, 4), axis=0)
    larger = graph.node(
        "Resize", x, "", "", size, mode="linear", coordinate_transformation_mode="half_pixel"
    )
    return graph.node("Concat", larger, skip, axis=1)
