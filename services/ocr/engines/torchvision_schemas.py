"""Lets a torchvision whose compiled part does not load be imported all the same.

PyPI's torchvision for x86-64 needs CUDA's libraries; beside a torch without them its
operators are never declared, and the import fails. EasyOCR calls none of them, so declaring
their signatures is enough.
"""

import importlib
import sys

_OPERATORS = (
    ("nms", "Tensor dets, Tensor scores, float iou_threshold"),
    ("qnms", "Tensor dets, Tensor scores, float iou_threshold"),
    *((f"{prefix}{name}", "Tensor x")
      for name in ("roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool", "deform_conv2d")
      for prefix in ("", "_")),
    ("qroi_align", "Tensor x"),
)  # fmt: skip


def ensure_torchvision() -> object | None:
    """Import torchvision, with its operators declared where they could not be loaded.

    The library of declarations, if one was needed: torch forgets what nobody holds.

    Raises:
        ImportError: torchvision or torch is not installed.
    """
    try:
        importlib.import_module("torchvision")
    except (RuntimeError, OSError):
        return _declared()
    return None


def _declared() -> object:
    import torch  # noqa: PLC0415 (an extra)

    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    library: object = torch.library.Library("torchvision", "FRAGMENT")
    for name, arguments in _OPERATORS:
        written = f"{name}_backward" if name.startswith("_") else name
        library.define(f"{written}({arguments}) -> Tensor")  # type: ignore[attr-defined]
    importlib.import_module("torchvision")
    return library
