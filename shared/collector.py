"""The garbage collector, told what it need not look at.

A process's modules and a page's thousands of words stay or go as a whole: walking them again
and again took a third of a child's time.
"""

import gc

OFTEN, SELDOM = 2_000, 200_000
"""Container objects between two collections of the youngest (Python's default is 700).

A document leaves a service some ten in circles: with 10,000 a thousand documents wait in memory.
"""


def collect_seldom() -> None:
    """Collect every ``SELDOM`` objects from now on: modules that are being loaded are no garbage.

    Looking for some among them took a fifteenth of a child's start.
    """
    gc.set_threshold(SELDOM)


def settle_collector(threshold: int = OFTEN) -> None:
    """Spare what is loaded by now, for good, and collect every ``threshold`` objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(threshold)
