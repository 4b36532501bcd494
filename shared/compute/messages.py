"""What parent and child say to each other, and how it is framed.

A message is a pickle behind its length as eight bytes, big-endian. The child works on
files of strangers, so the parent does not trust it: of a reply only plain data and classes
of our own modules are accepted (``ReplyUnpickler``), never a function to call.
"""

import io
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from shared.compute.limits import Limits
from shared.compute.steps import StepTaken
from shared.errors import Code

LENGTH = struct.Struct("!Q")
MAXIMUM_REPLY = 512 * 1024 * 1024

_PLAIN = frozenset(
    {
        ("builtins", "bytearray"),
        ("builtins", "complex"),
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("collections", "OrderedDict"),
        ("collections", "defaultdict"),
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("decimal", "Decimal"),
        ("uuid", "UUID"),
    }
)
_OWN_PACKAGES = ("shared.", "services.")


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message: how the child is to set itself up."""

    parent: int
    path: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Task:
    """A call to make; with ``each`` to an iterable's function, whose items are sent one by one.

    What a generator returns is the last of its items, and sent with the end. ``traced`` asks for
    the steps it takes.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    each: bool = False
    traced: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of the child; ``raised`` names the class of ``shared.errors`` to raise."""

    raised: str
    code: Code
    detail: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a task, or with ``more`` one item of it.

    ``tired`` asks for a fresh child in this one's place. ``steps`` are those since the last one.
    """

    value: Any = None
    failure: Failure | None = None
    tired: bool = False
    more: bool = False
    steps: tuple[StepTaken, ...] = ()


def frame(message: object) -> bytes:
    """``message`` as bytes for the wire."""
    body = io.BytesIO()
    _Pickler(body, protocol=pickle.HIGHEST_PROTOCOL).dump(message)
    return LENGTH.pack(body.tell()) + body.getbuffer()


class _Pickler(pickle.Pickler):
    """Writes members of enumerations by their value.

    Python 3.11.0 to 3.11.3 writes a call of ``getattr`` for one, which no reply may ask for
    (https://github.com/python/cpython/pull/26658).
    """

    def reducer_override(self, obj: object) -> Any:  # noqa: ANN401 (signature of pickle)
        """How to rebuild ``obj``, where that is not left to pickle."""
        return (type(obj), (obj.value,)) if isinstance(obj, Enum) else NotImplemented


class ReplyUnpickler(pickle.Unpickler):
    """Rebuilds data only: plain types, and data classes and models of our packages.

    ``allowed`` remembers, from one reply to the next, classes that were found to be data.
    """

    def __init__(self, file: io.BytesIO, allowed: dict[tuple[str, str], type]) -> None:
        super().__init__(file)
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 (signature of pickle)
        """Refuse whatever is not a class that only carries data.

        Raises:
            pickle.UnpicklingError: the reply names anything else.
        """
        found = self._allowed.get((module, name))
        if found is not None:
            return found
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module.startswith(_OWN_PACKAGES) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module and _is_data(found):
                self._allowed[module, name] = found
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a reply")


def _is_data(found: type) -> bool:
    return (
        hasattr(found, "__dataclass_fields__")
        or hasattr(found, "__pydantic_fields__")
        or issubclass(found, Enum)
    )


def read_reply(body: bytes, allowed: dict[tuple[str, str], type]) -> Reply:
    """The reply in ``body``; ``allowed`` as of ``ReplyUnpickler``.

    Raises:
        pickle.UnpicklingError: it holds something that is no plain data.
    """
    reply = ReplyUnpickler(io.BytesIO(body), allowed).load()
    if not isinstance(reply, Reply):
        raise pickle.UnpicklingError("not a reply")
    return reply
