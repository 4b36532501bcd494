"""Odd files and e-mails through the public API: does each end as it may?

    python -m benchmarks.odd --data DIR [--sets odd,emails] [--engine auto] [--url URL --key KEY]

Starts ``docstage up``, uploads every file of the sets under its own name, all at once as a
hurried user would, and follows each to its end. A file whose answer lists ``keywords`` must
yield them where it was read. Fails where a file ends in none of its acceptable outcomes.
``--markdown FILE`` writes the table for the documentation.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.report import Figures, Floor, Report, parser, progress
from benchmarks.verdicts import MENDED, Outcome, is_acceptable, missing
from tests.e2e.api import Api
from tests.e2e.embedded import Up

_SECONDS = 300.0
_READ = frozenset({"ok", "ok_repair"})


@dataclass(frozen=True)
class Odd:
    """A file, what may become of it, and what was found in it."""

    set: str
    file: Path
    acceptable: tuple[str, ...]
    keywords: tuple[Any, ...]
    notes: str


@dataclass(frozen=True)
class Ended:
    """A file and what became of it; ``lost`` are keywords that were not read."""

    odd: Odd
    outcome: Outcome
    lost: list[str]

    @property
    def is_acceptable(self) -> bool:
        """Whether it ended as it may, and nothing was lost silently."""
        return is_acceptable(self.outcome, self.odd.acceptable) and not self.lost


def odd_files(data: Path, sets: Iterable[str]) -> list[Odd]:
    """The files of ``sets`` that have an answer."""
    found = []
    for name in sets:
        for answer in sorted((data / name).glob("*.expected.json")):
            stem = answer.name.removesuffix(".expected.json")
            file = next(it for it in (data / name).glob(f"{stem}.*") if it != answer)
            expected = json.loads(answer.read_text("utf-8"))
            keywords = tuple(expected.get("keywords") or ())
            verdicts = tuple(expected.get("verdict") or ("ok",))
            found.append(Odd(name, file, verdicts, keywords, expected.get("notes") or ""))
    return found


async def outcome_of(api: Api, odd: Odd) -> Outcome:
    """Upload a file and follow it to its end."""
    begun = time.perf_counter()
    name = odd.file.name
    form = aiohttp.FormData()
    form.add_field("files", odd.file.read_bytes(), filename=name)
    async with api.session.post("/api/v1/documents", data=form) as answer:
        body = await answer.json()
    if answer.status not in (200, 202):
        return Outcome(name, f"refused {answer.status}", body["code"])
    identity = body["documents"][0]["id"]
    try:
        document = await api.finished(identity, _SECONDS)
    except TimeoutError:
        return Outcome(name, "hangs")
    outcome = await _looked_at(api, document)
    outcome.seconds = time.perf_counter() - begun
    return outcome


async def _looked_at(api: Api, document: dict[str, Any]) -> Outcome:
    outcome = Outcome(document["name"], document["state"])
    outcome.damage = [it for it in document["warnings"] if any(word in it for word in MENDED)]
    if document["error"] is not None:
        outcome.code = document["error"]["code"]
        return outcome
    own = f"/api/v1/documents/{document['id']}"
    if document["container"] is not None:
        outcome.holds = document["container"]["kind"]
        return outcome
    status, _, text = await api.content(f"{own}/text")
    outcome.text = text.decode() if status == 200 else ""
    return outcome


async def measure(api: Api, odds: list[Odd], at_once: int) -> list[Ended]:
    """What becomes of each file, in the order given; progress is told as they end."""
    gate = asyncio.Semaphore(at_once)

    async def follow(odd: Odd) -> Ended:
        async with gate:
            outcome = await outcome_of(api, odd)
        read = not outcome.verdicts.isdisjoint(_READ)
        ended = Ended(odd, outcome, missing(outcome.text, odd.keywords) if read else [])
        sign = "ok  " if ended.is_acceptable else "FAIL"
        progress(f"{sign} {odd.set}/{odd.file.name}: {outcome.told} ({outcome.seconds:.1f} s)")
        return ended

    return list(await asyncio.gather(*(follow(it) for it in odds)))


def figures(all_ended: list[Ended]) -> list[Figures]:
    """A row for each file."""
    return [
        {
            "file": f"{it.odd.set}/{it.odd.file.name}",
            "verdict": it.outcome.told,
            "code": it.outcome.code,
            "acceptable": ", ".join(it.odd.acceptable),
            "good": "yes" if it.is_acceptable else f"NO {' '.join(it.lost)}".strip(),
        }
        for it in all_ended
    ]


async def _run(url: str, key: str, odds: list[Odd], at_once: int) -> list[Ended]:
    async with Api(url, key) as api:
        return await measure(api, odds, at_once)


def main() -> None:
    """Run it; the exit status is 1 where a file did not end as it may."""
    options = parser(__doc__)
    options.add_argument("--data", type=Path, required=True, metavar="DIR")
    options.add_argument("--sets", default="odd,emails")
    options.add_argument("--engine", default="auto")
    options.add_argument("--at-once", type=int, default=8)
    options.add_argument("--only", default="", help="part of a file's name")
    options.add_argument("--url", help="a server that runs already")
    options.add_argument("--key")
    given = options.parse_args()
    odds = [it for it in odd_files(given.data, given.sets.split(",")) if given.only in it.file.name]
    with ExitStack() as stack:
        url, key = given.url, given.key
        if url is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            environment = {"DOCSTAGE_OCR_ENGINE": given.engine, "DOCSTAGE_LOG_LEVEL": "ERROR"}
            up = stack.enter_context(Up(folder / "data", **environment))
            url, key = up.url, up.key
        ended = asyncio.run(_run(url, key, odds, given.at_once))
    report = Report("odd", {"engine": given.engine, "files": len(ended)}, figures(ended))
    bad = sum(not it.is_acceptable for it in ended)
    report.floors.append(Floor("files that did not end as they may", bad, 0, at_most=True))
    report.finish(given.json)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
