"""Where an operation of any dialect may name a thing of somebody: in its path, query or body.

Every name in the table of operations is here: as a reference to a kind of thing, or as plain. One
that is neither fails the tests, so that nobody forgets to say what it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import aiohttp

from services.ingest.dialects.affinda.types.identifiers import identifier_of
from shared.http.operations import Operation
from shared.models.ids import new_id
from tests.api.harness import PDF

Place = Literal["path", "query", "body"]
Things = Mapping[str, str]
"""One thing of each kind, as callers name it."""

_BY_SEGMENT: Mapping[str, str] = {
    "documents": "document", "tasks": "document", "schema": "document", "extract": "document",
    "review": "document", "validate": "document", "resumes": "document", "invoices": "document",
    "job_descriptions": "document", "workspaces": "workspace", "mailboxes": "mailbox",
    "subscriptions": "subscription", "deliveries": "delivery", "users": "user", "keys": "key",
    "auth": "key", "data": "extraction", "organizations": "organization", "linked": "document",
    "annotations": "annotation", "validation_results": "check", "tags": "tag",
    "resthook_subscriptions": "resthook", "types": "type", "document_types": "type",
    "collections": "type", "result-queues": "queue", "mail-notices": "notice",
    "dead-letters": "letter", "reviews": "document",
}  # fmt: skip
_PLAIN_SEGMENTS = frozenset({"document_splitters", "schemas"})
_IN_PATHS = frozenset({"id", "identifier", "name"})
_PLAIN_IN_PATHS = frozenset(
    {"number", "asset", "class", "rest", "datapoint_identifier", "link", "place"}
)
_IN_QUERIES: Mapping[str, str] = {
    "workspace": "workspace", "organization": "organization", "organization_id": "organization",
    "document": "document", "document_id": "document", "parent": "document",
    "subscription": "subscription", "collection": "type", "document_type": "type",
    "type": "type", "tags": "tag", "id": "document",
}  # fmt: skip
_PLAIN_IN_QUERIES = frozenset({
    "confidence_below", "confidence_from", "cursorId", "review", "source", "tag",
    "class", "code", "compact", "count", "created_after", "created_before", "created_dt",
    "custom_identifier", "end", "event", "exclude", "expires", "failed", "format", "has_challenges",
    "in_review", "include_data", "lock", "is_reviewed", "keys", "kind", "language", "limit", "max",
    "model_name", "months", "name", "needs_review", "offset", "ordering", "original_filename",
    "output_format", "page", "postponed", "ready", "reference", "reviewed", "search", "sha256",
    "signature", "size", "skip", "snake_case", "sort_by", "sort_order", "stage", "start", "state",
    "status", "title", "validatable", "visibility", "wait",
})  # fmt: skip
_IN_BODIES: Mapping[str, str] = {
    "workspace": "workspace", "workspaces": "workspace", "organization": "organization",
    "document": "document", "identifiers": "document", "limitToExamples": "document",
    "annotations": "annotation", "parent": "annotation", "tag": "tag", "ids": "check",
    "collection": "type", "documentType": "type", "documentTypes": "type", "type": "type",
    "types": "type", "members": "user", "user": "user", "id": "annotation",
    "extractor": "type", "baseExtractor": "type",
}  # fmt: skip
_PLAIN_IN_BODIES = frozenset({
    "cursor", "filter",
    "ack", "action", "after", "boxes", "lock", "milliseconds", "revision", "sign_off", "source",
    "expires_in", "take_over", "token", "turn", "turns", "value", "words",
    "end", "only", "ordered", "per_second", "start", "authserv_id", "avatar",
    "backlog", "callback_method",
    "callback_url", "code", "compact", "contextID", "created_after", "created_before",
    "customIdentifier", "data", "dataPoint",
    "deleteAfterParse", "description", "documentSplitter", "email", "enableValidationTool",
    "enabled", "engine", "event", "events", "expires", "expires_in_days", "expiryTime",
    "extraction_mode", "field", "fields", "file", "fileName", "files", "folder",
    "digest_minutes", "dry_run", "from_stage", "kind", "limit", "not_before", "per_minute", "stage",
    "from", "host", "identifier", "isArchived", "isClientVerified", "isConfirmed",
    "isRejected", "is_active", "language", "licence", "llmHint", "lowPriority", "max_age",
    "max_length", "message", "metadata", "mode", "model", "move_to", "name", "note",
    "org_wide", "overlap", "pageIndex", "parsed", "passed", "password", "pieces",
    "pipelineIdentifier", "policies", "port", "priority", "project_name", "prompt", "raw",
    "receipts", "recipients", "rectangles", "reference", "region", "regionBias", "rejectDuplicates",
    "rejectInvalidDocuments", "requestToken", "resthookSignatureKey", "review_threshold",
    "reviewed_results", "ruleSlug", "schema", "schema_description", "schema_name", "scopes",
    "security", "senders", "sequence", "skipParse", "splits", "targetUrl", "title", "titles",
    "templates", "label", "mandatory", "categoryLabel", "hint", "text_layers",
    "url", "useOcr", "validationToolConfig", "verdict", "version", "visibility", "wait",
    "warningMessages", "whitelistIngestAddresses",
})  # fmt: skip
_PLAIN_HERE = frozenset(
    {
        ("createMailbox", "user"),
        ("changeMailbox", "user"),
        ("extract", "id"),  # a number of the caller's own making
        ("replaySubscription", "id"),  # likewise
        ("createResthookSubscriptionV2", "organization"),  # not looked at
        ("createResthookSubscriptionV2", "workspace"),
        ("updateResthookSubscriptionV2", "organization"),
        ("updateResthookSubscriptionV2", "workspace"),
    }
)
_OTHERWISE_HERE = {("changeDocuments", "ids"): "document"}
_LISTS = frozenset(
    {"workspaces", "identifiers", "annotations", "ids", "documentTypes", "types", "members"}
)
_NUMBERS = frozenset({"annotation", "check", "tag", "resthook", "page"})
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in an operation's call where a thing of a kind is named."""

    place: Place
    name: str
    kind: str


