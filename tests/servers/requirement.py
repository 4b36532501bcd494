"""What a test does when a server that it needs cannot be had."""

import os
from typing import NoReturn

import pytest


def missing(reason: object) -> NoReturn:
    """Skip the test, or fail it where everything has to run (``CI`` is set)."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}", pytrace=False)
    pytest.skip(f"{reason}")
