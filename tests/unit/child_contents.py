"""What a child process has loaded; apart from tests, which import what its parent needs."""

import sys

_DEAR = (
    "asyncio", "onnx", "pydantic", "pymupdf.layout", "pymupdf4llm", "rich", "structlog", "torch",
)  # fmt: skip


def loaded_in_vain() -> list[str]:
    """Packages that take a good part of a child's start, and that no reading child uses."""
    return [name for name in _DEAR if sys.modules.get(name) is not None]
