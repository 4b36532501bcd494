"""Result queues as they are set up here, and how their readers come in."""

from yarl import URL

from services.ingest import result_queues as queues
from services.ingest.parts import IngestParts
from services.ingest.resources.result_queue_models import AmqpAccess
from shared.broker.readers import Grant, virtual_host_of
from shared.broker.topology import result_queue_name
from shared.config import Settings
from shared.models.delivery import ResultQueue


def queues_of(parts: IngestParts) -> queues.ResultQueues:
    """Who carries out what is asked for."""
    url = parts.settings.broker_url
    return queues.ResultQueues(parts.store, parts.broker, parts.readers, parts.removal, url)


def amqp_access(settings: Settings, queue: ResultQueue, grant: Grant) -> AmqpAccess:
    """Where and as whom a queue is read."""
    broker_url = settings.public_broker_url or settings.broker_url
    broker = URL(broker_url)
    tls = broker.scheme == "amqps"
    port = broker.explicit_port or (5671 if tls else 5672)
    virtual_host = virtual_host_of(broker_url)
    url = URL.build(
        scheme=broker.scheme,
        user=grant.user,
        password=grant.password,
        host=broker.host or "",
        port=port,
        path=f"/{virtual_host.replace('/', '%2F')}" if virtual_host != "/" else "/",
        encoded=True,
    )
    return AmqpAccess(
        host=broker.host or "",
        port=port,
        tls=tls,
        virtual_host=virtual_host,
        queue=result_queue_name(queue.organization, queue.name),
        user=grant.user,
        password=grant.password,
        url=str(url),
        commands=grant.commands,
    )
