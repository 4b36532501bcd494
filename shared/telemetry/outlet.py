"""Where log lines go: never so that the process waits for whoever reads them.

A pipe whose reader stands still takes 64 KiB and then holds up the writer, which here would be
the event loop: with it every request, heartbeat and lease. So a line is only written while there
is room; some wait, and of more than that it is counted how many were lost.
"""

import os
import select
from collections import deque

WAITING = 2_000
"""Lines kept while nobody reads."""

ROOM = select.PIPE_BUF
"""Bytes that a pipe takes without waiting when it says that it can be written to."""


class Outlet:
    """A stream for ``logging.StreamHandler``, which calls it under a lock.

    ``dropped`` counts the lines that nobody will see.
    """

    def __init__(self, descriptor: int) -> None:
        self.dropped = 0
        self._told = 0
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._waiting: deque[bytes] = deque()

    def write(self, text: str) -> None:
        """Write whole lines, or keep them for later; never waits, never raises ``OSError``."""
        if self.dropped > self._told and len(self._waiting) < WAITING:
            self._waiting.append(f"{self.dropped - self._told} log lines were dropped\n".encode())
            self._told = self.dropped
        if len(self._waiting) < WAITING:
            self._waiting.append(text.encode(errors="backslashreplace"))
        else:
            self.dropped += 1
        self.flush()

    def flush(self) -> None:
        """Write what waits, as far as there is room."""
        try:
            while self._waiting and self._has_room():
                line = self._waiting[0]
                written = os.write(self._descriptor, line[:ROOM])
                if written < len(line):
                    self._waiting[0] = line[written:]
                else:
                    self._waiting.popleft()
        except BlockingIOError:  # somebody else's program has made it so, and is faster
            return
        except OSError:  # the reader is gone, or the disk is full: logs are not worth a life
            self.dropped += len(self._waiting)
            self._waiting.clear()

    def _has_room(self) -> bool:
        return any(state & select.POLLOUT for _, state in self._poll.poll(0))
