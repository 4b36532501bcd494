"""The parameters of an upload: what they say, and what is wrong with them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.ingest.codes import language_code, region_code
from services.ingest.dialects.affinda.documents.models import WarningView
from services.ingest.dialects.affinda.wire import items_of, moment, truth
from services.ingest.doors.upload import Form
from services.ingest.intake import Known
from services.ingest.names import display_name
from shared.errors import Code, Permanent
from shared.models.read_by import TextLayers
from shared.models.time import utc_now
from shared.models.work import Lane

MAX_IDENTIFIER, MAX_HINT, MAX_EXAMPLES = 255, 4_000, 100
_WARNINGS = TypeAdapter(list[WarningView])


@dataclass(frozen=True, slots=True)
class Wish:
    """What an upload asks for. ``kind`` is the identifier of a document type."""

    url: str = ""
    data: Mapping[str, Any] | None = None
    workspace: str = ""
    kind: str = ""
    wait: bool = True
    custom_identifier: str | None = None
    file_name: str = ""
    expiry: datetime | None = None
    rejects_duplicates: bool | None = None
    lane: Lane = Lane.NORMAL
    compact: bool = False
    delete_after_parse: bool = False
    known: Known = Known()  # noqa: RUF009 - frozen


def read_wish(form: Form) -> Wish:
    """The parameters in a form; raises ``Permanent(BAD_REQUEST)``, which names the field."""
    given = {name: value.strip() for name, value in form.fields.items() if value.strip()}
    wait = truth(given.get("wait"), "wait")
    expiry = future(given.get("expiryTime"), "expiryTime")
    delete = truth(given.get("deleteAfterParse"), "deleteAfterParse") or False
    if delete and wait is False:
        detail = "Only with wait: without it the result would be gone before anybody saw it."
        raise Permanent(Code.BAD_REQUEST, detail, field="deleteAfterParse")
    examples = [it.lower() for it in items_of(form.values.get("limitToExamples", []))]
    if len(examples) > MAX_EXAMPLES:
        raise Permanent(Code.BAD_REQUEST, "At most 100 documents.", field="limitToExamples")
    low = truth(given.get("lowPriority"), "lowPriority")
    return Wish(
        url=given.get("url", ""),
        data=_object(given["data"], "data") if "data" in given else None,
        workspace=given.get("workspace", ""),
        kind=given.get("documentType") or given.get("collection", ""),
        wait=True if wait is None else wait,
        custom_identifier=short(
            given.get("customIdentifier") or given.get("identifier"), "customIdentifier"
        ),
        file_name=display_name(given["fileName"]) if "fileName" in given else "",
        expiry=expiry,
        rejects_duplicates=truth(given.get("rejectDuplicates"), "rejectDuplicates"),
        lane=Lane.LOW if low else Lane.NORMAL,
        compact=truth(given.get("compact"), "compact") or False,
        delete_after_parse=delete,
        known=_known(form, given, tuple(examples)),
    )


def short(text: str | None, field: str, most: int = MAX_IDENTIFIER) -> str | None:
    """A text of limited length; raises ``Permanent(BAD_REQUEST)``."""
    if text is not None and len(text) > most:
        raise Permanent(Code.BAD_REQUEST, f"At most {most} characters.", field=field)
    return text


def future(text: str | None, field: str) -> datetime | None:
    """A time to come; raises ``Permanent(BAD_REQUEST)``."""
    found = moment(text, field)
    if found is not None and found <= utc_now():
        raise Permanent(Code.BAD_REQUEST, "Must be in the future.", field=field)
    return found


def language_of(text: str | None) -> str | None:
    """A language such as ``en`` or ``zh-cn``; raises ``Permanent(BAD_REQUEST)``."""
    if not text:
        return None
    try:
        return language_code(text)
    except ValueError:
        detail = "Must be a code such as en or zh-cn."
        raise Permanent(Code.BAD_REQUEST, detail, field="language") from None


def warnings_given(values: list[str]) -> list[dict[str, str]]:
    """Warnings as JSON, one list or one object for each; raises ``Permanent(BAD_REQUEST)``."""
    found: list[Any] = []
    try:
        for text in values:
            value = json.loads(text)
            found += value if isinstance(value, list) else [value]
        warnings = _WARNINGS.validate_python(found[:MAX_EXAMPLES])
    except (ValueError, RecursionError, ValidationError):
        detail = 'Must be a list of {"warningCode": …, "warningDetail": …}.'
        raise Permanent(Code.BAD_REQUEST, detail, field="warningMessages") from None
    return [it.model_dump(by_alias=True) for it in warnings]


def _known(form: Form, given: Mapping[str, str], examples: tuple[str, ...]) -> Known:
    bias = _object(given["regionBias"], "regionBias") if "regionBias" in given else None
    use_ocr = truth(given.get("useOcr"), "useOcr")
    layers = {None: TextLayers.AUTO, True: TextLayers.NEVER, False: TextLayers.ONLY}[use_ocr]
    terms: dict[str, Any] = {}
    if bias is not None:
        terms["regionBias"] = bias
    if warnings := warnings_given(form.values.get("warningMessages", [])):
        terms["warningMessages"] = warnings
    if validation := truth(given.get("enableValidationTool"), "enableValidationTool"):
        terms["enableValidationTool"] = validation
    return Known(
        region=_region(bias) if bias else None,
        language=language_of(given.get("language")),
        text_layers=layers,
        hint=short(given.get("llmHint"), "llmHint", MAX_HINT) or "",
        examples=examples,
        terms=terms,
    )


def _region(bias: Mapping[str, Any]) -> str | None:
    """The country that is said first."""
    countries = bias.get("countries")
    several = countries if isinstance(countries, list) else []
    for country in (bias.get("country"), *several):
        if country in (None, ""):
            continue
        try:
            return region_code(str(country))
        except ValueError:
            detail = "Countries are codes of two letters, such as AU."
            raise Permanent(Code.BAD_REQUEST, detail, field="regionBias") from None
    return None


def _object(text: str, field: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Permanent(Code.BAD_REQUEST, "Must be a JSON object.", field=field)
    return value
