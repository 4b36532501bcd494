"""Work in limited child processes, away from the event loop."""

from shared.compute.limits import Limits
from shared.compute.pool import ComputePool

__all__ = ["ComputePool", "Limits"]
