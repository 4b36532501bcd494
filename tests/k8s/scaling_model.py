"""A model of one stage under KEDA and the HPA that it makes, in steps of 15 seconds.

What it knows: the metric is read from the queue (`http` counts ready and unacknowledged messages,
`amqp` ready ones alone, which is what `QueueDeclarePassive` answers); the HPA wants
ceil(metric / value) pods, the highest of the last `stabilizationWindowSeconds` when it removes, one
pod per policy period, and picks its victims without looking; from one pod to none KEDA goes itself,
after `cooldownPeriod` without anything to do (KEDA documentation, "Scaling Deployments").
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.k8s.manifests import Manifest

STEP = 15.0


@dataclass(frozen=True)
class Rules:
    """What a ScaledObject and its Deployment say; times in seconds."""

    protocol: str
    value: int
    least: int
    most: int
    window: float
    period: float
    cooldown: float
    grace: float

    @classmethod
    def of(cls, scaled: Manifest, grace: float) -> "Rules":
        """As a rendered ScaledObject has them, for its normal lane."""
        spec = scaled["spec"]
        down = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]["scaleDown"]
        trigger = next(it for it in spec["triggers"] if it["name"] == "normal")["metadata"]
        return cls(
            protocol=trigger["protocol"],
            value=int(trigger["value"]),
            least=spec["minReplicaCount"],
            most=spec["maxReplicaCount"],
            window=down["stabilizationWindowSeconds"],
            period=down["policies"][0]["periodSeconds"],
            cooldown=spec["cooldownPeriod"],
            grace=grace,
        )


@dataclass
class Pod:
    """A pod of one slot: seconds left of its job, and when it is killed if it was asked to go."""

    left: float = 0.0
    killed_at: float | None = None


@dataclass
class Outcome:
    """What happened: jobs done, jobs cut off, and busy pods that were asked to go."""

    done: int = 0
    killed: int = 0
    busy_asked: int = 0
    drained_at: float | None = None
    pods: list[int] = field(default_factory=list)


def simulate(rules: Rules, jobs: Sequence[tuple[float, float]], until: float) -> Outcome:
    """Run ``(arrives, takes)`` jobs; a killed job goes back to the queue, as it was."""
    waiting: list[float] = []
    coming = sorted(jobs)
    pods: list[Pod] = [Pod() for _ in range(rules.least)]
    wanted: list[tuple[float, int]] = []
    outcome, now, removed_at, idle_since = Outcome(), 0.0, -math.inf, 0.0
    while now < until:
        while coming and coming[0][0] <= now:
            waiting.append(coming.pop(0)[1])
        _work(pods, waiting, outcome, now)
        staying = [it for it in pods if it.killed_at is None]
        busy = sum(it.left > 0 for it in pods)
        metric = len(waiting) + (busy if rules.protocol == "http" else 0)
        if metric:
            idle_since = now
        target = min(rules.most, max(rules.least, 1, math.ceil(metric / rules.value)))
        wanted = [it for it in wanted if it[0] > now - rules.window] + [(now, target)]
        highest = max(it[1] for it in wanted)
        if not staying and not metric:
            pass  # KEDA has it at none, and there is no HPA then
        elif target > len(staying):
            pods.extend(Pod() for _ in range(target - len(staying)))
        elif highest < len(staying) and now - removed_at >= rules.period:
            _ask_to_go(staying, rules, outcome, now)
            removed_at = now
        elif rules.least == 0 and now - idle_since >= rules.cooldown and len(staying) == 1:
            _ask_to_go(staying, rules, outcome, now)
        outcome.pods.append(len(pods))
        if outcome.drained_at is None and outcome.done == len(jobs):
            outcome.drained_at = now
        now += STEP
    return outcome


def _work(pods: list[Pod], waiting: list[float], outcome: Outcome, now: float) -> None:
    for pod in list(pods):
        if pod.left > 0:
            pod.left -= STEP
            outcome.done += pod.left <= 0
        if pod.killed_at is not None and (pod.left <= 0 or now >= pod.killed_at):
            if pod.left > 0:
                outcome.killed += 1
                waiting.append(pod.left)
            pods.remove(pod)
        elif pod.left <= 0 and pod.killed_at is None and waiting:
            pod.left = waiting.pop(0)


def _ask_to_go(staying: list[Pod], rules: Rules, outcome: Outcome, now: float) -> None:
    """The worst choice: the one with the most work left."""
    victim = max(staying, key=lambda it: it.left)
    outcome.busy_asked += victim.left > 0
    victim.killed_at = now + rules.grace
