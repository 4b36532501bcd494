"""Reads documents: the functions that the stage runs in child processes."""

import io
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

import cv2
import numpy as np
from PIL import Image

from services.ocr.barcodes import codes_beside_text, find_codes
from services.ocr.composing import Reading, compose
from services.ocr.confidence import calibrated, packaged_weights
from services.ocr.engines.registry import loaded
from services.ocr.geometry import Frame
from services.ocr.language import language_of
from services.ocr.layout import Token, certain
from services.ocr.legibility import appraise
from services.ocr.photo.joining import joined, sheets_of
from services.ocr.recognition import in_points, mostly_legible, recognise
from services.ocr.results import DocumentInfo, PageResult, PagesRead, ReadOptions
from services.ocr.routing import Route, route
from services.ocr.sources import Picture, Source, open_source
from shared.compute.steps import StepName, step
from shared.errors import Code, DocstageError
from shared.errors.place import place_of
from shared.models.read_by import ReadBy
from shared.pdf import Area, NativeWord, TextLayer

if TYPE_CHECKING:
    from shared.models.page import Page

T = TypeVar("T")
R = TypeVar("R")

_WEBP_METHOD = 2  # 15 ms of CPU for half the bytes of a JPEG; the usual 4 takes twice that
_OVERLAP = 0.3  # of a recognised word's area under a native one: it is the same word
_SURE = 0.3  # confidence from which words beside a text layer are believed


