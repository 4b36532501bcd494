"""Where a message ends: only at CRLF, dot, CRLF, however the stream is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.mail.transparency import Transparency

PIECES = st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"x", b"\0"]), max_size=30)


def read(stream: bytes, *cuts: int) -> tuple[bytes, bytes, bool]:
    reader, told, start = Transparency(), b"", 0
    for cut in [*sorted(cuts), len(stream)]:
        if not reader.has_ended:
            told += reader.feed(stream[start:cut])
            start = cut
    return told, reader.rest + stream[start:] if reader.has_ended else b"", reader.has_ended


def simply(stream: bytes) -> bytes | None:
    """The same by lines, as the standard tells it."""
    told = b""
    lines = stream.split(b"\r\n")
    for line in lines[:-1]:
        if line == b".":
            return told
        told += (line[1:] if line.startswith(b".") else line) + b"\r\n"
    return None


@given(PIECES.map(b"".join), st.lists(st.integers(0, 60), max_size=6))
def test_it_is_as_read_by_lines_however_it_is_cut(stream: bytes, cuts: list[int]) -> None:
    told, rest, has_ended = read(stream, *[min(it, len(stream)) for it in cuts])
    expected = simply(stream)
    assert has_ended == (expected is not None)
    if expected is not None:
        assert told == expected
        assert stream.endswith(rest)


@given(PIECES.map(b"".join))
def test_what_a_client_stuffs_comes_out_as_it_was(content: bytes) -> None:
    whole = content + (b"" if content.endswith(b"\r\n") or not content else b"\r\n")
    stuffed = b"".join(
        (b"." if line.startswith(b".") else b"") + line + b"\r\n"
        for line in whole.split(b"\r\n")[:-1]
    )
    assert read(stuffed + b".\r\nQUIT\r\n", 1, 2, 3) == (whole, b"QUIT\r\n", True)


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r\n\x00.\r\n", b"\r.\r\n"]
)
def test_what_only_looks_like_an_end_is_none(end: bytes) -> None:
    smuggled = b"Hello" + end + b"MAIL FROM:<admin@example.com>\r\n"
    told, rest, has_ended = read(smuggled + b"\r\n.\r\n")
    assert has_ended
    assert (b"MAIL FROM" in told, rest) == (True, b"")