def references(prefix: str, operation: Operation) -> Iterator[Reference]:
    """All of an operation's; an ``AssertionError`` for a name that is not known here."""
    segment = operation.pattern.split("/")[1] if "/" in operation.pattern else ""
    for name in operation.path_parameters:
        if name == "training":
            yield Reference("path", name, "training")
        elif name not in _PLAIN_IN_PATHS and segment not in _PLAIN_SEGMENTS:
            assert name in _IN_PATHS, _say(prefix, operation, name)
            assert segment in _BY_SEGMENT, _say(prefix, operation, segment)
            yield Reference("path", name, _BY_SEGMENT[segment])
    for parameter in operation.parameters:
        if parameter.place == "query" and parameter.name in _IN_QUERIES:
            yield Reference("query", parameter.name, _IN_QUERIES[parameter.name])
        elif parameter.place == "query":
            assert parameter.name in _PLAIN_IN_QUERIES, _say(prefix, operation, parameter.name)
    for name in sorted(_body_names(operation)):
        if (operation.name, name) in _PLAIN_HERE:
            continue
        if name in _IN_BODIES:
            kind = _OTHERWISE_HERE.get((operation.name, name), _IN_BODIES[name])
            yield Reference("body", name, kind)
        else:
            assert name in _PLAIN_IN_BODIES, _say(prefix, operation, name)


def unheard_of(kind: str) -> str:
    """A name of nothing."""
    if kind in _NUMBERS:
        return "987000001"
    if kind in {"type", "queue"}:
        return "dt_nothing_of_this_name" if kind == "type" else "nothing-of-this-name"
    return new_id()


def call_of(
    prefix: str, operation: Operation, own: Things, reference: Reference, value: str
) -> tuple[str, dict[str, Any]]:
    """Path and the rest of a call that is right but for what ``reference`` names."""
    path = f"{prefix}{operation.pattern}"
    for one in references(prefix, operation):
        if one.place == "path":
            named = value if one == reference else own[one.kind]
            path = path.replace(f"{{{one.name}}}", _plain_name(prefix, one.kind, named))
    for name in operation.path_parameters:
        path = path.replace(f"{{{name}}}", "0")
    request: dict[str, Any] = {}
    if reference.place == "query":
        request["params"] = {reference.name: _plain_name(prefix, reference.kind, value)}
    body = _body(prefix, operation, own, reference, value)
    if body is not None:
        request["data" if isinstance(body, aiohttp.FormData) else "json"] = body
    return path, request


