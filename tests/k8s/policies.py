"""What must hold of an overlay: each check yields what is wrong, in words."""

from collections.abc import Callable, Iterator

from shared.broker.topology import QUEUES
from shared.config import CONSUMER_TIMEOUT_SECONDS, GRACE_SECONDS, JOB_SECONDS
from shared.models.work import Lane, StageName
from tests.k8s.manifests import (
    GATEWAY,
    Manifest,
    Manifests,
    matches,
    name_of,
    plain_name,
    pod_labels,
    pod_spec,
)

Check = Callable[[Manifests], Iterator[str]]
GIVEN_SECRETS = {
    "docstage",
    "docstage-backends",
    "docstage-rabbitmq-scaling",
    "docstage-rabbitmq-user",
    "docstage-scaling",
    "docstage-tls",
}
"""Secrets that the operator makes; deploy/k8s/README.md names each."""
FLUSH_SECONDS = 30


def restricted(manifests: Manifests) -> Iterator[str]:
    """Pods meet the restricted Pod Security Standard, on a root that is not written to."""
    for workload in manifests.workloads():
        spec, name = pod_spec(workload), name_of(workload)
        security = spec.get("securityContext", {})
        if not security.get("runAsNonRoot") or security.get("runAsUser", 0) == 0:
            yield f"{name} may run as root"
        if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{name} has no seccomp profile"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name} is given a token of the API server"
        if {"hostNetwork", "hostPID", "hostIPC"} & set(spec):
            yield f"{name} shares the host's namespaces"
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            own = container.get("securityContext", {})
            if own.get("allowPrivilegeEscalation") is not False:
                yield f"{name} may gain privileges"
            if own.get("capabilities") != {"drop": ["ALL"]}:
                yield f"{name} keeps capabilities"
            if own.get("readOnlyRootFilesystem") is not True:
                yield f"{name} may write to its root"


def images_are_pinned(manifests: Manifests) -> Iterator[str]:
    """Every image has a tag or digest, and none is ``latest``."""
    for workload in manifests.workloads():
        for container in pod_spec(workload)["containers"]:
            image = container["image"].rsplit("/", 1)[-1]
            if ":" not in image or image.endswith(":latest"):
                yield f"{name_of(workload)} runs {container['image']}"


def needs_are_said(manifests: Manifests) -> Iterator[str]:
    """CPU and memory are requested, memory is limited, and CPU never is."""
    for workload in manifests.workloads():
        for container in pod_spec(workload)["containers"]:
            resources, name = container.get("resources", {}), name_of(workload)
            if not {"cpu", "memory"} <= set(resources.get("requests", {})):
                yield f"{name} does not say what it needs"
            if "memory" not in resources.get("limits", {}):
                yield f"{name} may take all memory"
            if "cpu" in resources.get("limits", {}):
                yield f"{name} is throttled"


def probes(manifests: Manifests) -> Iterator[str]:
    """Start, readiness and liveness are asked, and liveness looks at no dependency."""
    for workload in manifests.services_of_ours():
        (container,) = pod_spec(workload)["containers"]
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            if kind not in container:
                yield f"{name_of(workload)} has no {kind}"
        if container.get("livenessProbe", {}).get("httpGet", {}).get("path") != "/livez":
            yield f"{name_of(workload)} is restarted for what others do"


def disruption_budgets(manifests: Manifests) -> Iterator[str]:
    """Each service has one that selects its pods, and none keeps a node from being drained."""
    covered = set()
    for budget in manifests.kind("PodDisruptionBudget"):
        selected = [
            it
            for it in manifests.services_of_ours()
            if matches(budget["spec"]["selector"], pod_labels(it))
        ]
        if len(selected) != 1:
            yield f"{name_of(budget)} selects {len(selected)} services"
            continue
        covered.add(name_of(selected[0]))
        kept = budget["spec"].get("minAvailable", 0)
        if kept and selected[0]["spec"].get("replicas", 1) <= kept:
            yield f"{name_of(budget)} lets no node be drained"
    for workload in manifests.services_of_ours():
        if name_of(workload) not in covered:
            yield f"{name_of(workload)} has no disruption budget"


