"""Forgetting what calls were answered, once nobody can ask for it again."""

from shared.models.remembered import KEPT
from shared.stages.context import Runtime
from shared.store.collections import REMEMBERED
from shared.store.port import Query

BATCH = 500


class Forgetting:
    """Removes remembered answers whose day is over."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def step(self) -> None:
        """Remove some of them; raises ``Transient`` when the store is down."""
        now = await self._runtime.store.now()
        answers = self._runtime.store.across(REMEMBERED)
        old = Query(created_before=now - KEPT, oldest_first=True)
        for answer in await answers.page(old, None, BATCH):
            if answer.is_over(now):
                await answers.delete(answer.id)
