"""What is made of documents beside reading them, in a child process kept for this."""

from services.ocr.personal_files import PersonalFiles
from services.ocr.previews import Previews
from services.ocr.searchable_files import SearchableFiles
from shared.blobs.port import Blobs
from shared.broker.topology import PERSONAL_QUEUE, PREVIEWS_QUEUE, SEARCHABLE_QUEUE
from shared.compute.pool import ComputePool
from shared.models.messages import PersonalMessage, PreviewMessage, SearchableMessage
from shared.stages.context import Runtime
from shared.stages.requests import Requests


class Artifacts:
    """Previews, searchable and redacted files, each with a queue; ``pool`` is theirs alone."""

    def __init__(self, runtime: Runtime, blobs: Blobs, pool: ComputePool) -> None:
        self._pool = pool
        self.previews = Previews(runtime.store, blobs, pool)
        self.searchable = SearchableFiles(runtime.store, blobs, pool)
        self.personal = PersonalFiles(runtime.store, blobs, pool)
        broker = runtime.broker
        self._requests = (
            Requests(broker, PREVIEWS_QUEUE, PreviewMessage, self.previews.draw),
            Requests(broker, SEARCHABLE_QUEUE, SearchableMessage, self.searchable.make),
            Requests(broker, PERSONAL_QUEUE, PersonalMessage, self.personal.make),
        )

    @property
    def alive(self) -> bool:
        """Whether messages are being consumed, or deliberately no more."""
        return all(it.alive for it in self._requests)

    async def start(self) -> None:
        """Begin to consume; raises ``DocstageError`` when no child can be started."""
        await self._pool.start()
        for it in self._requests:
            await it.start()

    async def stop(self) -> None:
        """Take no more, and return what is being made: another will make it."""
        for it in self._requests:
            await it.stop()
        await self._pool.close()
