"""Multipart forms with files: streamed to the spool, fields before or after them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from services.ingest.doors.parts import boundary_of, content_of_part
from services.ingest.names import display_name
from services.ingest.spool import RefusedFile, Spool, SpooledFile
from shared.errors import Code, DocstageError, Permanent
from shared.http.json import media_type

MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 100
PartCheck = Callable[[BodyPartReader], None]
"""Looks at the headers of a file's part before it is read; raises what is wrong with it."""
FILE_FIELDS = frozenset({"files", "file", "files[]"})


@dataclass(slots=True)
class Form:
    """What came in: text fields and files, in order.

    Of ``fields`` the last of a name counts; ``values`` has all of each name. None may have
    more than ``max_field_bytes``.
    """

    max_field_bytes: int = MAX_FIELD_BYTES
    fields: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)
    files: list[SpooledFile | RefusedFile] = field(default_factory=list)

    def discard(self) -> None:
        """Remove from the spool whatever was not moved away."""
        for file in self.files:
            if isinstance(file, SpooledFile):
                file.discard()


def any_part(_: BodyPartReader) -> None:
    """Nothing is wrong with it."""


async def read_form(
    request: web.Request, spool: Spool, max_files: int, form: Form, check: PartCheck = any_part
) -> None:
    """Read a multipart body into ``form``; the caller discards it, however this ends.

    Every part with a file name counts as a file, whatever its field is called; those beyond
    ``max_files`` are not looked at. Raises
    ``Permanent(BAD_REQUEST)`` for anything that is no well-formed multipart form.
    """
    if media_type(request) != "multipart/form-data":
        raise Permanent(Code.BAD_REQUEST, "The body must be multipart/form-data.")
    try:
        await _read_parts(request, spool, max_files, form, check)
    except DocstageError:
        raise
    except (ValueError, AssertionError, RuntimeError, BadHttpMessage, web.RequestPayloadError):
        # aiohttp's reader raises all of these for bodies that are malformed or cut short.
        raise Permanent(Code.BAD_REQUEST, "The multipart body is malformed.") from None


async def _read_parts(
    request: web.Request, spool: Spool, max_files: int, form: Form, check: PartCheck
) -> None:
    reader, boundary = await request.multipart(), boundary_of(request)
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise Permanent(Code.BAD_REQUEST, "Nested multipart bodies are not taken.")
        if part.filename is not None or part.name in FILE_FIELDS:
            content = content_of_part(request.content, boundary)
            if len(form.files) < max_files:
                form.files.append(await _take_file(part, content, spool, check))
            else:
                form.files.append(await _refuse_file(part, content))
        elif sum(map(len, form.values.values())) >= MAX_FIELDS:
            raise Permanent(Code.BAD_REQUEST, "Too many form fields.")
        else:
            name, text = part.name or "", await _text(part, form.max_field_bytes)
            form.fields[name] = text
            form.values.setdefault(name, []).append(text)


async def _refuse_file(part: BodyPartReader, content: AsyncIterator[bytes]) -> RefusedFile:
    async for _ in content:
        pass
    return RefusedFile(display_name(part.filename), Permanent(Code.TOO_MANY_FILES))


async def _take_file(
    part: BodyPartReader, content: AsyncIterator[bytes], spool: Spool, check: PartCheck
) -> SpooledFile | RefusedFile:
    try:
        check(part)
        return await spool.take(part.filename, content)
    except DocstageError as error:
        async for _ in content:
            pass
        return RefusedFile(display_name(part.filename), error)


async def _text(part: BodyPartReader, most: int) -> str:
    value = bytearray()
    while chunk := await part.read_chunk():
        value += chunk
        if len(value) > most:
            raise Permanent(Code.BAD_REQUEST, f"Form field {part.name!r} is too long.")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Permanent(Code.BAD_REQUEST, "Form fields must be UTF-8.") from None
