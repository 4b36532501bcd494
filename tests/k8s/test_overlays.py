"""Overlays as kubectl renders them: schemas, custom resources, policies."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.k8s.manifests import OVERLAYS, Manifests, called, name_of, rendered
from tests.k8s.policies import problems

SCHEMAS = Path(__file__).parent / "schemas"
OLDEST, NEWEST = "1.33", "1.37"
CUSTOM = ("keda.sh/", "monitoring.coreos.com/", "rabbitmq.com/")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_wrong(overlay: str) -> None:
    assert problems(Manifests.of(overlay)) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_knows_every_field(overlay: str, version: str, tmp_path: Path) -> None:
    path = tmp_path / "rendered.yaml"
    own = [it for it in Manifests.of(overlay).objects if not _is_custom(it["apiVersion"])]
    path.write_text(yaml.safe_dump_all(own))
    told = called("kubernetes-validate", "--strict", "--kubernetes-version", version, str(path))
    assert "WARN" not in told, "a kind that it does not know is not checked"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_custom_resources_have_only_fields_of_their_definitions(overlay: str) -> None:
    for manifest in Manifests.of(overlay).objects:
        if _is_custom(manifest["apiVersion"]):
            schema = json.loads((SCHEMAS / f"{manifest['kind']}.json").read_text())
            jsonschema.validate(manifest, schema)


def test_overlays_have_what_they_promise() -> None:
    kinds = {it: {obj["kind"] for obj in Manifests.of(it).objects} for it in OVERLAYS}
    assert {"ScaledObject", "RabbitmqCluster", "Ingress", "PriorityClass"} <= kinds["production"]
    assert "StatefulSet" not in kinds["production"], "backends of one pod are not for production"
    assert "StatefulSet" in kinds["dev"] & kinds["single-node"]
    assert {name_of(it) for it in Manifests.of("single-node").kind("Secret")} == set()
    assert "not-a-secret" not in rendered("single-node") + rendered("production")


def test_every_component_renders_on_the_base(tmp_path: Path) -> None:
    components = Path(__file__).parents[2] / "deploy/k8s/components"
    for component in components.iterdir():
        folder = tmp_path / component.name
        folder.mkdir()
        content = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [str(_relative(folder, components.parent / "base"))],
            "components": [str(_relative(folder, component))],
        }
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))
        assert called("kubectl", "kustomize", str(folder)), component.name


def _relative(start: Path, target: Path) -> Path:
    return Path("/".join([".."] * (len(start.parts) - 1))) / target.relative_to("/")


def _is_custom(api: str) -> bool:
    return api.startswith(CUSTOM)
