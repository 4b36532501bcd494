"""compose.yaml against the code: services, limits, variables, passwords, versions."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.run import SERVICES
from shared.config import GRACE_SECONDS, JOB_SECONDS, Settings
from shared.models.work import StageName

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
BACKENDS = {"broker", "store", "blobs"}


def services() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
    return loaded


def stage_of(service: str) -> StageName:
    return StageName.UNPACK if service == "ingest" else StageName(service)


def test_there_are_our_services_and_what_they_need() -> None:
    assert set(services()) == set(SERVICES) | BACKENDS


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_is_built_of_its_target_and_has_time_to_drain(service: str) -> None:
    content, stage = services()[service], stage_of(service)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert content["build"]["target"] == service
    assert (ROOT / content["build"]["dockerfile"]).exists()
    assert content["image"] == f"docstage-{service}:{version}"
    assert content["stop_grace_period"] == f"{GRACE_SECONDS[stage]:.0f}s"
    drain = float(content["environment"]["DOCSTAGE_DRAIN_SECONDS"])
    assert JOB_SECONDS[stage] < drain <= GRACE_SECONDS[stage] - 30
    assert content["read_only"] is True
    assert content["cap_drop"] == ["ALL"]
    assert set(content["depends_on"]) == BACKENDS


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_variables_are_settings(service: str) -> None:
    known = {f"DOCSTAGE_{name.upper()}" for name in Settings.model_fields}
    assert set(services()[service]["environment"]) <= known


def test_every_password_is_asked_for_and_none_is_in_the_file() -> None:
    asked = set(re.findall(r"\$\{(\w+)", TEXT)) - {"DOCSTAGE_PUBLIC_URL"}
    example = (ROOT / "deploy/compose.env.example").read_text()
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == asked
    assert all(f"${{{name}:?" in TEXT for name in asked), "an empty one is an error"


def test_only_the_gateway_is_open_and_only_to_this_machine() -> None:
    assert {name: it["ports"] for name, it in services().items() if "ports" in it} == {
        "ingest": ["127.0.0.1:8080:8080"]
    }


def test_backends_are_pinned_and_say_when_they_are_well() -> None:
    for name in BACKENDS:
        assert re.fullmatch(r"docker\.io/\S+:\d+\.\d+\S*", services()[name]["image"])
        assert "healthcheck" in services()[name]
    of_kubernetes = (ROOT / "deploy/k8s/components/dev-backends").glob("*.yaml")
    there = "".join(it.read_text() for it in of_kubernetes)
    assert all(services()[name]["image"] in there for name in BACKENDS)
