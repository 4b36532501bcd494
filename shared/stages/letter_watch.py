"""Looking how many dead letters are open, and whether anything lies in the quarantine."""

from collections import Counter
from collections.abc import Callable, Mapping

from shared.broker.topology import QUARANTINE_QUEUE
from shared.models.dead_letter import LetterState
from shared.stages.context import Runtime
from shared.store.collections import DEAD_LETTERS
from shared.store.port import Position, Query

MOST = 10_000
"""Letters that one look counts: who has more of them need not know how many."""
_PAGE = 500

Seen = Callable[[Mapping[tuple[str, str], int], int], None]


class LetterWatch:
    """``seen`` is told of open letters by stage and code, and of messages in the quarantine."""

    def __init__(self, runtime: Runtime, seen: Seen) -> None:
        self._runtime = runtime
        self._seen = seen

    async def step(self) -> None:
        """One look; raises ``Transient`` when store or broker are down."""
        letters, after = self._runtime.store.across(DEAD_LETTERS), None
        found: Counter[tuple[str, str]] = Counter()
        query = Query({"state": LetterState.OPEN.value})
        while found.total() < MOST and (rows := await letters.page(query, after, _PAGE)):
            found.update((it.stage.value, it.code) for it in rows)
            after = Position(rows[-1].created, rows[-1].id)
        self._seen(found, await self._runtime.broker.depth(QUARANTINE_QUEUE))
