"""Tasks: a document's way through the queue, told as a thing of its own.

Every document has one task for its whole life, at work again when the document is processed
anew. Its id is the document's in another dress, so that it can be found without an index.
"""

import uuid

# Random once. Version 7 becomes version 4, the variant stays, all other bits are mixed, so
# that an id of the one kind is never one of the other.
_MASK = 0x5A1E9C3F_B7D2_3A6D_1C84_F05E92A7D36B


def task_id(document_id: str) -> str:
    """The id of a document's task."""
    return str(uuid.UUID(int=uuid.UUID(document_id).int ^ _MASK))


def document_of_task(identity: str) -> str:
    """The id of the document whose task this is; of none there is, for what is no task's id."""
    return str(uuid.UUID(int=uuid.UUID(identity).int ^ _MASK))
