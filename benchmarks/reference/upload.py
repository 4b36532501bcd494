"""The bare upload: a raw body, hashed while it is written, fsync, rename, fsync of the folder.

No forms, keys, limits, database or broker: the floor of the gateway. ``python -m
benchmarks.reference.upload PORT FOLDER``
"""

import asyncio
import hashlib
import os
import sys
import uuid
from pathlib import Path
from typing import BinaryIO

from aiohttp import web


class Uploads:
    """A folder that takes uploads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def take(self, request: web.Request) -> web.Response:
        """Answer when the file is durable."""
        name, digest, size = uuid.uuid4().hex, hashlib.sha256(), 0
        temporary = self.folder / f"{name}.tmp"
        with temporary.open("wb", buffering=0) as file:
            async for chunk in request.content.iter_any():
                digest.update(chunk)
                size += file.write(chunk)
            await asyncio.to_thread(self.keep, file, temporary, self.folder / name)
        return web.json_response({"sha256": digest.hexdigest(), "size": size})

    def keep(self, file: BinaryIO, temporary: Path, path: Path) -> None:
        """Make it durable under its name."""
        os.fsync(file.fileno())
        temporary.rename(path)
        folder = os.open(self.folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def main() -> None:
    """Serve until killed."""
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    app = web.Application(client_max_size=1024**3)
    app.router.add_post("/", Uploads(folder).take)
    app.router.add_get("/readyz", lambda _: web.Response())
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
