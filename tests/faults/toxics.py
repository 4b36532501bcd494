"""What a proxy does to the bytes that pass it; the words are Toxiproxy's (its README).

A toxic is data, its ``apply`` says what becomes of a piece of a stream. Every direction of
every connection has a ``Stream`` of its own, so counts start anew with each connection.
"""

import asyncio
import enum
import random
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from tests.faults.amqp_frames import Frame, Method


class Way(enum.Flag):
    """Directions of a connection through the proxy."""

    TO_SERVER = enum.auto()
    TO_CLIENT = enum.auto()
    BOTH = TO_SERVER | TO_CLIENT


class CutError(Exception):
    """The connection is to be closed now, as if both hosts had gone."""


class ResetError(CutError):
    """The same with a TCP reset (RST) to both sides."""


@dataclass(slots=True)
class Stream:
    """One direction of the connection with this ``number``."""

    way: Way
    number: int
    _counts: dict[int, int] = field(default_factory=dict)

    def count(self, toxic: object, size: int) -> int:
        """How many bytes had come to a toxic before these."""
        before = self._counts.get(id(toxic), 0)
        self._counts[id(toxic)] = before + size
        return before


class Toxic(Protocol):
    """Something done to the bytes of the directions ``way``."""

    @property
    def way(self) -> Way:
        """Which directions it is for."""

    def apply(self, piece: bytes, stream: Stream) -> AsyncIterator[bytes]:
        """What goes on of a piece; raises ``CutError`` to end the connection."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Each piece waits ``seconds``, and up to ``jitter`` more."""

    seconds: float
    jitter: float = 0.0
    way: Way = Way.BOTH

    async def apply(self, piece: bytes, stream: Stream) -> AsyncIterator[bytes]:
        """See ``Toxic``."""
        await asyncio.sleep(self.seconds + random.uniform(0.0, self.jitter))
        yield piece


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """So many bytes a second at most; ``fired`` is set when something was held up."""

    rate: float
    way: Way = Way.BOTH
    fired: threading.Event = field(default_factory=threading.Event)

    async def apply(self, piece: bytes, stream: Stream) -> AsyncIterator[bytes]:
        """See ``Toxic``."""
        self.fired.set()
        step = max(1, int(self.rate / 10))
        for start in range(0, len(piece), step):
            part = piece[start : start + step]
            await asyncio.sleep(len(part) / self.rate)
            yield part


@dataclass(frozen=True, slots=True)
class Slicer:
    """Pieces of ``size`` bytes, each in a segment of its own."""

    size: int = 1
    pause: float = 0.0
    way: Way = Way.BOTH

    async def apply(self, piece: bytes, stream: Stream) -> AsyncIterator[bytes]:
        """See ``Toxic``."""
        for start in range(0, len(piece), self.size):
            yield piece[start : start + self.size]
            await asyncio.sleep(self.pause)


@dataclass(frozen=True, slots=True)
class Swallow:
    """Nothing arrives, and nobody is told: a one-way partition, or both ways, half-open TCP.

    ``fired`` is set when something did not arrive.
    """

    way: Way = Way.BOTH
    up_to: int | None = None
    """Only connections with this number or a lower one; ``None``: all."""
    fired: threading.Event = field(default_factory=threading.Event)

    async def apply(self, piece: bytes, stream: Stream) -> AsyncIterator[bytes]:
        """See ``Toxic``."""
        if self.covers(stream):
            self.fired.set()
        else:
            yield piece

    def covers(self, stream: Stream) -> bool:
        """Whether nothing of a stream arrives, not even that it has ended."""
        return stream.way in self.way and (self.up_to is None or stream.number <= self.up_to)


@dataclass(frozen=True, slots=True)
class LimitData:
    """The connection ends after so many bytes, in the midst of a piece; ``reset``: by RST.

    ``fired`` is set when one has.
    """

    size: int
    reset: bool = False
    way: Way = Way.BOTH
    fired: threading.Event = field(default_factory=threading.Event)

    async def apply(self, piece: bytes, stream: Stream) -> AsyncIterator[bytes]:
        """See ``Toxic``."""
        left = self.size - stream.count(self, len(piece))
        if left >= len(piece):
            yield piece
            return
        if left > 0:
            yield piece[:left]
        self.fired.set()
        raise ResetError if self.reset else CutError


@dataclass(frozen=True, slots=True)
class Flip:
    """The bits of one byte are turned, the ``at``-th of each connection (from 0).

    ``fired`` is set when that has been done.
    """

    at: int
    way: Way = Way.TO_CLIENT
    fired: threading.Event = field(default_factory=threading.Event)

    async def apply(self, piece: bytes, stream: Stream) -> AsyncIterator[bytes]:
        """See ``Toxic``."""
        place = self.at - stream.count(self, len(piece))
        if 0 <= place < len(piece):
            piece = piece[:place] + bytes([piece[place] ^ 0xFF]) + piece[place + 1 :]
            self.fired.set()
        yield piece


class Action(enum.Enum):
    """What is done when a frame comes."""

    CUT = "cut"
    """The connection ends; the frame does not arrive."""
    RESET = "reset"
    """The same by RST, after half of the frame."""
    DROP = "drop"
    """Only this frame does not arrive."""
    DELAY = "delay"
    """It arrives ``seconds`` late, and what is behind it too."""


@dataclass(slots=True)
class OnFrame:
    """Does ``action`` to the ``nth`` frame of an AMQP method, over all connections, once.

    With ``nth`` 0 to each. ``fired`` is set when it has been done.
    """

    method: Method
    way: Way
    nth: int = 1
    action: Action = Action.CUT
    seconds: float = 0.0
    seen: int = 0
    fired: threading.Event = field(default_factory=threading.Event)

    async def meet(self, frame: Frame) -> AsyncIterator[bytes]:
        """What goes on of a frame; raises ``CutError`` to end the connection."""
        if frame.method != self.method or not self._is_due():
            yield frame.raw
            return
        self.fired.set()
        async for part in self._act(frame):
            yield part

    def _is_due(self) -> bool:
        self.seen += 1
        return self.nth in {0, self.seen}

    async def _act(self, frame: Frame) -> AsyncIterator[bytes]:
        if self.action is Action.CUT:
            raise CutError
        if self.action is Action.RESET:
            yield frame.raw[: len(frame.raw) // 2]
            raise ResetError
        if self.action is Action.DELAY:
            await asyncio.sleep(self.seconds)
            yield frame.raw