def _body(prefix: str, operation: Operation, own: Things, reference: Reference, value: str) -> Any:
    if operation.body is None:
        return None
    base = _base(prefix, operation.name, own)
    if reference.place == "body":
        base[reference.name] = _written(prefix, reference, value)
    if operation.body.media_type == "multipart/form-data":
        form = aiohttp.FormData(base)
        form.add_field("files" if prefix != "/v3" else "file", PDF, filename="a.pdf")
        return form
    is_array = operation.body.model is not None and "root" in operation.body.model.model_fields
    return [base] if is_array else base


def _written(prefix: str, reference: Reference, value: str) -> Any:
    named: Any = _plain_name(prefix, reference.kind, value)
    if reference.kind in _NUMBERS:
        named = int(named)
    return [named] if reference.name in _LISTS else named


def _plain_name(prefix: str, kind: str, value: str) -> str:
    """Types have a prefix in one dialect alone."""
    if kind != "type" or prefix != "/api/v1":
        return value
    return value.removeprefix(identifier_of(""))


def _base(prefix: str, name: str, own: Things) -> dict[str, Any]:
    """What has to be said beside the reference, for operations that need something."""
    new, document = f"new-{next(_numbers)}", own["document"]
    result = {"ruleSlug": "a", "message": "m", "document": document, "annotations": []}
    value = {"document": document, "pageIndex": 0, "field": "address", "raw": "x"}
    hook = {"targetUrl": f"https://example.com/{new}", "event": "document.parse.completed"}
    bases: dict[str, dict[str, Any]] = {
        "createMailbox": {"host": "imap.example.com", "user": new, "password": "p",
                          "enabled": False},
        "changeDocuments": {"action": "retype", "type": "receipt", "ids": [document]},
        "createMailNotice": {"recipients": ["ann@example.com"]},
        "createSubscription": {"url": f"https://example.com/{new}"},
        "createResultQueue": {"name": new},
        "replaySubscription": {"start": "2026-01-01T00:00:00Z"},
        "createType": {"name": new.replace("-", "_"), "fields": [{"name": "a"}]},
        "replaceType": {"fields": [{"name": "a"}]},
        "createKey": {"name": new},
        "createUser": {"name": new, "email": f"{new}@x.example"},
        "createTraining": {"type": own["type"].removeprefix(identifier_of(""))},
        "writeReviewField": {"revision": "r"},
        "changeReviewRow": {"action": "insert", "revision": "r"},
        "approveReview": {"revision": "r"},
        "rejectReview": {"note": "no use"},
        "splitDocument": {"pieces": [{"pages": [0]}]},
        "batchAddTag": {"identifiers": [document], "tag": int(own["tag"])},
        "batchRemoveTag": {"identifiers": [document], "tag": int(own["tag"])},
        "createTag": {"name": new, "workspace": own["workspace"]},
        "createAnnotation": value,
        "batchCreateAnnotations": value,
        "batchUpdateAnnotations": {"id": int(own["annotation"]), "isClientVerified": True},
        "createValidationResult": result,
        "batchCreateValidationResults": result,
        "createResthookSubscription": hook,
        "createResthookSubscriptionV2": hook,
        "createDocumentFromData": {"data": {"total": 1}},
        "updateDocumentData": {"total": 1},
        "createDocumentType": {"name": new, "organization": own["organization"]},
        "editDocumentPages": {"splits": [{"pages": [{"id": 1}]}]},
        "createCollection": {"name": new, "workspace": own["workspace"]},
        "createDataFieldForCollection": {"field": {"label": new}},
    }  # fmt: skip
    if name == "createWorkspace":
        mine = {} if prefix == "/api/v1" else {"organization": own["organization"]}
        return {"name": new, **mine}
    if name == "createDocument":
        return {"wait": "false"}
    return dict(bases.get(name, {}))


def _body_names(operation: Operation) -> set[str]:
    if operation.body is None:
        return set()
    names: set[str] = (
        set(operation.body.schema.get("properties", {})) if operation.body.schema else set()
    )
    for model in (operation.body.model, operation.body.or_json):
        if model is not None:
            names |= set(_properties(model.model_json_schema(by_alias=True)))
    return names


def _properties(schema: Mapping[str, Any]) -> Iterator[str]:
    """The top names of a model, or of each of an array of them."""
    if schema.get("type") == "array":
        reference = schema["items"].get("$ref", "").rpartition("/")[2]
        schema = schema.get("$defs", {}).get(reference, {})
    yield from schema.get("properties", {})


def _say(prefix: str, operation: Operation, name: str) -> str:
    return f"say in access_references.py what {name!r} of {prefix} {operation.name} is"
