"""The content of a multipart part, however it is cut on its way."""

import asyncio
from itertools import pairwise

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.doors.parts import content_of_part

BOUNDARY = b"a-boundary"
END = b"\r\n--a-boundary--\r\n"
PIECES = [
    b"--a-boundary",
    b"\r",
    b"\n",
    b"\r\n",
    b"-",
    b"--",
    b"a-",
    b"\r\n--a-",
    b"\r\n--a-boundar",
    b"x" * 200,
]


async def read(body: bytes, cuts: list[int]) -> tuple[bytes, bytes]:
    """What was taken for the part's content, and what was left."""
    protocol = BaseProtocol(asyncio.get_running_loop())
    protocol.connection_made(asyncio.Transport())
    stream = StreamReader(protocol, 2**16)
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})

    async def feed() -> None:
        for start, end in pairwise(places):
            stream.feed_data(body[start:end])
            await asyncio.sleep(0)
        stream.feed_eof()

    feeding = asyncio.create_task(feed())
    try:
        content = b"".join([part async for part in content_of_part(stream, BOUNDARY)])
    finally:
        await feeding
    return content, await stream.read()


@given(
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=5), max_size=12).map(b"".join),
    st.lists(st.integers(0, 2000), max_size=12),
)
def test_a_part_is_what_lies_before_its_boundary(content: bytes, cuts: list[int]) -> None:
    body = content + END
    end = (b"\r\n" + body).find(b"\r\n--" + BOUNDARY)  # the end of the head counts
    assert asyncio.run(read(body, cuts)) == (body[: max(0, end - 2)], body[end:])


@pytest.mark.parametrize("body", [END[2:], END])
def test_a_part_may_be_empty(body: bytes) -> None:
    for cut in range(len(body)):
        assert asyncio.run(read(body, [cut])) == (b"", END[2:])


@given(st.integers(0, 20), st.lists(st.integers(0, 2000), max_size=5))
def test_a_body_that_ends_inside_a_part_is_no_body(length: int, cuts: list[int]) -> None:
    with pytest.raises(ValueError, match="ends inside"):
        asyncio.run(read((b"x" * 12 + b"\r\n--a-boun")[:length], cuts))
