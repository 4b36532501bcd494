"""Callbacks: an address that came with a document hears of its status, unsigned.

Wire form after DocDigitizer's developer pages: ``docid`` and ``status`` in the query; the
page names ``document_id`` as well, so both are there.
"""

import time
from collections.abc import Mapping

from yarl import URL

from services.notify.endpoints import Endpoints
from services.notify.trying import Tried, gone, judged, refused, since
from shared.errors import DocstageError
from shared.http.client import SafeClient
from shared.models.delivery import Delivery, DeliveryAttempt
from shared.models.document import Callback, CallbackMethod, EventName
from shared.stages.context import Runtime
from shared.store.collections import DOCUMENTS
from shared.store.port import Tenant

CALL_SECONDS = 10.0
STATUSES: Mapping[EventName, str] = {
    EventName.RECEIVED: "start",
    EventName.CLASSIFIED: "classified",
    EventName.READY: "annotated",
    EventName.NEEDS_REVIEW: "annotated",
    EventName.FAILED: "rejected",
    EventName.REJECTED: "rejected",
}


class CallbackSender:
    """Sends deliveries of kind ``callback``."""

    def __init__(self, runtime: Runtime, client: SafeClient, endpoints: Endpoints) -> None:
        self._runtime = runtime
        self._client = client
        self._endpoints = endpoints

    async def send(self, delivery: Delivery) -> Tried:
        """One try; the address is the document's, and gone when it is.

        Addresses of one origin are one endpoint: nearly each document has its own.
        """
        at = await self._runtime.store.now()
        documents = self._runtime.store.of(Tenant(delivery.organization), DOCUMENTS)
        document = await documents.get(delivery.document)
        if document is None or document.callback is None:
            return gone(at, "The document is gone.")
        callback = document.callback
        origin = str(URL(callback.url, encoded=True).origin())
        return await self._endpoints.attempt(
            delivery, origin, lambda: self._call(callback, delivery)
        )

    async def _call(self, callback: Callback, delivery: Delivery) -> DeliveryAttempt:
        at, started = await self._runtime.store.now(), time.monotonic()
        headers = callback.headers if callback.method is CallbackMethod.POST else {}
        url = _address(callback, delivery)
        try:
            answer = await self._client.call(
                callback.method.value, url, None, headers, timeout=CALL_SECONDS
            )
        except DocstageError as error:
            return refused(at, error, since(started))
        return judged(at, answer, since(started))


def _address(callback: Callback, delivery: Delivery) -> str:
    told = {"docid": delivery.document, "document_id": delivery.document}
    if delivery.event_name is not None:
        told["status"] = STATUSES[EventName(delivery.event_name)]
    return str(URL(callback.url, encoded=True).extend_query(told))