def references_resolve(manifests: Manifests) -> Iterator[str]:
    """ConfigMaps, Secrets and ServiceAccounts that pods name are there, or the operator's."""
    there = {(it["kind"], name_of(it)) for it in manifests.objects}
    there |= {("Secret", name) for name in GIVEN_SECRETS}
    for workload in manifests.workloads():
        spec, name = pod_spec(workload), name_of(workload)
        named = {("ServiceAccount", spec.get("serviceAccountName", ""))}
        for container in spec["containers"]:
            for source in container.get("envFrom", []):
                named.add(("ConfigMap", source.get("configMapRef", {}).get("name", "")))
                named.add(("Secret", source.get("secretRef", {}).get("name", "")))
            for variable in container.get("env", []):
                key = variable.get("valueFrom", {}).get("secretKeyRef", {})
                named.add(("Secret", key.get("name", "")))
        for volume in spec.get("volumes", []):
            named.add(("Secret", volume.get("secret", {}).get("secretName", "")))
        yield from (
            f"{name} names {kind} {wanted}, which is not there"
            for kind, wanted in sorted(named)
            if wanted and (kind, wanted) not in there
        )


def services_lead_to_pods(manifests: Manifests) -> Iterator[str]:
    """Each Service selects pods with the ports that it names, each Ingress a Service."""
    for service in manifests.kind("Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        pods = [it for it in manifests.workloads() if matches(selector, pod_labels(it))]
        if not pods:
            yield f"{name_of(service)} selects nothing"
        for workload in pods:
            ports = {
                port["name"] for it in pod_spec(workload)["containers"] for port in it["ports"]
            }
            yield from (
                f"{name_of(service)} leads to port {port['targetPort']}, which is not open"
                for port in service["spec"]["ports"]
                if port["targetPort"] not in ports
            )
    names = {name_of(it) for it in manifests.kind("Service")}
    for ingress in manifests.kind("Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                if path["backend"]["service"]["name"] not in names:
                    yield f"{name_of(ingress)} leads nowhere"


def time_limits_are_in_order(manifests: Manifests) -> Iterator[str]:
    """Job < drain < grace < the broker's consumer timeout."""
    for workload in manifests.services_of_ours():
        stage = _stage_of(name_of(workload))
        (container,) = pod_spec(workload)["containers"]
        settings = {it["name"]: it.get("value", "") for it in container["env"]}
        drain = float(settings["DOCSTAGE_DRAIN_SECONDS"])
        grace = pod_spec(workload).get("terminationGracePeriodSeconds", 30)
        if not JOB_SECONDS[stage] < drain <= grace - FLUSH_SECONDS:
            yield f"{name_of(workload)}: a job, the drain and the grace are not in order"
        if grace < GRACE_SECONDS[stage]:
            yield f"{name_of(workload)} is killed before it has drained"
        if grace >= CONSUMER_TIMEOUT_SECONDS[stage]:
            yield f"{name_of(workload)}: the broker takes work back that is still done"
    yield from _broker_limits(manifests)


def _broker_limits(manifests: Manifests) -> Iterator[str]:
    for policy in manifests.kind("Policy"):
        seconds = policy["spec"]["definition"]["consumer-timeout"] / 1000
        pattern = policy["spec"]["pattern"]
        for stage in StageName:
            if stage.value in pattern and seconds != CONSUMER_TIMEOUT_SECONDS[stage]:
                yield f"{name_of(policy)}: {stage.value} has another consumer timeout in the code"


def scaling(manifests: Manifests) -> Iterator[str]:
    """Each stage by both of its queues over http; never the gateway; never twice."""
    targets = [it["spec"]["scaleTargetRef"]["name"] for it in manifests.kind("ScaledObject")]
    by_cpu = [
        it["spec"]["scaleTargetRef"]["name"] for it in manifests.kind("HorizontalPodAutoscaler")
    ]
    yield from (f"{it} is scaled twice" for it in set(targets) & set(by_cpu))
    deployments = {name_of(it): it for it in manifests.services_of_ours()}
    logins = {name_of(it) for it in manifests.kind("TriggerAuthentication")}
    for scaled in manifests.kind("ScaledObject"):
        spec, name = scaled["spec"], name_of(scaled)
        target = spec["scaleTargetRef"]["name"]
        if target not in deployments or target == GATEWAY:
            yield f"{name} scales {target}"
            continue
        if "replicas" in deployments[target]["spec"]:
            yield f"{target} says how many pods there are, beside KEDA"
        yield from _triggers(name, target, spec["triggers"], logins)
        down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        if down["stabilizationWindowSeconds"] < JOB_SECONDS[_stage_of(target)]:
            yield f"{name} removes pods sooner than a job ends"


def _triggers(name: str, target: str, triggers: list[Manifest], logins: set[str]) -> Iterator[str]:
    known = {it.name for it in QUEUES}
    stage = _stage_of(target)
    wanted = {f"docstage.{stage.value}.{lane.value}" for lane in Lane}
    if {it["metadata"].get("queueName") for it in triggers} != wanted:
        yield f"{name} does not look at both lanes of its stage"
    for trigger in triggers:
        data = trigger["metadata"]
        if data.get("queueName") not in known:
            yield f"{name} looks at {data.get('queueName')}, which nobody declares"
        if data.get("protocol") != "http":
            yield f"{name} does not count what is being worked on"
        if trigger.get("authenticationRef", {}).get("name") not in logins:
            yield f"{name} has no login"


def traffic_is_closed(manifests: Manifests) -> Iterator[str]:
    """Every pod is under a policy for both directions, and ports that are named exist."""
    policies = list(manifests.kind("NetworkPolicy"))
    for workload in manifests.workloads():
        mine = [it for it in policies if matches(it["spec"]["podSelector"], pod_labels(workload))]
        for direction in ("Ingress", "Egress"):
            if not any(direction in it["spec"]["policyTypes"] for it in mine):
                yield f"{name_of(workload)}: {direction} is open"
        ports = {port["name"] for it in pod_spec(workload)["containers"] for port in it["ports"]}
        for policy in mine:
            for rule in policy["spec"].get("ingress", []):
                for port in rule.get("ports", []):
                    if isinstance(port["port"], str) and port["port"] not in ports:
                        yield f"{name_of(policy)} opens {port['port']}, which no pod has"


def namespaces(manifests: Manifests) -> Iterator[str]:
    """Everything is in the overlay's namespace, which enforces the restricted standard."""
    (namespace,) = manifests.kind("Namespace")
    labels = namespace["metadata"].get("labels", {})
    if labels.get("pod-security.kubernetes.io/enforce") != "restricted":
        yield "the namespace takes pods of any kind"
    for manifest in manifests.objects:
        if manifest["kind"] in {"Namespace", "PriorityClass"}:
            continue
        if manifest["metadata"].get("namespace") != name_of(namespace):
            yield f"{manifest['kind']} {plain_name(manifest)} is in another namespace"
        if manifest["metadata"].get("labels", {}).get("app.kubernetes.io/part-of") != "docstage":
            yield f"{manifest['kind']} {plain_name(manifest)} is not labelled as ours"


def _stage_of(name: str) -> StageName:
    service = name.removeprefix("docstage-")
    return StageName.UNPACK if service == "ingest" else StageName(service)


CHECKS: tuple[Check, ...] = (
    restricted,
    images_are_pinned,
    needs_are_said,
    probes,
    disruption_budgets,
    references_resolve,
    services_lead_to_pods,
    time_limits_are_in_order,
    scaling,
    traffic_is_closed,
    namespaces,
)


def problems(manifests: Manifests) -> list[str]:
    """What is wrong with an overlay, by all checks."""
    return [problem for check in CHECKS for problem in check(manifests)]
