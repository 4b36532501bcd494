"""How long the harness waits for what is to come: longer on a machine that has much else to do.

Never for what the product promises within a time.
"""

import os

_MOST = 6.0


def unhurried(seconds: float) -> float:
    """So long on an idle machine; in proportion to the load of a busy one, up to six times."""
    load, _, _ = os.getloadavg()
    return seconds * min(_MOST, max(1.0, load / (os.cpu_count() or 1)))
