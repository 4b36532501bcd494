"""The Grafana dashboard, as data here and as JSON beside the manifests.

    python -m deploy.monitoring.dashboard     # writes it to deploy/k8s/components/monitoring

Grafana's own JSON model (grafana.com, "Dashboard JSON model"), schema version 39; a data source is
chosen on the page.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "k8s/components/monitoring/dashboard.json"
WIDTH, HEIGHT = 8, 7
COLUMNS = 24 // WIDTH


@dataclass(frozen=True)
class Panel:
    """A graph: queries with what their lines are called, and the unit of the axis."""

    title: str
    queries: Sequence[tuple[str, str]]
    unit: str = "short"
    about: str = ""


def _rate(metric: str, by: str, more: str = "") -> str:
    return f"sum by ({by}) (rate({metric}{more}[5m]))"


def _quantile(share: float, metric: str, by: str) -> str:
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({metric}_bucket[5m])))"


ROWS: dict[str, Sequence[Panel]] = {
    "Documents": (
        Panel(
            "Oldest unfinished document",
            [("max by (state) (docstage_document_age_seconds)", "{{state}}")],
            "s",
            "The promise to users: how long the slowest has been on its way.",
        ),
        Panel(
            "Taken in and refused",
            [(_rate("docstage_documents_total", "channel, outcome"), "{{channel}} {{outcome}}")],
            "cps",
        ),
        Panel(
            "Dead letters and quarantine",
            [
                ("max by (stage, code) (docstage_dead_letters)", "{{stage}} {{code}}"),
                ("max(docstage_quarantined_messages)", "quarantine"),
            ],
        ),
    ),
    "Stages": (
        Panel(
            "Waiting in queues",
            [("max by (stage, lane) (docstage_queue_messages)", "{{stage}} {{lane}}")],
        ),
        Panel("At work", [("sum by (stage) (docstage_inflight)", "{{stage}}")]),
        Panel(
            "Outcomes of messages",
            [(_rate("docstage_stage_attempts_total", "stage, outcome"), "{{stage}} {{outcome}}")],
            "cps",
        ),
        Panel(
            "Time of a job, half and 95 of 100",
            [
                (_quantile(0.5, "docstage_stage_duration_seconds", "stage"), "{{stage}} p50"),
                (_quantile(0.95, "docstage_stage_duration_seconds", "stage"), "{{stage}} p95"),
            ],
            "s",
        ),
        Panel(
            "Problems by code",
            [(_rate("docstage_stage_problems_total", "stage, code"), "{{stage}} {{code}}")],
            "cps",
        ),
        Panel(
            "Queued again, left in outboxes",
            [
                ("sum(rate(docstage_sweeper_requeued_total[5m]))", "swept"),
                (_rate("docstage_outbox_left_total", "reason"), "left: {{reason}}"),
                ("max(docstage_outbox_overdue)", "overdue"),
            ],
        ),
    ),
    "API and webhooks": (
        Panel(
            "Requests by status",
            [(_rate("docstage_http_requests_total", "status"), "{{status}}")],
            "reqps",
        ),
        Panel(
            "Time of requests, 95 of 100",
            [(_quantile(0.95, "docstage_http_request_seconds", "route"), "{{route}}")],
            "s",
        ),
        Panel(
            "Tries of deliveries",
            [(_rate("docstage_delivery_attempts_total", "kind, outcome"), "{{kind}} {{outcome}}")],
            "cps",
        ),
    ),
    "Processes": (
        Panel("Services at work", [("min by (service) (docstage_consumer_up)", "{{service}}")]),
        Panel(
            "Lag of event loops",
            [("max by (pod) (docstage_event_loop_lag_seconds)", "{{pod}}")],
            "s",
        ),
        Panel(
            "How full the gateway is",
            [
                ("max by (of) (docstage_load_level)", "{{of}}"),
                ("max by (of) (docstage_overloaded)", "{{of}} full"),
            ],
        ),
    ),
}


def dashboard() -> dict[str, Any]:
    """The whole of it."""
    panels: list[dict[str, Any]] = []
    top = 0
    for title, row in ROWS.items():
        panels.append(_row(len(panels) + 1, title, top))
        top += 1
        for number, panel in enumerate(row):
            left, down = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
            panels.append(_graph(len(panels) + 1, panel, left, top + down))
        top += -(-len(row) // COLUMNS) * HEIGHT
    return {
        "uid": "docstage",
        "title": "Docstage",
        "tags": ["docstage"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"}
            ]
        },
        "panels": panels,
    }


def _row(number: int, title: str, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": 24, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place}


def _graph(number: int, panel: Panel, left: int, top: int) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${source}"}
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": source,
        "gridPos": {"x": left, "y": top, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [
            {
                "refId": chr(ord("A") + place),
                "expr": query,
                "legendFormat": legend,
                "datasource": source,
            }
            for place, (query, legend) in enumerate(panel.queries)
        ],
    }


def text() -> str:
    """As the file has it."""
    return json.dumps(dashboard(), indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
