"""Fields of many documents as one file."""

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import BinaryIO, cast

from pydantic import BaseModel

from shared.errors import Code, Permanent
from shared.exports.rows import Types, types_of
from shared.exports.sinks import CsvTable, JsonArray, JsonLines, Sink
from shared.exports.workbook import TooLongError, Workbook
from shared.models.schema import Schema

_IN_MEMORY = 4 * 1024 * 1024


class ExportForm(StrEnum):
    """How the file is written."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    ExportForm.JSON: "application/json",
    ExportForm.JSONL: "application/x-ndjson",
    ExportForm.CSV: "text/csv",
    ExportForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def export_file(
    form: ExportForm,
    documents: Sequence[BaseModel],
    types: Iterable[Schema],
    kind: str | None = None,
) -> bytes:
    """The file, of documents as the API shows them; with the columns of ``kind`` in any case.

    Raises ``Permanent(BAD_REQUEST)`` where there is more than a sheet can hold.
    """
    return await asyncio.to_thread(_write, form, documents, types, kind)


def _write(
    form: ExportForm, documents: Sequence[BaseModel], types: Iterable[Schema], kind: str | None
) -> bytes:
    known = types_of([it.model_dump(mode="json", include={"name", "fields"}) for it in types])
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        sink = _sink(form, cast("BinaryIO", file), known, kind)
        try:
            for document in documents:
                sink.add(document.model_dump(mode="json"))
            sink.finish()
        except TooLongError as error:
            raise Permanent(Code.BAD_REQUEST, str(error)) from None
        finally:
            sink.close()
        file.seek(0)
        return file.read()


def _sink(form: ExportForm, stream: BinaryIO, types: Types, kind: str | None) -> Sink:
    match form:
        case ExportForm.JSON:
            return JsonArray(stream)
        case ExportForm.JSONL:
            return JsonLines(stream)
        case ExportForm.CSV:
            return CsvTable(stream, types, kind)
        case ExportForm.XLSX:
            return Workbook(stream, types, kind)
