"""What every engine can do."""

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from services.ocr.engines.ink import InkLines
from services.ocr.layout import Token

Picture = NDArray[np.uint8]  # grey


class Engine(Protocol):
    """Finds and reads the words of a picture.

    ``levels``: it reads level lines only, so a tilted page is to be turned before.
    """

    name: str
    levels: bool

    @property
    def letters(self) -> frozenset[str]:
        """The characters it can write."""

    @property
    def fallback(self) -> "Engine | None":
        """The engine that reads what this one fails on (``AttemptFailed``), if there is one."""

    def recognise(self, picture: Picture) -> list[Token]:
        """The words of ``picture`` (grey), boxes in its pixels.

        Raises:
            AttemptFailed: a program that it runs was too slow, or crashed.
        """

    def sample(self, picture: Picture) -> list[Token]:
        """Some words of ``picture``, enough to tell whether it is upright, for little time."""


@runtime_checkable
class InkEngine(Engine, Protocol):
    """An engine that reads lines found by their ink, so that they need to be found but once."""

    def recognise_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """What ``recognise`` gives for ``picture``, in which these lines are ``found``.

        Raises:
            AttemptFailed: as ``recognise``.
        """

    def sample_lines(self, picture: Picture, found: InkLines) -> list[Token]:
        """The words of these lines, for little time."""
