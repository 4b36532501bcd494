"""The table of result queues."""

from services.ingest.dialects.native.result_messages import ResultMessagesApi
from services.ingest.dialects.native.result_queues import ResultQueues
from services.ingest.parts import IngestParts
from services.ingest.resources.document_models import DocumentView
from services.ingest.resources.result_queue_models import (
    Acknowledged,
    Acknowledgement,
    AmqpAccess,
    MadeResultQueueView,
    Messages,
    NewResultQueue,
    ReplayRequest,
    ReplayResult,
    ResultQueueList,
    ResultQueueView,
)
from shared.errors import Code
from shared.http.operations import Answer, Body, Operation, Parameter
from shared.models.tenancy import Scope

_ALL = "/result-queues"
_ONE = "/result-queues/{name}"
_MESSAGES = f"{_ONE}/messages"
_TAG = "result queues"
_GONE = (Code.NOT_FOUND,)
_OTHER_WAY = (Code.NOT_FOUND, Code.CONFLICT)
_COUNT = {"type": "integer", "minimum": 1}
_FETCH = (
    Parameter("max", "how many at most, up to 100", {**_COUNT, "default": 10}),
    Parameter("wait", "true, or up to 20 seconds: wait for the first one"),
    Parameter(
        "visibility",
        "seconds until what is not acknowledged is given out again",
        {**_COUNT, "default": 60},
    ),
)


def result_queue_operations(parts: IngestParts) -> list[Operation]:
    """Queues, their messages, and the documents that messages link to."""
    queues, messages = ResultQueues(parts), ResultMessagesApi(parts)
    return [*_looks(queues), *_changes(queues), *_messages(messages), _linked(messages)]


def _looks(api: ResultQueues) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_ALL,
            handle=api.list,
            name="listResultQueues",
            summary="List result queues",
            tag=_TAG,
            scope=Scope.READ,
            parameters=(Parameter("workspace", "only this workspace, by id"),),
            answers={200: Answer("a page of result queues", ResultQueueList)},
            paged=True,
        ),
        Operation(
            method="GET",
            path=_ONE,
            handle=api.get,
            name="getResultQueue",
            summary="One result queue, by name or id",
            tag=_TAG,
            scope=Scope.READ,
            answers={200: Answer("the queue", ResultQueueView)},
            errors=_GONE,
        ),
    ]


def _changes(api: ResultQueues) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path=_ALL,
            handle=api.create,
            name="createResultQueue",
            summary="Make a result queue",
            tag=_TAG,
            scope=Scope.ADMIN,
            body=Body(NewResultQueue),
            answers={201: Answer("the queue, and how to read it", MadeResultQueueView)},
            errors=(Code.CONFLICT, Code.UNKNOWN_WORKSPACE, Code.NOT_IMPLEMENTED),
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            handle=api.delete,
            name="deleteResultQueue",
            summary="Remove a result queue with its messages",
            tag=_TAG,
            scope=Scope.ADMIN,
            answers={204: Answer("removed")},
            errors=_GONE,
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/rotate",
            handle=api.rotate,
            name="rotateResultQueueCredentials",
            summary="A new password for the queue's reader",
            tag=_TAG,
            scope=Scope.ADMIN,
            answers={200: Answer("the access", AmqpAccess)},
            errors=_OTHER_WAY,
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/replay",
            handle=api.replay,
            name="replayResultQueue",
            summary="Send stored messages again, in order, with the same ids",
            tag=_TAG,
            scope=Scope.ADMIN,
            body=Body(ReplayRequest),
            answers={200: Answer("what was sent", ReplayResult)},
            errors=_GONE,
        ),
    ]


def _messages(api: ResultMessagesApi) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_MESSAGES,
            handle=api.fetch,
            name="fetchResultMessages",
            summary="Fetch messages, to be acknowledged",
            tag=_TAG,
            scope=Scope.READ,
            parameters=_FETCH,
            answers={200: Answer("messages, oldest first", Messages)},
            errors=_OTHER_WAY,
        ),
        Operation(
            method="POST",
            path=_MESSAGES,
            handle=api.acknowledge,
            name="acknowledgeResultMessages",
            summary="Acknowledge messages",
            tag=_TAG,
            scope=Scope.READ,
            body=Body(Acknowledgement),
            answers={200: Answer("what is done with", Acknowledged)},
            errors=_OTHER_WAY,
        ),
    ]


def _linked(api: ResultMessagesApi) -> Operation:
    return Operation(
        method="GET",
        path="/linked/documents/{id}",
        handle=api.linked_document,
        name="getLinkedDocument",
        summary="The document of a signed link; needs no key",
        tag=_TAG,
        scope=None,
        parameters=(
            Parameter("expires", "of the link"),
            Parameter("signature", "of the link"),
        ),
        answers={200: Answer("the document", DocumentView)},
        errors=_GONE,
    )
