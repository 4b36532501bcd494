"""The checks can see: every broken copy of the production overlay is found out."""

import pytest

from tests.k8s.manifests import Manifests
from tests.k8s.mutants import MUTANTS
from tests.k8s.policies import CHECKS, problems


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_copy_is_found_out(mutant: str) -> None:
    broken = Manifests.of("production")
    MUTANTS[mutant](broken)
    assert problems(broken), mutant


def test_every_check_has_found_something() -> None:
    silent = {check.__name__ for check in CHECKS}
    for mutate in MUTANTS.values():
        broken = Manifests.of("production")
        mutate(broken)
        silent -= {check.__name__ for check in CHECKS if any(check(broken))}
    assert not silent
