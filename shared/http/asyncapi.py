"""The AsyncAPI 3.0 document of the result queues, from the model of their messages."""

from typing import Any

from pydantic.json_schema import models_json_schema

from shared.broker.topology import result_queue_name
from shared.models.result_message import CLOUD_EVENT, ResultMessage

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_DESCRIPTION = (
    "What a result queue of mode push holds on RabbitMQ: CloudEvents 1.0 in JSON, structured "
    "mode. Host, queue and login are in the answer to `POST /api/v1/result-queues`. At least "
    "once: drop what you know by `id`; `data.sequence` orders a document's messages."
)


def asyncapi_document(title: str, version: str) -> Json:
    """The document; Docstage is the application that sends."""
    found, definitions = models_json_schema([(ResultMessage, "serialization")], ref_template=_REF)
    channel, message = "#/channels/results", "#/components/messages/result"
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version, "description": _DESCRIPTION},
        "defaultContentType": CLOUD_EVENT,
        "channels": {"results": _channel(message)},
        "operations": {
            "sendResult": {
                "action": "send",
                "summary": "An event of a document, for the reader of a result queue",
                "channel": {"$ref": channel},
                "messages": [{"$ref": f"{channel}/messages/result"}],
                "bindings": {"amqp": {"deliveryMode": 2, "ack": True, "bindingVersion": "0.3.0"}},
            }
        },
        "components": {
            "schemas": definitions.get("$defs", {}),
            "messages": {"result": _message(found[ResultMessage, "serialization"])},
        },
    }


def _channel(message: str) -> Json:
    address = result_queue_name("{organization}", "{name}")
    return {
        "address": address,
        "title": "A result queue",
        "messages": {"result": {"$ref": message}},
        "parameters": {
            "organization": {"description": "the organization's id"},
            "name": {"description": "the queue's name"},
        },
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {
                    "name": address,
                    "durable": True,
                    "exclusive": False,
                    "autoDelete": False,
                },
                "bindingVersion": "0.3.0",
            }
        },
    }


def _message(schema: Json) -> Json:
    return {
        "name": "result",
        "title": "An event of a document",
        "contentType": CLOUD_EVENT,
        "payload": schema,
    }
