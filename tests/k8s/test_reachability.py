"""Who may talk to whom, against golden files; REWRITE_GOLDEN=1 writes them anew."""

import os
from pathlib import Path

import pytest

from tests.k8s.manifests import OVERLAYS, Manifests
from tests.k8s.reachability import table

GOLDEN = Path(__file__).parent / "golden"
SERVICES = ("docstage-ingest", "docstage-ocr", "docstage-extract", "docstage-notify")
READERS = ("docstage-ocr", "docstage-extract")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_who_reaches_whom_is_as_agreed(overlay: str) -> None:
    path = GOLDEN / f"{overlay}.txt"
    seen = table(Manifests.of(overlay))
    if os.environ.get("REWRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(seen)
    assert seen == path.read_text()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_strangers_reach_the_gateway_alone_and_readers_reach_no_stranger(overlay: str) -> None:
    for pair in table(Manifests.of(overlay)).splitlines():
        source, _, target = pair.partition(" -> ")
        if source == "pod: another tenant":
            assert target == "docstage-ingest: 8080"
        if source in READERS:
            assert target.startswith(("docstage-", "pod: name server")), pair
        if source in SERVICES:
            assert not target.startswith(("the cloud's metadata", "a private network")), pair


@pytest.mark.parametrize("overlay", ["dev", "single-node"])
@pytest.mark.parametrize("backend", ["broker: 5672", "store: 27017", "blobs: 8333"])
def test_every_service_reaches_its_backends(overlay: str, backend: str) -> None:
    lines = table(Manifests.of(overlay)).splitlines()
    for service in SERVICES:
        assert any(it.startswith(f"{service} -> docstage-{backend}") for it in lines), service
