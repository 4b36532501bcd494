"""Content codings are undone piece by piece, whatever the pieces they come in."""

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.http.decoding import PIECE_BYTES, CodingError, Decoder, is_known


def undone(coding: str, packed: bytes, step: int) -> bytes:
    decoder, content = Decoder(coding), b""
    for start in range(0, len(packed), step):
        for piece in decoder.decode(packed[start : start + step]):
            assert 0 < len(piece) <= PIECE_BYTES
            content += piece
    decoder.finish()
    return content


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


@given(st.binary(max_size=3000), st.integers(1, 500), st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_what_was_packed_comes_out(content: bytes, times: int, step: int) -> None:
    whole = content * times
    member = gzip.compress(whole)
    for coding, packed, expected in (
        ("gzip", member, whole),
        ("x-gzip", member + gzip.compress(b"more"), whole + b"more"),
        ("gzip", member + b"\0\0padding", whole),
        ("deflate", zlib.compress(whole), whole),
        ("deflate", raw_deflate(whole), whole),
    ):
        assert undone(coding, packed, step) == expected


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1])
def test_pieces_end_where_they_may(size: int) -> None:
    for step in (1, 10**6):
        assert undone("gzip", gzip.compress(bytes(size)), step) == bytes(size)


def test_a_bomb_unfolds_only_as_far_as_it_is_asked_to() -> None:
    bomb = gzip.compress(bytes(100 * 1024**2))
    pieces = Decoder("gzip").decode(bomb)
    assert len(next(pieces)) <= PIECE_BYTES
    assert len(next(pieces)) <= PIECE_BYTES


@pytest.mark.parametrize(
    "packed", [b"no gzip", gzip.compress(b"x" * 1000, mtime=0)[:-1], b"\x1f\x8b"]
)
def test_what_is_cut_short_or_something_else_is_an_error(packed: bytes) -> None:
    with pytest.raises(CodingError):
        undone("gzip", packed, 7)


def test_nothing_is_nothing() -> None:
    assert undone("gzip", b"", 1) == b""
    assert [it for it in ("gzip", "x-gzip", "deflate", "br", "", "gzip, gzip") if is_known(it)] == [
        "gzip",
        "x-gzip",
        "deflate",
    ]
