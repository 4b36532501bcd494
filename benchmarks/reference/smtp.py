"""aiosmtpd as it comes: a message lies in memory until it is whole, then in a file, synced.

    python -m benchmarks.reference.smtp PORT FOLDER

No record, no address, no limits: what an SMTP door costs at the least.
"""

import asyncio
import os
import sys
import uuid
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_BYTES = 10**9


class Keeper:
    """Writes messages into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a message."""
        content = envelope.content
        assert isinstance(content, bytes)
        await asyncio.to_thread(self._put, content)
        return "250 OK"

    def _put(self, content: bytes) -> None:
        with (self._folder / uuid.uuid4().hex).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


async def serve(port: int, folder: Path) -> None:
    """Listen until killed."""
    loop = asyncio.get_running_loop()
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=MAX_BYTES, loop=loop), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
