"""The notify stage: one try of one delivery, over the way its kind says."""

from collections.abc import Mapping

from services.notify.metrics import DeliveryMetrics
from services.notify.trying import Sender, Tried
from shared.errors import Code, Permanent
from shared.models.delivery import Delivery, DeliveryKind
from shared.models.work import StageName
from shared.stages.job import JobContext


class NotifyStage:
    """Hands each delivery to the sender of its kind."""

    name = StageName.NOTIFY

    def __init__(
        self, senders: Mapping[DeliveryKind, Sender], metrics: DeliveryMetrics | None = None
    ) -> None:
        self._senders = senders
        self._metrics = metrics

    async def run(self, record: Delivery, context: JobContext[Delivery]) -> Tried:
        """Send the delivery once; a refusal of the receiver is a result, not an error."""
        sender = self._senders.get(record.kind)
        if sender is None:
            raise Permanent(Code.TARGET_GONE, "Nothing is sent on this way.")
        attempt = await sender.send(record)
        if self._metrics is not None:
            self._metrics.tried(record.kind, attempt)
        await context.reach("sent")
        return attempt
