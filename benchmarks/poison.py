"""What hostile files cost: the time until each is given up, and what good ones beside it lose.

    python -m benchmarks.poison [--page-timeout SECONDS] [--json FILE]

Starts ``docstage up`` with two reading children and the page timeout given, and uploads one
hostile file after another while good ones keep coming. A file that hangs may cost the time that
a page is allowed, and a second more; and no good document may fail. (Children that die of a
signal are a matter of tests/unit/test_compute_pool.py: we know of no file that kills one.)
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.report import Figures, Floor, Report, middle, parser, progress
from tests.e2e.api import Api
from tests.e2e.embedded import Up
from tests.samples import hostile
from tests.samples.pages import text_pdf

POISON: dict[str, Callable[[], bytes]] = {
    "hang.pdf": hostile.endless_page_pdf,
    "memory.pdf": hostile.picture_bomb_pdf,
    "circular.pdf": hostile.circular_pdf,
    "deep.pdf": hostile.deep_pdf,
    "bomb.png": hostile.png_bomb,
}
CHILDREN = 2
PAUSE = 0.1


@dataclass
class Cost:
    """Seconds from the 202 to the end, and those of the good documents meanwhile."""

    name: str
    state: str = ""
    why: str = ""
    seconds: float = 0.0
    good: list[float] = field(default_factory=list)
    lost: int = 0


async def send_good(api: Api, cost: Cost) -> None:
    """Good documents, one after the other, until cancelled."""
    content = text_pdf(pages=1)
    while True:
        begun = time.perf_counter()
        document = await api.finished((await api.upload(content, "good.pdf"))["id"])
        cost.good.append(time.perf_counter() - begun)
        cost.lost += document["state"] == "failed"
        await asyncio.sleep(PAUSE)


async def cost_of(api: Api, name: str) -> Cost:
    """Upload a hostile file beside good ones, and wait for its end."""
    cost = Cost(name)
    beside = asyncio.create_task(send_good(api, cost))
    content = POISON[name]()
    begun = time.perf_counter()
    document = await api.finished((await api.upload(content, name))["id"])
    cost.seconds = time.perf_counter() - begun
    beside.cancel()
    await asyncio.gather(beside, return_exceptions=True)
    cost.state = document["state"]
    cost.why = " ".join([(document["error"] or {}).get("code", ""), *document["warnings"]])
    return cost


async def measure(page_timeout: float) -> list[Cost]:
    """What each hostile file costs."""
    environment = {
        "DOCSTAGE_WORKERS": str(CHILDREN),
        "DOCSTAGE_OCR_ENGINE": "fast",
        "DOCSTAGE_PAGE_TIMEOUT": str(page_timeout),
        "DOCSTAGE_LOG_LEVEL": "ERROR",
    }
    costs = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Up(Path(folder) / "data", **environment) as up,
    ):
        async with Api(up.url, up.key) as api:
            for _ in range(CHILDREN):
                await api.finished((await api.upload(text_pdf(), "first.pdf"))["id"])
            for name in POISON:
                progress(name)
                costs.append(await cost_of(api, name))
    return costs


def figures(costs: list[Cost]) -> list[Figures]:
    """A row for each hostile file."""
    return [
        {
            "runner": cost.name,
            "state": cost.state,
            "seconds": round(cost.seconds, 2),
            "why": cost.why,
            "good beside": len(cost.good),
            "failed": cost.lost,
            "their p50 s": middle(cost.good, 2) if cost.good else 0.0,
        }
        for cost in costs
    ]


def main() -> None:
    """Run the benchmark."""
    options = parser(__doc__)
    options.add_argument("--page-timeout", type=float, default=6.0, metavar="SECONDS")
    given = options.parse_args()
    costs = asyncio.run(measure(given.page_timeout))
    report = Report("poison", {"page timeout s": given.page_timeout}, figures(costs))
    worst, lost = max(cost.seconds for cost in costs), sum(cost.lost for cost in costs)
    beyond = worst - given.page_timeout
    report.floors += [
        Floor("seconds beyond a page's timeout, the worst", round(beyond, 2), 1, at_most=True),
        Floor("good documents that failed", lost, 0, at_most=True),
    ]
    report.finish(given.json)


if __name__ == "__main__":
    main()