def warm(options: ReadOptions) -> None:
    """Load everything that the first page read with ``options`` would otherwise wait for.

    Raises:
        Permanent: ``MODEL_MISSING``.
    """
    cv2.setNumThreads(1)
    blank = np.full((64, 256), 255, np.uint8)
    cv2.putText(blank, "warm 123", (8, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 2)
    engine = loaded(options.engine, options.languages, options.model_dir)
    recognise(Picture(blank, Frame()), engine)


def probe(path: str, media_type: str, options: ReadOptions | None = None) -> DocumentInfo:
    """How many pages the file has, and the exact data it carries.

    Raises:
        Permanent: the file cannot be opened: ``FILE_EMPTY``, ``FILE_CORRUPT``,
            ``FILE_ENCRYPTED``, ``TOO_MANY_PAGES``, ``FILE_TOO_LARGE``,
            ``FILE_TYPE_NOT_SUPPORTED``.
    """
    with open_source(path, media_type, options or ReadOptions()) as source:
        return DocumentInfo(source.page_count, source.embedded(), source.warnings)


def read_pages(
    path: str, media_type: str, first: int, last: int | None, options: ReadOptions
) -> PagesRead:
    """Pages ``first`` up to, not including, ``last`` (``None``: to the end), all at once.

    The document's embedded data is given when ``first`` is 0.

    Raises:
        Permanent: as ``each_page``.
    """
    end = options.max_pages if last is None else last
    found = list(_all(each_page(path, media_type, range(first, end), options, first == 0)))
    if isinstance(found[0], DocumentInfo):
        return PagesRead(found[0], ())
    pages = tuple(it for it in found if isinstance(it, PageResult))
    return PagesRead(cast("DocumentInfo", pages[0].info), pages)


def each_page(
    path: str,
    media_type: str,
    numbers: Sequence[int],
    options: ReadOptions,
    embedded: bool,  # noqa: FBT001 (given by place, to a child process)
) -> Generator[PageResult, None, DocumentInfo | PageResult]:
    """Those pages ``numbers`` that a document has, with what is known of it beside the first.

    Each is given as soon as it is read, but for the last: that is what is returned, so that
    a page alone costs one message. What is known is returned where there is no such page.
    Stops early when the options' budget is spent. ``embedded`` asks for the data that the
    file carries beside its pages.

    Raises:
        Permanent: the file cannot be opened, as in ``probe``. A page that cannot be read
            is no error of the document: its result carries one.
    """
    begun = time.monotonic()
    with ExitStack() as stack:
        with step(StepName.OPEN):
            source = stack.enter_context(open_source(path, media_type, options))
            embeds = source.embedded() if embedded else None
        info = DocumentInfo(source.page_count, embeds, source.warnings)
        wanted = [it for it in numbers if it < source.page_count]
        for place, number in enumerate(wanted, 1):
            with step(StepName.READ_PAGE, number):
                page = _read(source, number, options)
            page = replace(page, info=info) if place == 1 else page
            if place == len(wanted) or time.monotonic() - begun > options.budget:
                return page
            yield page
        return info


def _all(items: Generator[T, None, R]) -> Iterator[T | R]:
    """``items``, the last of which is returned."""
    yield (yield from items)


def read_page(path: str, media_type: str, number: int, options: ReadOptions) -> "Page":
    """One page.

    Raises:
        Permanent: the file cannot be opened, as in ``probe``.
    """
    # No child calls this; they do without pydantic, which takes a quarter of their start.
    from shared.models.page import Page  # noqa: PLC0415

    with open_source(path, media_type, options) as source:
        return Page.model_validate_json(_read(source, number, options).json)


def render_preview(path: str, media_type: str, number: int, width: int, height: int) -> bytes:
    """A page as a WebP picture of about ``width`` pixels or ``height``, what is met first.

    Raises:
        DocstageError: the file cannot be opened, or the page not drawn.
    """
    with open_source(path, media_type, ReadOptions()) as source:
        across, down = source.size(number)
        pixels = source.preview(number, min(height, max(1, round(width * down / max(across, 1)))))
    coded = io.BytesIO()
    Image.fromarray(pixels).save(coded, "WEBP", quality=75, method=_WEBP_METHOD)
    return coded.getvalue()


def _read(source: Source, number: int, options: ReadOptions) -> PageResult:
    try:
        size = source.size(number)
    except Exception as error:  # noqa: BLE001 (a broken page must cost this page only)
        return _failed(number, (0.0, 0.0), error)
    try:
        reading = _reading(source, number, options)
        return compose(number, size, reading, tables=options.tables)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (a broken page must cost this page only)
        return _failed(number, size, error)


def _reading(source: Source, number: int, options: ReadOptions) -> Reading:
    layer = source.text_layer(number)
    way = route(source, number, layer, options.text_layers)
    if way.read_by == ReadBy.OCR:
        return _from_picture(source, number, way, options)
    if options.turn_of(number) not in (None, layer.rotation):  # its words may be of nothing seen
        seen = _from_picture(source, number, way, options)
        if seen.tokens and seen.rotation == options.turn_of(number) and mostly_legible(seen.tokens):
            return seen
    return _from_layer(source, number, layer, way, options)


def _failed(number: int, size: tuple[float, float], error: Exception) -> PageResult:
    code = error.code if isinstance(error, DocstageError) else Code.PAGE_FAILED
    detail = error.detail if isinstance(error, DocstageError) else place_of(error)
    reading = Reading([], ReadBy.NOTHING, warnings=[detail], error=code)
    return compose(number, size, reading, tables=False)


def _from_picture(source: Source, number: int, way: Route, options: ReadOptions) -> Reading:
    picture = source.picture(number)
    codes = find_codes(picture)
    sheets = sheets_of(picture)
    turn = options.turn_of(number)
    if sheets:
        turn = turn if len(sheets) == 1 else None  # of several each lies in a way of its own
        reading = joined(sheets, [_recognised(sheet.picture, options, turn) for sheet in sheets])
    else:
        reading = _recognised(picture, options, turn)
    damaged = ["The image is damaged; what could be decoded was read."] * picture.damaged
    warnings = way.warnings + reading.warnings + damaged
    rescan = reading.rescan + ["the file is damaged"] * picture.damaged
    return replace(reading, warnings=warnings, rescan=rescan, barcodes=codes)


def _recognised(picture: Picture, options: ReadOptions, turn: int | None) -> Reading:
    engine = loaded(options.engine, options.languages, options.model_dir)
    found = recognise(picture, engine, turn)
    worth = appraise(found, options.expected, packaged_weights().get(found.engine))
    return Reading(
        tokens=worth.tokens,
        read_by=ReadBy.OCR,
        frame=found.frame,
        rotation=found.rotation,
        skew=found.skew,
        engine=found.engine,
        language=worth.language,
        quality=worth.quality,
        rescan=worth.rescan,
        warnings=found.warnings + worth.warnings,
    )


def _from_layer(
    source: Source, number: int, layer: TextLayer, way: Route, options: ReadOptions
) -> Reading:
    tokens = certain(layer.words)
    extra: list[Token] = []
    engine, warnings = "", list(way.warnings)
    for area in way.areas:
        picture = source.picture(number, area)
        found = recognise(picture, loaded(options.engine, options.languages, options.model_dir))
        engine, warnings = found.engine, warnings + found.warnings
        beside = list(_beside(in_points(found), layer.words))
        extra.extend(calibrated(beside, packaged_weights().get(found.engine)))
    tokens += extra
    codes = codes_beside_text(source, number, layer) if way.codes is None else way.codes
    frame = Frame()
    if layer.rotation:
        width, height = source.size(number)
        frame = Frame.unturned(layer.rotation, width, height)
        tokens = _turned(tokens, layer.rotation, width, height)
    return Reading(
        tokens=tokens,
        read_by=ReadBy.MIXED if extra else ReadBy.TEXT_LAYER,
        frame=frame,
        rotation=layer.rotation,
        engine=engine if extra else "",
        language=language_of((token.text for token in tokens), options.expected),
        warnings=warnings,
        barcodes=codes,
    )


def _turned(tokens: list[Token], rotation: int, width: float, height: float) -> list[Token]:
    if rotation in (90, 270):
        width, height = height, width
    upright = Frame.unturned(360 - rotation, width, height)
    boxes = upright.boxes(np.array([token[1:5] for token in tokens], np.float64)).tolist()
    return [
        token._replace(x0=box[0], y0=box[1], x1=box[2], y1=box[3])
        for token, box in zip(tokens, boxes, strict=True)
    ]


def _beside(found: Iterable[Token], native: list[NativeWord]) -> list[Token]:
    """The recognised words that the text layer does not have already."""
    areas = [Area(word.x0, word.y0, word.x1, word.y1) for word in native]
    return [
        token
        for token in found
        if token.confidence >= _SURE and not any(_same(token, area) for area in areas)
    ]


def _same(token: Token, area: Area) -> bool:
    shared = Area(
        max(token.x0, area.x0), max(token.y0, area.y0),
        min(token.x1, area.x1), min(token.y1, area.y1),
    )  # fmt: skip
    own = (token.x1 - token.x0) * (token.y1 - token.y0)
    return shared.x0 < shared.x1 and shared.size > _OVERLAP * own
