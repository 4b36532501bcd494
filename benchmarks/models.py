"""Measures a language model beside the layout: ``python -m benchmarks.models --data DIR``.

Asks the endpoint of the settings (``DOCSTAGE_LLM_URL``, ``…_MODEL``, ``…_API_KEY``) about
receipts and invoices with answers, and says how often the layout, the model by itself, and both
together are right, and how well their confidences are calibrated. What the model has right of the
values that words bear out is what ``DOCSTAGE_LLM_ACCURACY`` wants to know. The words of the
documents are sent to the endpoint.

``--simulate 0.8`` asks nobody: it makes up a reader that is right so often, and else names another
value of the same document, to see what combining does with a reader of that kind.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.dataset import Document, evaluation, true_pages
from benchmarks.scores import Calibration, matches
from services.extract.answers import Answers
from services.extract.asking import ModelService
from services.extract.contract import ExtractRequest, ModelAnswer, StoredDocument
from services.extract.engine import extract
from services.extract.engines.model.engine import ModelEngine
from services.extract.engines.model.rendering import TextBudget
from services.extract.reading import Reading
from services.extract.subject import subject_of
from services.ocr.reader import read_pages
from services.ocr.results import ReadOptions
from shared.compute.pool import ComputePool
from shared.config import Settings
from shared.errors import DocstageError
from shared.http.chat import ChatClient, llm_endpoint
from shared.models.extraction import Field, Fields
from shared.models.page import Page
from shared.telemetry.model_metrics import ModelMetrics

_SETS = "receipts_sroie,invoices_pdf"
_TYPES = frozenset({"receipt", "invoice", "credit_note"})
_MONEY = frozenset({"total", "total_amount", "net_amount", "tax_amount", "amount_due"})
_SILENT = 0.3  # of a simulated reader's wrong answers: it finds nothing
_SEED = 7

Ask = Callable[[Document, list[Page]], Awaitable[ModelAnswer | None]]


@dataclass
class Tally:
    """What one reader found of the values that are wanted."""

    wanted: int = 0
    found: int = 0
    right: int = 0
    grounded: int = 0
    grounded_right: int = 0
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, document: Document, fields: Fields) -> None:
        """Count one document: its single values, not its rows."""
        for name in document.scored:
            wanted, found = document.fields.get(name), fields.get(name)
            if wanted is None or isinstance(wanted, list):
                continue
            self.wanted += 1
            if not isinstance(found, Field):
                continue
            right = matches(name, wanted, found.value)
            self.found += 1
            self.right += right
            self.grounded += found.grounded
            self.grounded_right += right and found.grounded
            self.calibration.add(name, found.confidence, right=right)

    def as_dict(self) -> dict[str, float]:
        """The figures as JSON."""
        reliability = self.calibration.overall
        return {
            "wanted": self.wanted,
            "found": self.found,
            "grounded": self.grounded,
            "right": self.right,
            "recall": round(self.right / max(1, self.wanted), 4),
            "accuracy_where_grounded": round(self.grounded_right / max(1, self.grounded), 4),
            "ece": round(reliability.ece, 4),
            "share_above_0.9": round(reliability.share_above, 4),
            "right_above_0.9": round(reliability.right_above, 4),
        }


def main() -> None:
    """Runs the sets asked for and prints a line for each reader."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default=_SETS)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--simulate", type=float, metavar="SHARE", help="ask nobody")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    tallies = asyncio.run(_measure(arguments))
    table = Table("reader", *next(iter(tallies.values())).as_dict(), title="Values, without rows")
    for name, tally in tallies.items():
        table.add_row(name, *(f"{value:g}" for value in tally.as_dict().values()))
    Console(width=140).print(table)
    if arguments.json:
        found = {name: tally.as_dict() for name, tally in tallies.items()}
        arguments.json.write_text(json.dumps(found, indent=1), "utf-8")


async def _measure(arguments: argparse.Namespace) -> dict[str, Tally]:
    sets = [name for name in arguments.sets.split(",") if name]
    documents = [
        it for it in evaluation(arguments.data, sets, arguments.limit) if it.type in _TYPES
    ]
    if arguments.simulate is not None:
        return await _compared(documents, _simulated(arguments.simulate, Settings().llm_accuracy))
    settings = Settings()
    endpoint = llm_endpoint(settings)
    if endpoint is None:
        sys.exit("Set DOCSTAGE_LLM_URL and DOCSTAGE_LLM_MODEL, or give --simulate.")
    client = ChatClient(endpoint)
    await client.open()
    try:
        async with ComputePool(1) as pool:
            budget = TextBudget(
                settings.llm_tokens_per_page, settings.llm_tokens, settings.llm_answer_tokens
            )
            metrics = ModelMetrics(CollectorRegistry())
            return await _compared(
                documents, _asked(ModelService("llm", client, pool, budget, metrics))
            )
    finally:
        await client.close()


async def _compared(documents: list[Document], ask: Ask) -> dict[str, Tally]:
    layout, model, both = Tally(), Tally(), Tally()
    for document in track(documents, "asking", console=Console(file=sys.stderr), transient=True):
        pages = _pages(document)
        if pages is None:
            continue
        answer = await ask(document, pages)
        if answer is None:
            continue
        request = ExtractRequest(pages=pages, requested_type=document.type)
        subject = subject_of(request)
        answers = Answers(subject.reading, is_receipt=document.type == "receipt")
        layout.add(document, extract(request).fields)
        model.add(document, ModelEngine(answer).find(answers, subject.schema))
        heard = ExtractRequest(pages=pages, requested_type=document.type, answers=[answer])
        both.add(document, extract(heard).fields)
    return {"layout": layout, "model": model, "layout and model": both}


def _pages(document: Document) -> list[Page] | None:
    if "words" in document.expected:
        return true_pages(document)
    if document.file is None or document.file.suffix.lower() != ".pdf":
        return None
    read = read_pages(str(document.file), "application/pdf", 0, None, ReadOptions())
    return [Page.model_validate_json(result.json) for result in read.pages]


def _asked(service: ModelService) -> Ask:
    async def ask(document: Document, pages: list[Page]) -> ModelAnswer | None:
        stored = [page.model_dump_json().encode() for page in pages]
        try:
            asked = await service.ask(StoredDocument(stored, requested_type=document.type))
        except DocstageError as error:
            print(document.set, document.id, error, file=sys.stderr)
            return None
        return asked.answer

    return ask


def _simulated(share: float, accuracy: float) -> Ask:
    chance = random.Random(_SEED)  # noqa: S311 - no secret

    async def ask(document: Document, pages: list[Page]) -> ModelAnswer:
        reading = Reading(pages)
        values = {}
        for name in document.scored:
            wanted = document.fields.get(name)
            if wanted is None or isinstance(wanted, list):
                continue
            if chance.random() < share:
                values[name] = str(wanted)
            elif chance.random() > _SILENT and (others := _others(reading, name, str(wanted))):
                values[name] = chance.choice(others)
        return ModelAnswer("llm", "simulated", dict(values), accuracy)

    return ask


def _others(reading: Reading, name: str, wanted: str) -> list[str]:
    """Values of the same kind that stand on the document."""
    if name in _MONEY:
        found = [each.value for each in reading.money]
    elif "date" in name:
        found = [each.value for each in reading.dates]
    elif name in {"company", "address"} or name.endswith("_name"):
        found = [segment.text for segment in reading.sheet.segments if len(segment.text) > 5]
    else:
        found = [each.value for each in reading.identifiers]
    return [value for value in found if not matches(name, wanted, value)]


if __name__ == "__main__":
    main()
