"""What all stored and exchanged models have in common."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from shared.models.ids import new_id
from shared.models.time import Timestamp, utc_now

_set = object.__setattr__  # the models are frozen


class Model(BaseModel):
    """An immutable value: changed by making a changed copy."""

    # Of JSON that is read only the names of fields are kept for the next time: else pydantic keeps
    # 16,384 strings, and ids and hashes never come again.
    model_config = ConfigDict(frozen=True, extra="forbid", cache_strings="keys")

    def copy_with(self, **changes: object) -> Self:
        """A copy with ``changes``, which must be of the right types (not validated).

        As ``model_copy(update=...)`` of a model without extra and private values, in half the
        time: every write of a record makes several.
        """
        copied = self.__class__.__new__(self.__class__)
        _set(copied, "__dict__", {**self.__dict__, **changes})
        _set(copied, "__pydantic_fields_set__", self.__pydantic_fields_set__ | changes.keys())
        _set(copied, "__pydantic_extra__", None)
        _set(copied, "__pydantic_private__", None)
        return copied


class StoredModel(Model):
    """A value inside a stored record; fields of a newer version are ignored on reading."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Record(StoredModel):
    """A stored record that belongs to one organization.

    ``rev`` counts the writes; a write names the ``rev`` it was based on and is refused
    when another came first (compare-and-set).
    """

    id: str = Field(default_factory=new_id)
    organization: str
    rev: int = 0
    created: Timestamp = Field(default_factory=utc_now)
    updated: Timestamp = Field(default_factory=utc_now)
