"""The form fields of an upload: what they mean, and what is wrong with them."""

import math
from collections.abc import Mapping
from datetime import datetime

from services.ingest import workspaces
from services.ingest.codes import language_code, region_code
from services.ingest.document_types import DocumentTypes
from services.ingest.intake import Known, Order
from services.ingest.parts import IngestParts
from shared.errors import Code, Permanent
from shared.http.context import Principal
from shared.http.json import parse_object
from shared.models.extraction import ExtractionMode
from shared.models.read_by import TextLayers
from shared.models.tenancy import Workspace
from shared.models.time import to_milliseconds, utc_now
from shared.models.work import Lane

MAX_REFERENCE = 255
MAX_HINT = 4_000
MAX_METADATA_BYTES = 16 * 1024


async def read_order(parts: IngestParts, principal: Principal, fields: Mapping[str, str]) -> Order:
    """What the form asks for.

    Raises ``Permanent``: BAD_REQUEST, UNKNOWN_WORKSPACE or UNKNOWN_TYPE.
    """
    given = {name: value.strip() for name, value in fields.items()}
    metadata = given.get("metadata") or "{}"
    if len(metadata.encode()) > MAX_METADATA_BYTES:
        raise Permanent(Code.BAD_REQUEST, "metadata is longer than 16 KiB.")
    reference = given.get("reference") or None
    if reference is not None and len(reference) > MAX_REFERENCE:
        raise Permanent(Code.BAD_REQUEST, "reference is longer than 255 characters.")
    workspace = await find_workspace(parts, principal, given.get("workspace", ""))
    types = DocumentTypes(parts.store, parts.types)
    return Order(
        workspace=workspace.id,
        policies=workspace.policies,
        lane=_lane(given.get("priority", "")),
        requested_type=await types.known(principal, given.get("type", ""), workspace.id),
        mode=_mode(given.get("mode", "")),
        reference=reference,
        metadata=parse_object(metadata, "metadata"),
        expires=_expires(given.get("expires", "")),
        known=_known(given),
    )


def read_wait(value: str, limit: float) -> float:
    """For how many seconds to wait: ``true`` is as long as allowed, absent is not at all.

    Raises ``Permanent(BAD_REQUEST)``.
    """
    text = value.strip().lower()
    if text in {"", "false"}:
        return 0.0
    if text == "true":
        return limit
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise Permanent(Code.BAD_REQUEST, "wait must be true, false, or seconds.")
    return min(seconds, limit)


async def find_workspace(parts: IngestParts, principal: Principal, named: str) -> Workspace:
    """The workspace of that id or name; for an empty one the default, or the key's only one.

    Raises ``Permanent(UNKNOWN_WORKSPACE)``, also for those the key does not reach.
    """
    return await workspaces.find_workspace(parts.store, principal, named)


def _known(given: Mapping[str, str]) -> Known:
    region, language, layers = (
        given.get(name, "") for name in ("region", "language", "text_layers")
    )
    if layers not in {"", *TextLayers}:
        detail = f"text_layers must be one of {', '.join(TextLayers)}."
        raise Permanent(Code.BAD_REQUEST, detail)
    hint = given.get("hint", "")
    if len(hint) > MAX_HINT:
        raise Permanent(Code.BAD_REQUEST, f"hint is longer than {MAX_HINT} characters.")
    try:
        return Known(
            region=region_code(region) if region else None,
            language=language_code(language) if language else None,
            text_layers=TextLayers(layers) if layers else TextLayers.AUTO,
            hint=hint,
        )
    except ValueError:
        detail = "region is a code such as AU, language one such as en."
        raise Permanent(Code.BAD_REQUEST, detail) from None


def _lane(value: str) -> Lane:
    if value not in {"", *Lane}:
        raise Permanent(Code.BAD_REQUEST, "priority must be normal or low.")
    return Lane(value) if value else Lane.NORMAL


def _mode(value: str) -> ExtractionMode:
    if value not in {"", *ExtractionMode}:
        raise Permanent(Code.BAD_REQUEST, f"mode must be one of {', '.join(ExtractionMode)}.")
    return ExtractionMode(value) if value else ExtractionMode.ADVANCED


def _expires(value: str) -> datetime | None:
    if not value:
        return None
    try:
        moment = to_milliseconds(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        raise Permanent(Code.BAD_REQUEST, "expires must be an ISO 8601 time.") from None
    if moment <= utc_now():
        raise Permanent(Code.BAD_REQUEST, "expires must be in the future.")
    return moment
