"""The Kubernetes base against the code: names, ports, limits, variables, probes."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from services.cli.run import SERVICES
from shared.config import GRACE_SECONDS, JOB_SECONDS, Settings
from shared.http.health import Health, add_health_routes
from shared.models.work import StageName

ROOT = Path(__file__).parents[2]
BASE = ROOT / "deploy/k8s/base"
FLUSH_SECONDS = 30
Manifest = dict[str, Any]


def load(path: Path) -> Manifest:
    loaded: Manifest = yaml.safe_load(path.read_text())
    return loaded


def pod(service: str) -> Manifest:
    spec: Manifest = load(BASE / service / "deployment.yaml")["spec"]["template"]["spec"]
    return spec


def container(service: str) -> Manifest:
    (only,) = pod(service)["containers"]
    assert isinstance(only, dict)
    return only


def stage_of(service: str) -> StageName:
    """The stage whose limits a service's pods keep: the gateway's run the fetch stage."""
    return StageName.FETCH if service == "ingest" else StageName(service)


def environment(service: str) -> dict[str, str]:
    shared = load(BASE / "kustomization.yaml")["configMapGenerator"][0]["literals"]
    own = {one["name"]: one["value"] for one in container(service).get("env", [])}
    return dict(line.split("=", 1) for line in shared) | own


def test_every_manifest_parses_and_is_listed() -> None:
    for path in (ROOT / "deploy/k8s").rglob("*.yaml"):
        assert all(it["kind"] for it in yaml.safe_load_all(path.read_text())), path
    for folder in (BASE, *(BASE / service for service in SERVICES)):
        listed = set(load(folder / "kustomization.yaml")["resources"])
        there = {path.name for path in folder.iterdir()} - {"kustomization.yaml"}
        assert listed == there


def test_there_is_a_folder_for_each_service() -> None:
    assert {path.name for path in BASE.iterdir() if path.is_dir()} == set(SERVICES)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_pods_have_the_time_that_the_code_takes_to_drain(service: str) -> None:
    stage = stage_of(service)
    assert pod(service)["terminationGracePeriodSeconds"] == GRACE_SECONDS[stage]
    drain = float(environment(service)["DOCSTAGE_DRAIN_SECONDS"])
    assert JOB_SECONDS[stage] < drain <= GRACE_SECONDS[stage] - FLUSH_SECONDS


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_ports_are_those_the_process_listens_on(service: str) -> None:
    ports = {one["name"]: one["containerPort"] for one in container(service)["ports"]}
    settings = environment(service)
    expected = {"admin": int(settings["DOCSTAGE_ADMIN_PORT"])}
    if service == "ingest":
        expected["http"] = int(settings["DOCSTAGE_PORT"])
    assert ports == expected
    service_ports = load(BASE / service / "service.yaml")["spec"]["ports"]
    assert {one["targetPort"] for one in service_ports} == set(ports)
    image = (ROOT / "deploy/docker/Dockerfile").read_text()
    assert all(re.search(rf"^EXPOSE {port}$", image, re.MULTILINE) for port in ports.values())


def test_the_smtp_component_opens_the_port_that_its_service_names() -> None:
    folder = ROOT / "deploy/k8s/components/smtp"
    (patch,) = load(folder / "kustomization.yaml")["patches"]
    assert patch["target"] == {"kind": "Deployment", "name": "docstage-ingest"}
    added: dict[str, list[Manifest]] = {}
    for operation in yaml.safe_load(patch["patch"]):
        *_, kind, _ = operation["path"].split("/")
        assert operation["op"] == "add"
        assert isinstance(container("ingest")[kind], list)  # what is added to is there
        added.setdefault(kind, []).append(operation["value"])
    variables = {one["name"]: one["value"] for one in added["env"]}
    assert set(variables) <= {f"DOCSTAGE_{name.upper()}" for name in Settings.model_fields}
    (port,) = added["ports"]
    assert port == {"name": "smtp", "containerPort": int(variables["DOCSTAGE_SMTP_PORT"])}
    spec = load(folder / "service.yaml")["spec"]
    assert [one["targetPort"] for one in spec["ports"]] == [port["name"]]
    labels = load(BASE / "ingest/kustomization.yaml")["labels"][0]["pairs"]
    assert spec["selector"] == labels
    assert spec["externalTrafficPolicy"] == "Local"  # peers' addresses must stay theirs
    assert f"EXPOSE {port['containerPort']}" in (ROOT / "deploy/docker/Dockerfile").read_text()


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_probes_ask_what_the_admin_port_answers(service: str) -> None:
    app = web.Application()
    add_health_routes(app, Health(), None)
    answered = {route.resource.canonical for route in app.router.routes() if route.resource}
    probes = {
        kind: container(service)[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")
    }
    for kind, probe in probes.items():
        assert probe["httpGet"]["port"] == "admin", kind
        assert probe["httpGet"]["path"] in answered, kind
    assert probes["liveness"]["httpGet"]["path"] == "/livez"  # never a dependency
    assert probes["readiness"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_variables_are_settings_that_the_code_accepts(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    secrets = load(ROOT / "deploy/k8s/secret.example.yaml")["stringData"]
    given = environment(service)
    known = {f"DOCSTAGE_{name.upper()}" for name in Settings.model_fields}
    assert set(given) | set(secrets) <= known
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert Settings().drain_seconds == float(given["DOCSTAGE_DRAIN_SECONDS"])
    sources = [next(iter(one.values()))["name"] for one in container(service)["envFrom"]]
    assert sources == ["docstage", "docstage"]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_pods_meet_the_restricted_standard(service: str) -> None:
    spec, only = pod(service), container(service)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert all("emptyDir" in volume for volume in spec["volumes"])


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_pods_say_what_they_need(service: str) -> None:
    resources = container(service)["resources"]
    assert {"cpu", "memory"} <= set(resources["requests"])
    assert "memory" in resources["limits"]
    mounted = {mount["mountPath"] for mount in container(service)["volumeMounts"]}
    assert mounted == {environment(service)["DOCSTAGE_DATA_DIR"], "/tmp"}  # noqa: S108


def test_images_carry_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    tags = {one["name"]: one["newTag"] for one in load(BASE / "kustomization.yaml")["images"]}
    assert tags == {f"docstage-{service}": version for service in SERVICES}
    assert all(container(service)["image"] == f"docstage-{service}" for service in SERVICES)
