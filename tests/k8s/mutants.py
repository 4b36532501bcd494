"""Broken copies of an overlay: each change is a mistake that somebody has made somewhere."""

from collections.abc import Callable

from tests.k8s.manifests import Manifest, Manifests, name_of, pod_spec

Mutate = Callable[[Manifests], None]


def _container(manifests: Manifests, service: str = "ocr") -> Manifest:
    (only,) = pod_spec(manifests.get("Deployment", f"docstage-{service}"))["containers"]
    assert isinstance(only, dict)
    return only


def _spec(manifests: Manifests, kind: str, name: str) -> Manifest:
    spec: Manifest = manifests.get(kind, name)["spec"]
    return spec


def _trigger(manifests: Manifests) -> Manifest:
    data: Manifest = _spec(manifests, "ScaledObject", "docstage-ocr")["triggers"][0]["metadata"]
    return data


def _drop(manifests: Manifests, kind: str, name: str) -> None:
    manifests.objects[:] = [
        it for it in manifests.objects if (it["kind"], name_of(it)) != (kind, name)
    ]


def _set_drain(manifests: Manifests, value: str) -> None:
    for variable in _container(manifests)["env"]:
        if variable["name"] == "DOCSTAGE_DRAIN_SECONDS":
            variable["value"] = value


def _pod(manifests: Manifests, service: str = "ocr") -> Manifest:
    return pod_spec(manifests.get("Deployment", f"docstage-{service}"))


def _add_hpa(manifests: Manifests) -> None:
    copy = {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "docstage-ocr"}}
    copy["spec"] = {"scaleTargetRef": {"name": "docstage-ocr"}}
    manifests.objects.append(copy)


MUTANTS: dict[str, Mutate] = {
    "root user": lambda m: _pod(m)["securityContext"].update(runAsUser=0),
    "no seccomp": lambda m: _pod(m)["securityContext"].pop("seccompProfile"),
    "service account token": lambda m: _pod(m).pop("automountServiceAccountToken"),
    "host network": lambda m: _pod(m).update(hostNetwork=True),
    "privilege escalation": lambda m: _container(m)["securityContext"].pop(
        "allowPrivilegeEscalation"
    ),
    "capabilities": lambda m: _container(m)["securityContext"].update(capabilities={}),
    "writable root": lambda m: _container(m)["securityContext"].pop("readOnlyRootFilesystem"),
    "latest image": lambda m: _container(m).update(image="docstage-ocr:latest"),
    "untagged image": lambda m: _container(m).update(image="registry:5000/docstage-ocr"),
    "no memory limit": lambda m: _container(m)["resources"]["limits"].pop("memory"),
    "cpu limit": lambda m: _container(m)["resources"]["limits"].update(cpu="1"),
    "no requests": lambda m: _container(m)["resources"].pop("requests"),
    "no startup probe": lambda m: _container(m).pop("startupProbe"),
    "liveness on dependencies": lambda m: _container(m)["livenessProbe"]["httpGet"].update(
        path="/readyz"
    ),
    "no disruption budget": lambda m: _drop(m, "PodDisruptionBudget", "docstage-ocr"),
    "budget of nobody": lambda m: _spec(m, "PodDisruptionBudget", "docstage-ocr")[
        "selector"
    ].update(matchLabels={"app": "ocr"}),
    "budget that blocks drains": lambda m: _spec(m, "Deployment", "docstage-ingest").update(
        replicas=1
    ),
    "secret that is not there": lambda m: _container(m)["envFrom"][1]["secretRef"].update(
        name="docstage-secret"
    ),
    "config map that is not there": lambda m: _container(m)["envFrom"][0]["configMapRef"].update(
        name="docstage-config"
    ),
    "service account that is not there": lambda m: _drop(m, "ServiceAccount", "docstage-ocr"),
    "service of nobody": lambda m: _spec(m, "Service", "docstage-ingest").update(
        selector={"app": "ingest"}
    ),
    "port that is not open": lambda m: _spec(m, "Service", "docstage-ingest")["ports"][0].update(
        targetPort="web"
    ),
    "ingress to nowhere": lambda m: _drop(m, "Service", "docstage-ingest"),
    "grace shorter than a job": lambda m: _pod(m).update(terminationGracePeriodSeconds=30),
    "drain shorter than a job": lambda m: _set_drain(m, "60"),
    "drain longer than the grace": lambda m: _set_drain(m, "660"),
    "consumer timeout": lambda m: _spec(m, "Policy", "docstage-ocr")["definition"].update(
        {"consumer-timeout": 60000}
    ),
    "amqp counts what waits alone": lambda m: _trigger(m).update(protocol="amqp"),
    "queue that nobody declares": lambda m: _trigger(m).update(queueName="docstage.ocr"),
    "one lane forgotten": lambda m: _spec(m, "ScaledObject", "docstage-ocr")["triggers"].pop(),
    "scaler without login": lambda m: _drop(m, "TriggerAuthentication", "docstage-broker"),
    "gateway scaled to none": lambda m: _spec(m, "ScaledObject", "docstage-ocr")[
        "scaleTargetRef"
    ].update(name="docstage-ingest"),
    "pods counted twice": lambda m: _spec(m, "Deployment", "docstage-ocr").update(replicas=1),
    "scaled twice": _add_hpa,
    "pods removed too soon": lambda m: _spec(m, "ScaledObject", "docstage-ocr")["advanced"][
        "horizontalPodAutoscalerConfig"
    ]["behavior"]["scaleDown"].update(stabilizationWindowSeconds=60),
    "traffic open": lambda m: (
        _spec(m, "NetworkPolicy", "docstage-default").update(
            podSelector={"matchLabels": {"app": "none"}}
        )
        or _drop(m, "NetworkPolicy", "docstage-ocr")
    ),
    "policy for a port that is not": lambda m: _spec(m, "NetworkPolicy", "docstage-ocr")["ingress"][
        0
    ]["ports"][0].update(port="metrics"),
    "namespace for any pod": lambda m: next(m.kind("Namespace"))["metadata"].update(labels={}),
    "object in another namespace": lambda m: m.get("Deployment", "docstage-ocr")["metadata"].update(
        namespace="default"
    ),
}
"""What is broken, by name; each must be found by a check of ``policies.py``."""
