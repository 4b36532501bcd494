"""The engines by name."""

from functools import cache

from services.ocr.engines.base import Engine
from services.ocr.engines.exact import ExactEngine
from services.ocr.engines.fast import FastEngine
from services.ocr.models import ModelName, model_path
from shared.errors import Code, Permanent

ENGINES = ("fast", "exact")


@cache
def loaded(name: str) -> Engine:
    """The engine ``name``, loaded once per process: sessions are dear to make.

    Raises:
        Permanent: ``MODEL_MISSING``: there is no such engine, or its models cannot be built.
    """
    if name == "fast":
        return FastEngine(model_path(ModelName.RECOGNISER_INT8))
    if name == "exact":
        return ExactEngine(model_path(ModelName.DETECTOR), model_path(ModelName.RECOGNISER))
    raise Permanent(Code.MODEL_MISSING, f"There is no engine named {name}.")
