"""Traces: what belongs together, from the call that brought a document to the last webhook.

As W3C Trace Context has it (Recommendation, 2021, section 3.2): a trace has an id, each step in it
another, and ``traceparent`` names both.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Self

HEADER = "traceparent"
_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_LONGEST = 512
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A step of a trace; ids are lower-case hex. ``sampled``: whether it is to be recorded."""

    trace_id: str
    span_id: str
    sampled: bool = False

    @classmethod
    def fresh(cls) -> Self:
        """The first step of a new trace."""
        return cls(_random_hex(16), _random_hex(8))

    @classmethod
    def parse(cls, header: str | None) -> Self | None:
        """What a ``traceparent`` says; ``None`` for one that is not valid."""
        if not header or len(header) > _LONGEST:
            return None
        found = _FORM.fullmatch(header.strip())
        if found is None:
            return None
        version, trace_id, span_id, flags, more = found.groups()
        is_plain = version != "00" or more is None  # later versions may say more
        if version == "ff" or not is_plain or not int(trace_id, 16) or not int(span_id, 16):
            return None
        return cls(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))

    def child(self) -> "TraceContext":
        """The next step of the same trace."""
        return TraceContext(self.trace_id, _random_hex(8), self.sampled)

    @property
    def header(self) -> str:
        """The ``traceparent``."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}"


def trace_id_of(header: str) -> str | None:
    """The id of the trace that a stored ``traceparent`` names."""
    context = TraceContext.parse(header)
    return context.trace_id if context is not None else None


def _random_hex(size: int) -> str:
    while not int(drawn := secrets.token_hex(size), 16):  # all zeros are invalid
        pass
    return drawn
