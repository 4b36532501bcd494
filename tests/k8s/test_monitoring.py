"""Alerts and dashboard: rules that promtool runs, metrics that the code exports, runbooks."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.monitoring.dashboard import TARGET, dashboard, text
from tests.k8s.manifests import Manifests
from tests.k8s.metrics import used_metrics
from tests.servers.debian import unpacked_prometheus
from tests.servers.process import Unavailable
from tests.servers.requirement import missing

ROOT = Path(__file__).parents[2]
SOURCES = ("shared", "services")


def alerts() -> Iterator[dict[str, object]]:
    for group in Manifests.of("production").get("PrometheusRule", "docstage")["spec"]["groups"]:
        yield from group["rules"]


@pytest.fixture(scope="module")
def promtool() -> str:
    try:
        return str(unpacked_prometheus() / "usr/bin/promtool")
    except Unavailable as reason:
        missing(reason)


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(  # noqa: S603 - promtool
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_ring_when_they_should_and_only_then(promtool: str, tmp_path: Path) -> None:
    spec = Manifests.of("production").get("PrometheusRule", "docstage")["spec"]
    (tmp_path / "alerts.yaml").write_text(yaml.safe_dump(spec))
    run([promtool, "check", "rules", "alerts.yaml"], tmp_path)
    (tmp_path / "tests.yaml").write_text((ROOT / "tests/k8s/alerts.test.yaml").read_text())
    run([promtool, "test", "rules", "tests.yaml"], tmp_path)


def test_every_alert_has_a_runbook() -> None:
    text_of_all = (ROOT / "docs/runbooks.md").read_text()
    chapters = set(re.findall(r"^## (\S+)$", text_of_all, re.MULTILINE))
    named = {str(it["annotations"]["runbook"]) for it in alerts()}  # type: ignore[index]
    assert {f"docs/runbooks.md#{it}" for it in chapters} == named


def test_every_metric_that_is_looked_at_is_made_somewhere() -> None:
    code = "".join(path.read_text() for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
    made = set(re.findall(r'"(docstage_[a-z_]+)"', code))
    assert used_metrics() <= made


def test_the_dashboard_beside_the_manifests_is_the_one_that_the_code_makes() -> None:
    assert TARGET.read_text() == text(), "python -m deploy.monitoring.dashboard writes it anew"
    mounted = Manifests.of("production").get("ConfigMap", "docstage-dashboard")
    assert json.loads(mounted["data"]["docstage.json"]) == dashboard()
    assert mounted["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_panels_do_not_overlap() -> None:
    places = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & places, panel["title"]
        places |= cells
    assert max(x for x, _ in places) < 24
