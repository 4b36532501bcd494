"""Who reaches whom on which port, as the NetworkPolicies of an overlay say.

Semantics of `networking.k8s.io/v1` (Kubernetes documentation, "Network Policies"): a pod that no
policy selects for a direction is open in it; else what any of them allows is allowed, and a
connection needs both ends. Only what is used here is known; anything else raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from tests.k8s.manifests import Manifest, Manifests, matches, name_of, pod_labels, pod_spec

Labels = dict[str, str]


@dataclass(frozen=True)
class Peer:
    """A pod with its namespace, or with ``address`` something outside the cluster."""

    name: str
    labels: Labels = field(default_factory=dict)
    namespace: Labels = field(default_factory=dict)
    address: str | None = None
    ports: dict[str, int] = field(default_factory=dict)
    policies: tuple[Manifest, ...] = ()


STRANGERS = (
    Peer("pod: name server", {"k8s-app": "kube-dns"}, ports={"dns": 53}),
    Peer("pod: ingress controller", {"app": "ingress"}, {"kubernetes.io/metadata.name": "ingress"}),
    Peer("pod: Prometheus", {"app": "prometheus"}, {"docstage.dev/monitoring": "true"}),
    Peer("pod: KEDA", {"app": "keda"}, {"docstage.dev/scaling": "true"}),
    Peer("pod: another tenant", {"app": "another"}, {"kubernetes.io/metadata.name": "another"}),
    Peer("the internet, 443", address="93.184.216.34", ports={"https": 443}),
    Peer("a private network, 443", address="10.20.30.40", ports={"https": 443}),
    Peer("the cloud's metadata, 80", address="169.254.169.254", ports={"http": 80}),
)


def peers(manifests: Manifests) -> list[Peer]:
    """The overlay's pods, RabbitMQ's nodes if an operator makes them, and strangers."""
    policies = list(manifests.kind("NetworkPolicy"))
    (namespace,) = manifests.kind("Namespace")
    home = {"kubernetes.io/metadata.name": name_of(namespace)}

    def pod(name: str, labels: Labels, ports: dict[str, int]) -> Peer:
        mine = tuple(it for it in policies if matches(it["spec"]["podSelector"], labels))
        return Peer(name, labels, home, ports=ports, policies=mine)

    ours = []
    for workload in manifests.workloads():
        ports = {
            port["name"]: port["containerPort"]
            for container in pod_spec(workload)["containers"]
            for port in container["ports"]
        }
        ours.append(pod(name_of(workload), pod_labels(workload), ports))
    for cluster in manifests.kind("RabbitmqCluster"):
        template = cluster["spec"]["override"]["statefulSet"]["spec"]["template"]
        labels = template["metadata"]["labels"] | {"app.kubernetes.io/name": name_of(cluster)}
        listening = {"amqp": 5672, "management": 15672, "metrics": 15692, "nodes": 25672}
        ours.append(pod(name_of(cluster), labels, listening))
    return [*sorted(ours, key=lambda it: it.name), *STRANGERS]


def table(manifests: Manifests) -> str:
    """A line for each pair that may talk, with the ports, for a golden file."""
    everybody = peers(manifests)
    return "".join(
        f"{source.name} -> {target.name}: {', '.join(map(str, ports))}\n"
        for source in everybody
        for target in everybody
        if source.policies or target.policies
        if source is not target and (ports := sorted(_open(source, target)))
    )


def _open(source: Peer, target: Peer) -> Iterator[int]:
    for name, number in target.ports.items():
        leaves = _allowed(source, target, "egress", "to", name, number)
        if leaves and _allowed(target, source, "ingress", "from", name, number):
            yield number


def _allowed(pod: Peer, other: Peer, direction: str, side: str, port_name: str, port: int) -> bool:
    selecting = [it for it in pod.policies if direction.capitalize() in it["spec"]["policyTypes"]]
    if not selecting:
        return True
    home = pod.namespace
    return any(
        _rule(rule, side, other, home, port_name, port)
        for it in selecting
        for rule in it["spec"].get(direction, [])
    )


def _rule(rule: Manifest, side: str, other: Peer, home: Labels, port_name: str, port: int) -> bool:
    ports = [it["port"] for it in rule.get("ports", [])]
    if ports and port not in ports and port_name not in ports:
        return False
    sides = rule.get(side)
    return sides is None or any(_peer(it, other, home) for it in sides)


def _peer(rule: Manifest, other: Peer, home: Labels) -> bool:
    assert set(rule) <= {"podSelector", "namespaceSelector", "ipBlock"}, rule
    if "ipBlock" in rule:
        return other.address is not None and _block(rule["ipBlock"], other.address)
    if other.address is not None:
        return False
    if "namespaceSelector" in rule:
        there = matches(rule["namespaceSelector"], other.namespace)
    else:
        there = other.namespace == home
    return there and matches(rule.get("podSelector", {}), other.labels)


def _block(block: Manifest, address: str) -> bool:
    networks = [ip_network(it) for it in (block["cidr"], *block.get("except", []))]
    inside, *excepted = (ip_address(address) in it for it in networks)
    return inside and not any(excepted)
