"""Organizations as this dialect tells of them."""

from typing import Any, Literal

from pydantic import RootModel

from services.ingest.dialects.affinda.wire import WireModel

Role = Literal["admin", "member"]


class OrganizationView(WireModel):
    """An organization. Its ``resthook_signature_key`` is told to keys that administer it."""

    identifier: str
    name: str
    user_role: Role
    avatar: str | None
    resthook_signature_key: str | None
    is_trial: bool = False
    validation_tool_config: dict[str, Any] | None
    show_custom_field_creation: bool = False


class OrganizationList(RootModel[list[OrganizationView]]):
    """The organization of a key, as a list."""
