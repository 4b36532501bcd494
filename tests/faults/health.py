"""What a service says of itself: whether it is well, and what it has counted."""

import urllib.error
import urllib.request

from tests.faults.world import World

_SECONDS = 10.0
_OK = 200


def is_well(url: str) -> bool:
    """Whether a health check says yes; it blocks."""
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - ours
            return bool(answer.status == _OK)
    except urllib.error.HTTPError:
        return False


def metric(world: World, service: str, name: str, *labels: str) -> float:
    """The sum of a service's counts of that name that have all these labels; it blocks."""
    url = f"{world.admin_url(service)}/metrics"
    with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - ours
        lines = answer.read().decode().splitlines()
    found = (it for it in lines if it.split("{")[0].split(" ")[0] == name)
    return sum(float(it.rpartition(" ")[2]) for it in found if all(label in it for label in labels))
