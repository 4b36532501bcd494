"""The splitters of this dialect: there is one, and a workspace has it or none."""

from shared.errors import Code, Permanent
from shared.models.policies import SplitPolicy

SPLITTERS = {SplitPolicy.AUTO: ("automatic", "By numbers, titles and layout of pages")}
"""Identifier and name by what they do."""


def splitter_of(policy: SplitPolicy) -> tuple[str, str] | None:
    """Identifier and name of the splitter that a policy is."""
    return SPLITTERS.get(policy)


def split_policy(identifier: str | None, field: str | None = None) -> SplitPolicy:
    """The policy that a splitter is, given as ``field``; raises ``Permanent(NOT_FOUND)``."""
    if not identifier:
        return SplitPolicy.OFF
    for policy, (own, _) in SPLITTERS.items():
        if identifier.strip() == own:
            return policy
    raise Permanent(Code.NOT_FOUND, "Document splitter not found.", field=field)
