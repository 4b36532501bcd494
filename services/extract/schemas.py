"""The built-in schemas live in ``shared/schemas``: the gateway lists them as well."""

from shared.schemas import GENERIC, built_in

__all__ = ["GENERIC", "built_in"]
