"""Content codings of HTTP (RFC 9110, section 8.4.1), undone piece by piece.

Nothing here makes more than ``PIECE_BYTES`` in one step, so that a bomb of a few kilobytes
is counted while it unfolds, and whoever counts can stop.
"""

import zlib
from collections.abc import Iterator

PIECE_BYTES = 256 * 1024
_GZIP, _ZLIB, _RAW = 31, 15, -15  # window bits, as zlib has them
_GZIP_START, _ZLIB_METHOD = 0x1F, 8
_GZIP_NAMES = frozenset({"gzip", "x-gzip"})


class CodingError(Exception):
    """The content is not what its coding says, or ends too early."""


class Decoder:
    """Undoes ``gzip`` or ``deflate``; the latter with or without its zlib wrapping."""

    def __init__(self, coding: str) -> None:
        self._is_gzip = coding in _GZIP_NAMES
        self._stream: zlib._Decompress | None = None

    def decode(self, data: bytes) -> Iterator[bytes]:
        """The pieces that ``data`` unfolds to; raises ``CodingError``.

        Gzip may have several members (RFC 1952, section 2.2); what else comes behind the
        end is ignored.
        """
        while data:
            if self._stream is None or (self._stream.eof and self._goes_on(data)):
                self._stream = zlib.decompressobj(self._window(data))
            if self._stream.eof:
                return
            yield from _unfolded(self._stream, data)
            data = self._stream.unused_data

    def finish(self) -> None:
        """No more comes; raises ``CodingError`` when something is missing."""
        if self._stream is not None and not self._stream.eof:
            raise CodingError

    def _goes_on(self, data: bytes) -> bool:
        return self._is_gzip and data[0] == _GZIP_START

    def _window(self, data: bytes) -> int:
        if self._is_gzip:
            return _GZIP
        return _ZLIB if data[0] & 0x0F == _ZLIB_METHOD else _RAW


def is_known(coding: str) -> bool:
    """Whether there is a ``Decoder`` for it."""
    return coding in {*_GZIP_NAMES, "deflate"}


def _unfolded(stream: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    while not stream.eof:
        try:
            piece = stream.decompress(data, PIECE_BYTES)
        except zlib.error:
            raise CodingError from None
        data = stream.unconsumed_tail
        if piece:
            yield piece
        # A full piece may have left more behind, even when all input is taken.
        if not data and len(piece) < PIECE_BYTES:
            return
