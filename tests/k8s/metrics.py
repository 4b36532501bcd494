"""The metrics that alerts and dashboard look at."""

import re
from pathlib import Path

from deploy.monitoring.dashboard import text

ALERTS = Path(__file__).parents[2] / "deploy/k8s/components/monitoring/alerts.yaml"
_SUFFIX = re.compile(r"_(total|bucket|count|sum)$")


def used_metrics() -> set[str]:
    """Their names as the client library has them, without the suffixes of samples."""
    found = re.findall(r"docstage_[a-z_]+", text() + ALERTS.read_text())
    return {_SUFFIX.sub("", name) for name in found}
