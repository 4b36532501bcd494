"""What the native API says of whose mail is taken."""

from typing import Annotated

from pydantic import AfterValidator, Field

from services.ingest.mail.senders import is_pattern
from shared.models.base import Model
from shared.models.senders import SenderPolicy, Senders

MAX_PATTERNS = 500


def _pattern(text: str) -> str:
    if not is_pattern(text):
        raise ValueError("must be like *@example.com, ann@example.com or *@*.example.com")
    return text


Pattern = Annotated[str, Field(min_length=3, max_length=320), AfterValidator(_pattern)]


class SenderRules(Model):
    """Whose mail is taken; what is absent is as by default."""

    policy: SenderPolicy = Field(
        default=SenderPolicy.OFF,
        description="what follows where a mail's sender is not authenticated, or not allowed: "
        "`off` nothing, `warn` its documents say so, `enforce` it is not taken",
    )
    allowed: list[Pattern] = Field(
        default_factory=list,
        max_length=MAX_PATTERNS,
        description="such as `*@example.com`; none: everybody whose domain is authenticated",
    )

    def stored(self) -> Senders:
        """As they are stored."""
        return Senders(policy=self.policy, allowed=list(self.allowed))


class SendersView(Model):
    """Whose mail is taken."""

    policy: SenderPolicy
    allowed: list[str]


def senders_view(senders: Senders) -> SendersView:
    """The rules as they are told of."""
    return SendersView(policy=senders.policy, allowed=senders.allowed)
