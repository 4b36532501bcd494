"""What the native API says of a workspace's policies."""

from typing import Any

from pydantic import Field

from shared.models.base import Model
from shared.models.policies import DuplicatePolicy, Policies, SplitPolicy

MAX_DAYS = 36_500


class PolicyView(Model):
    """A workspace's policies."""

    duplicates: DuplicatePolicy
    reject_invalid: bool
    types: list[str]
    split: SplitPolicy
    retention_days: int | None


class PolicyChange(Model):
    """What to change; what is absent stays. It holds for documents that come in from then on."""

    duplicates: DuplicatePolicy = Field(
        default=DuplicatePolicy.OFF,
        description="of a file that the workspace has already: take it, refuse it, take it "
        "unread, or take and process it, the last two with `duplicate_of`",
    )
    reject_invalid: bool = Field(
        default=False, description="reject documents of no known type, or of none of `types`"
    )
    types: list[str] = Field(
        default_factory=list, max_length=100, description="names of types; empty: all known ones"
    )
    split: SplitPolicy = Field(
        default=SplitPolicy.OFF, description="make several documents of a file that holds several"
    )
    retention_days: int | None = Field(
        default=None, ge=1, le=MAX_DAYS, description="until a document expires; null: for ever"
    )

    def applied(self, policies: Policies) -> Policies:
        """``policies`` with what was given."""
        given: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        return policies.copy_with(**given)


def policy_view(policies: Policies) -> PolicyView:
    """The policies as they are told of."""
    return PolicyView(**{name: getattr(policies, name) for name in PolicyView.model_fields})
