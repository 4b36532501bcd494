"""Attributes computed at their first use."""

from collections.abc import Callable
from typing import Generic, Self, TypeVar, overload

_Owner = TypeVar("_Owner")
_Value_co = TypeVar("_Value_co", covariant=True)


class lazy(Generic[_Owner, _Value_co]):  # noqa: N801 (a decorator, as property is)
    """``functools.cached_property`` without the lock that it takes in Python 3.11.

    A document is one thread's. The lock alone took a tenth of the time of an extraction.
    """

    def __init__(self, compute: Callable[[_Owner], _Value_co]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: _Owner, owner: type) -> _Value_co: ...

    def __get__(self, instance: _Owner | None, owner: type) -> Self | _Value_co:
        """Compute the value and keep it where the next look finds it before this method."""
        if instance is None:
            return self
        value = self._compute(instance)
        instance.__dict__[self._name] = value
        return value
