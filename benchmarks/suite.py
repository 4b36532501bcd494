"""All benchmarks at modest sizes, one after the other: ``make bench``.

    python -m benchmarks.suite [NAME ...] [--results FOLDER]

Each runs as a process of its own and writes ``FOLDER/NAME.json``. At the end stand the floors:
what was promised, what was measured, and whether it was reached. A floor that was missed is
said and is no error: machines differ, and other work disturbs. One that could not run is an
error.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.chain import CELERY, CONTENDERS, DEFAULT, missing

RESULTS = Path(__file__).parent / "results"
BENCHES: dict[str, list[str]] = {
    "latency": ["latency", "--documents", "40"],
    "latency-rabbitmq": ["latency", "--documents", "40", "--rabbitmq"],
    "throughput": ["throughput", "--rounds", "3"],
    "throughput-rabbitmq": ["throughput", "--rounds", "3", "--rabbitmq"],
    "chain": ["chain", "--jobs", "600"],
    "gateway": ["gateway", "--rounds", "3"],
    "mail": ["mail", "--messages", "12", "--mebibytes", "10", "--small", "200"],
    "listing": ["listing"],
    "store_calls": ["store_calls", "--jobs", "16"],
    "ocr_process": ["ocr_process"],
    "poison": ["poison"],
    "long_documents": ["long_documents", "--pages", "100"],
}


def command(name: str, target: Path) -> list[str]:
    """How a benchmark is run."""
    module, *more = BENCHES[name]
    line = [sys.executable, "-m", f"benchmarks.{module}", *more, "--json", str(target)]
    absent = missing(DEFAULT) if module == "chain" else []
    if absent:
        print(f"  without {', '.join(absent)}: not installed (make install-bench)")
        there = [it for it in DEFAULT if CONTENDERS[it].needs not in absent]
        line += ["--contenders", ",".join(there)]
    return line


def run(name: str, folder: Path) -> dict[str, Any] | None:
    """Run a benchmark; what it found, or ``None`` when it failed."""
    target = folder / f"{name}.json"
    target.unlink(missing_ok=True)
    print(f"\n=== {name}", flush=True)
    begun = time.monotonic()
    done = subprocess.run(command(name, target), check=False)  # noqa: S603 - our own command line
    print(f"  {time.monotonic() - begun:.0f} s")
    if done.returncode or not target.exists():
        print(f"  {name} could not run: status {done.returncode}")
        return None
    found: dict[str, Any] = json.loads(target.read_text("utf-8"))
    return found


def floors(found: dict[str, dict[str, Any] | None]) -> Table:
    """What was promised, and what came of it."""
    table = Table(title="Floors", title_justify="left")
    for column in ("benchmark", "floor", "limit", "measured", "fsync p50 ms", ""):
        table.add_column(column, justify="right" if column in {"limit", "measured"} else "left")
    for name, report in found.items():
        if report is None:
            table.add_row(name, "", "", "", "", "could not run")
            continue
        for floor in report["floors"]:
            sign = "<=" if floor["at_most"] else ">="
            table.add_row(
                name,
                floor["name"],
                f"{sign} {floor['limit']:g}",
                f"{floor['measured']:.2f}",
                str(report["setting"].get("fsync p50 ms", "")),
                "reached" if floor["reached"] else "MISSED",
            )
    return table


def main() -> None:
    """Run those asked for, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--results", type=Path, default=RESULTS, help="a folder for the JSON")
    given = parser.parse_args()
    if unknown := set(given.names) - BENCHES.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    given.results.mkdir(parents=True, exist_ok=True)
    found = {name: run(name, given.results) for name in given.names or BENCHES}
    console = Console(width=118, highlight=False)
    console.print()
    console.print(floors(found))
    missed = [it for it in found.values() if it and not all(f["reached"] for f in it["floors"])]
    if missed:
        print("Some floors were missed. On a quiet machine, run those benchmarks alone.")
    if CELERY in missing([CELERY]):
        print("Celery is not installed: the chain was measured without (make install-bench).")
    if None in found.values():
        sys.exit("not every benchmark could run")


if __name__ == "__main__":
    main()
