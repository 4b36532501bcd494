"""The form of a call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.dialects.docdigitizer_v3.errors import TRACE_LENGTH, new_trace
from services.ingest.doors.upload import Form
from services.ingest.spool import RefusedFile, SpooledFile
from shared.errors import Code, Permanent

PDF = "application/pdf"
DEFAULT_PIPELINE = "MainPipelineWithOCR"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN = re.compile(rf"[0-9A-Za-z_-]{{1,{TRACE_LENGTH}}}")
_PIPELINE = re.compile(r"[0-9A-Za-z_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Call:
    """What a call says beside its file; ``id`` and ``context`` are the sender's own."""

    id: str
    context: str
    trace: str
    pipeline: str


def read_call(fields: Mapping[str, str]) -> Call:
    """The fields of the form; raises ``Permanent(BAD_REQUEST)``."""
    return Call(
        id=_uuid(fields, "id"),
        context=_uuid(fields, "contextID"),
        trace=_matching(fields, "requestToken", _TOKEN) or new_trace(),
        pipeline=_matching(fields, "pipelineIdentifier", _PIPELINE) or DEFAULT_PIPELINE,
    )


def read_pdf(form: Form) -> SpooledFile:
    """The file of the form, which must be a PDF; raises ``Permanent``."""
    if not form.files:
        raise Permanent(Code.BAD_REQUEST, "The form has no file.")
    file = form.files[0]
    if isinstance(file, RefusedFile):
        raise file.error
    if file.media_type != PDF:
        raise Permanent(Code.FILE_TYPE_NOT_SUPPORTED, "The file is no PDF.")
    return file


def _uuid(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if _UUID.fullmatch(value) is None:
        raise Permanent(Code.BAD_REQUEST, f"{name} must be a UUID.")
    return value.lower()


def _matching(fields: Mapping[str, str], name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name, "").strip()
    if value and pattern.fullmatch(value) is None:
        raise Permanent(Code.BAD_REQUEST, f"{name} is malformed.")
    return value
