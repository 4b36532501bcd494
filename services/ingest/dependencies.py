"""What the gateway cannot do its work without, and how it asks whether that is there."""

from shared.blobs.port import Blobs
from shared.broker.port import Broker
from shared.http.health import Check, Health
from shared.store.port import Store


def dependencies(store: Store, blobs: Blobs, broker: Broker) -> Health:
    """Documents are accepted without the broker: the relay wakes the stages when it is back."""
    return Health(
        checks={
            "store": Check(store.ping),
            "blobs": Check(blobs.ping),
            "broker": Check(broker.ping, required=False),
        }
    )
