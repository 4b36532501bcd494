"""A pause of a stage while what all its jobs need does not answer.

Its messages stay where they are: taking one after the other would only write into each record
that it has to wait.
"""

import asyncio

FIRST, LONGEST = 0.5, 10.0
"""Seconds: the pause doubles from one to the other, while one job at a time is tried."""


class Pause:
    """Noted is how jobs end; before the next one begins, it is waited for the pause's end."""

    def __init__(self, first: float = FIRST, longest: float = LONGEST) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0
        self._until = 0.0
        self._trying = False

    @property
    def is_on(self) -> bool:
        """Whether jobs wait now."""
        return self._failures > 0

    def note(self, *, is_away: bool) -> None:
        """A job has met a dependency that ``is_away``, or has not."""
        now = asyncio.get_running_loop().time()
        self._trying = False
        if not is_away:
            self._failures = 0
        elif now >= self._until:  # else it is of those that were under way: known already
            seconds = min(self._longest, self._first * 2.0 ** min(self._failures, 16))
            self._failures += 1
            self._until = now + seconds

    def tried(self) -> None:
        """The job that was let through has ended, whatever became of it: try the next one."""
        self._trying = False

    async def over(self, stopping: asyncio.Event) -> None:
        """Wait until a job may begin, or ``stopping`` is set.

        During a pause one job is let through each time it ends, to see how things are.
        """
        loop = asyncio.get_running_loop()
        while self._failures and not stopping.is_set():
            left = self._until - loop.time()
            if left <= 0 and not self._trying:
                self._trying = True
                return
            try:
                async with asyncio.timeout(max(left, self._first / 2)):
                    await stopping.wait()
            except TimeoutError:
                continue
