"""What every engine can do."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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
