"""Run a module without its guards: ``python -m tests.faults.unguarded NAMES -- MODULE ...``.

For tests that must fail: the product has no switch that turns its safety off.
"""

import runpy
import sys

from tests.faults.guards.registry import take_out


def main() -> None:
    """Take the guards out, then be that module."""
    names, dashes, module, *arguments = sys.argv[1:]
    if dashes != "--":
        sys.exit("usage: python -m tests.faults.unguarded NAME[,NAME] -- MODULE [ARGUMENT ...]")
    take_out(filter(None, names.split(",")))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
