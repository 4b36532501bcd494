"""A terminal for commands to write to."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import termios

SIZE = struct.pack("HHHH", 40, 100, 0, 0)


class Terminal:
    """A terminal of 100 columns and 40 lines."""

    def __init__(self) -> None:
        self._master, self.side = pty.openpty()
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, SIZE)
        self._seen = b""

    async def shows(self, pattern: str) -> None:
        """Wait until something like ``pattern`` was written, while another thread reads."""
        async with asyncio.timeout(60):
            while not re.search(pattern, _plain(self._seen.decode(errors="ignore"))):
                await asyncio.sleep(0.02)

    def read_raw(self) -> str:
        """All that was written until the end."""
        os.close(self.side)
        try:
            while chunk := os.read(self._master, 65536):
                self._seen += chunk
        except OSError:  # how Linux tells that the other side is closed
            pass
        os.close(self._master)
        return self._seen.decode()

    def read(self) -> str:
        """The same without what steers the terminal."""
        return _plain(self.read_raw())


def _plain(written: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", written)
