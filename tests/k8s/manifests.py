"""Overlays rendered by kubectl, and what is in them by kind and name."""

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "build/deploy-tools/bin"
OVERLAYS = ("dev", "single-node", "production")
GATEWAY = "docstage-ingest"
Manifest = dict[str, Any]


def tool(name: str) -> str:
    """The path of a tool of ``make k8s-test``; without it the test is skipped, or fails in CI."""
    found = shutil.which(name, path=f"{TOOLS}:{os.environ.get('PATH', '')}")
    if found is None:
        reason = f"{name} is not there: `make k8s-test` installs it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def called(name: str, *arguments: str) -> str:
    """What a tool prints; fails the test when it does not end well."""
    command = [tool(name), *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@functools.cache
def rendered(overlay: str) -> str:
    """The YAML that ``kubectl apply --kustomize`` would send."""
    return called("kubectl", "kustomize", str(ROOT / "deploy/k8s/overlays" / overlay))


@dataclass(frozen=True)
class Manifests:
    """All objects of one overlay."""

    objects: list[Manifest]

    @classmethod
    def of(cls, overlay: str) -> "Manifests":
        """Those of a rendered overlay; a copy, which a test may break."""
        return cls([it for it in yaml.safe_load_all(rendered(overlay)) if it])

    def kind(self, *kinds: str) -> Iterator[Manifest]:
        """Those of some kinds."""
        return (it for it in self.objects if it["kind"] in kinds)

    def get(self, kind: str, name: str) -> Manifest:
        """One object; generated names are known without their hash."""
        return next(it for it in self.kind(kind) if plain_name(it) == name)

    def workloads(self) -> Iterator[Manifest]:
        """What makes pods."""
        return self.kind("Deployment", "StatefulSet")

    def services_of_ours(self) -> Iterator[Manifest]:
        """The four Deployments."""
        return self.kind("Deployment")


def name_of(manifest: Manifest) -> str:
    """Its name."""
    return str(manifest["metadata"]["name"])


def plain_name(manifest: Manifest) -> str:
    """Its name without the hash that kustomize appends to what it generates."""
    name = name_of(manifest)
    if manifest["kind"] in {"ConfigMap", "Secret"} and len(name.rsplit("-", 1)[-1]) == HASH:
        return name.rsplit("-", 1)[0]
    return name


HASH = 10


def pod_spec(workload: Manifest) -> Manifest:
    """The pod's ``spec``."""
    spec: Manifest = workload["spec"]["template"]["spec"]
    return spec


def pod_labels(workload: Manifest) -> dict[str, str]:
    """The labels of its pods."""
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def matches(selector: Manifest, labels: dict[str, str]) -> bool:
    """Whether a label selector selects; only ``matchLabels`` is used here."""
    assert set(selector) <= {"matchLabels"}, "the tests do not know other selectors"
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
