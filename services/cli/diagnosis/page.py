"""Whether a page can be read here: one is, by a child process, as the ocr stage does it."""

import asyncio
import time
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from services.cli.diagnosis.finding import Finding, Status, local
from shared.config import Settings
from shared.errors import DocstageError

_ADVICE = "No document can be read here. Run 'docstage doctor' as the user that serves."
_WORD = "Docstage"
_PDF = f"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R
/Resources<</Font<</F 5 0 R>>>>>> endobj
4 0 obj <</Length 50>> stream
BT /F 12 Tf 20 50 Td ({_WORD} reads a page) Tj ET
endstream endobj
5 0 obj <</Type/Font/Subtype/Type1/BaseFont/Helvetica>> endobj
trailer <</Root 1 0 R>>
%%EOF
""".encode()
_SECONDS = 60.0


async def page(settings: Settings) -> Finding:
    """The finding."""
    if find_spec("pymupdf") is None:
        return local("a page", Status.SKIPPED, "this installation reads no pages")
    begun = time.monotonic()
    with TemporaryDirectory() as folder:
        path = Path(folder, "page.pdf")
        await asyncio.to_thread(path.write_bytes, _PDF)
        try:
            problem = await _read(path, settings)
        except DocstageError as error:
            problem = " ".join(it for it in (error.code.value, error.detail) if it)
    if problem:
        return local("a page", Status.FAILURE, problem, _ADVICE)
    seconds = time.monotonic() - begun
    return local("a page", Status.OK, f"read by a process of its own in {seconds:.1f} s")


async def _read(path: Path, settings: Settings) -> str:
    """What is wrong with how it is read; raises ``DocstageError`` where nothing comes of it."""
    from services.ocr.reader import each_page  # noqa: PLC0415 (slow to load, for who asks)
    from services.ocr.results import PageResult, ReadOptions  # noqa: PLC0415
    from shared.compute.limits import Limits  # noqa: PLC0415
    from shared.compute.pool import ComputePool  # noqa: PLC0415

    given = (str(path), "application/pdf", [0], ReadOptions(engine=settings.ocr_engine), False)
    async with (
        ComputePool(1, limits=Limits(memory=settings.child_memory)) as children,
        aclosing(children.each(each_page, *given, timeout=_SECONDS)) as found,
    ):
        pages = [it async for it in found if isinstance(it, PageResult)]
    (result,) = pages
    if result.error is not None:
        return result.error
    return "" if _WORD in result.json.decode() else "its words are not what it says"
