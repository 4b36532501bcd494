"""Errors as part of the product: stable codes, one registry, typed by what to do next."""

from shared.errors.exceptions import (
    AttemptFailed,
    DocstageError,
    Permanent,
    Quota,
    Transient,
)
from shared.errors.registry import REGISTRY, Code, ErrorSpec, RetryClass

__all__ = [
    "REGISTRY",
    "AttemptFailed",
    "Code",
    "DocstageError",
    "ErrorSpec",
    "Permanent",
    "Quota",
    "RetryClass",
    "Transient",
]
