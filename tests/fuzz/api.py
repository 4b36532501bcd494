"""Calls made up from the OpenAPI documents that are served: nothing may answer with a 5xx.

``python -m tests.fuzz.api --examples 60`` starts a gateway of its own and prints a line for each
dialect. A 503 or 504 that is described is none: a stage was asked that does not run here. Calls are
right and wrong ones, half of them on things that are there.
"""

import argparse
import asyncio
import logging
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from shared.config import Settings
from tests.api.access_world import World, world_in

DOCUMENTS = (
    "/openapi.json",
    "/docdigitizer/openapi.json",
    "/v3/docingester/openapi.json",
    "/documind/openapi.json",
    "/affinda/openapi.json",
)
LONG = frozenset({"getPreview", "getSearchablePdf", "createTraining", "schemaFromSample"})
"""They wait for a child process of another service, for ten seconds and more."""
SECONDS = 30.0
_VERSION = re.compile(r"/(?:api/v1|v3|v2)/")


@dataclass
class Found:
    """What came of it: statuses, and calls answered with a 5xx."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def fuzz_settings(folder: Path) -> Settings:
    """A gateway that waits for nobody and lets everybody call."""
    return Settings(
        _env_file=None,
        data_dir=folder,
        wait_limit=0.05,
        extract_wait_limit=0.05,
        affinda_wait_limit=0.05,
        rate_per_key=0,
        rate_per_organization=0,
    )


async def fuzz(world: World, document: str, examples: int, number: int) -> Found:
    """Make up ``examples`` calls of each operation and manner; ``number`` seeds them."""
    described = await world.alice.call("GET", document, 200)
    schema = schemathesis.openapi.from_dict(described)
    found = Found()
    key = world.keys["admin"]
    headers = {"X-API-Key": key, "Authorization": f"API_KEY {key}"}
    headers["Authentication"] = headers["Authorization"]
    for operation in schema.get_all_operations():
        one = operation.ok()
        if one.definition.raw.get("operationId") in LONG:
            continue
        for wishes in _wishes(one, world):
            await asyncio.to_thread(
                _drive, one, wishes, world.gateway.url, headers, examples, number, found
            )
    return found


def _wishes(operation: Any, world: World) -> Iterator[dict[str, Any]]:
    """Right and wrong values, with any id and with one that there is."""
    yield {"generation_mode": GenerationMode.POSITIVE}
    has_more = bool(operation.body) or len(operation.query) or len(operation.path_parameters)
    if has_more:
        yield {"generation_mode": GenerationMode.NEGATIVE}
    names = [it.name for it in operation.path_parameters]
    if {"id", "identifier", "name"} & set(names):
        noun = _VERSION.split(operation.path)[-1].split("/")[0].replace("resthook_", "")
        real = world.things["alice"].get(noun) or world.things["alice"]["documents"]
        filled = {name: "0" if name in {"number", "training"} else real for name in names}
        yield {"generation_mode": GenerationMode.POSITIVE, "path_parameters": filled}


def _drive(
    operation: Any,
    wishes: dict[str, Any],
    url: str,
    headers: dict[str, str],
    examples: int,
    number: int,
    found: Found,
) -> None:
    try:
        strategy = operation.as_strategy(**wishes)
    except Exception:  # noqa: BLE001 - nothing wrong can be made up for some operations
        return

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def call(case: Any) -> None:
        case.headers = {**(case.headers or {}), **headers}  # a key made up opens nothing
        answer = case.call(base_url=url, timeout=SECONDS)
        found.statuses[answer.status_code] += 1
        described = operation.definition.raw["responses"].keys() - {"500"}
        if answer.status_code >= 500 and str(answer.status_code) not in described:
            fault = f"{answer.status_code} {case.as_curl_command(headers=headers)[:2000]}"
            found.faults.append(fault)

    try:
        call()
    except Exception as error:  # noqa: BLE001 - told of with the others
        name = type(error).__name__
        if name not in {"Unsatisfiable", "InvalidArgument"}:
            found.faults.append(f"{operation.label}: {name}: {error}"[:2000])


async def _main(examples: int, number: int) -> int:
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        async with world_in(Path(folder), fuzz_settings(Path(folder))) as world:
            for document in DOCUMENTS:
                found = await fuzz(world, document, examples, number)
                statuses = dict(sorted(found.statuses.items()))
                print(document, found.statuses.total(), "calls", statuses)  # noqa: T201
                for fault in found.faults:
                    print("FAULT", fault)  # noqa: T201
                faults += len(found.faults)
    return faults


def main() -> None:
    """Fuzz all dialects; the exit status says whether anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=40, help="of each operation and manner")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    raise SystemExit(1 if asyncio.run(_main(arguments.examples, arguments.seed)) else 0)


if __name__ == "__main__":
    main()
