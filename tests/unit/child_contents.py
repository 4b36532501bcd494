"""What a child has loaded and holds; apart from tests, which import what its parent needs."""

import os
import sys

from tests.faults import memory

_DEAR = (
    "asyncio", "onnx", "pydantic", "pymupdf.layout", "pymupdf4llm", "rich", "structlog", "torch",
)  # fmt: skip


def loaded_in_vain() -> list[str]:
    """Packages that take a good part of a child's start, and that no reading child uses."""
    return [name for name in _DEAR if sys.modules.get(name) is not None]


_LITTLE: list[bytearray] = []


def hold_little_of_much() -> None:
    """Leave 100 MB free between blocks that live."""
    blocks = [bytearray(16_000) for _ in range(6_000)]
    _LITTLE.extend(blocks[::100])


def memory_held() -> int:
    """Bytes of memory of this process's own."""
    now = memory.read(os.getpid(), 0)
    if now is None:
        raise ProcessLookupError
    return now.own
