"""The identifiers of document types.

They are made of the type's name, so that no look-up is needed, and begin with ``dt_``: some names,
such as ``invoice``, make the clients expect data of a shape of its own where they stand for the
extractor.
"""

PREFIX = "dt_"


def identifier_of(name: str) -> str:
    """The identifier of the type of that name."""
    return f"{PREFIX}{name}"


def name_of(identifier: str) -> str:
    """The name that an identifier was made of; a name by itself is taken for one."""
    return identifier.strip().removeprefix(PREFIX)
