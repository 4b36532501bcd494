"""Logs: JSON lines (or a readable console), with an allow-list against personal data.

Whatever key is not on the list does not get out: no bodies, extracted values, file names,
addresses or query strings, by whoever's mistake. Tracebacks keep where, not what: messages
of exceptions often quote data.
"""

import logging
import sys
import traceback
import warnings
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

from shared.telemetry.outlet import Outlet

ALLOWED = frozenset(
    {
        *("event", "level", "logger", "ts", "service", "version", "exception", "where"),
        *("request_id", "trace_id", "span_id", "method", "route", "status", "duration_ms"),
        *("tenant", "organization", "workspace", "document", "extraction", "delivery", "key"),
        *("stage", "part", "lane", "attempt", "revision", "sequence", "worker", "job"),
        *(
            "outcome",
            "error_code",
            "reason",
            "queue",
            "collection",
            "count",
            "bytes",
            "page",
            "pages",
        ),
        *("seconds", "host", "port", "signal", "pid", "subscription", "check", "loop"),
        *("code", "error", "message_id", "requeued", "announced", "adapter"),
        *("letter", "target", "by", "removed"),
    }
)

_CONTENT_ALONE = ("pymongo",)
"""Libraries whose debug lines are whole commands and answers: not even made."""
_Event = MutableMapping[str, Any]


def configure(service: str, version: str, level: str = "INFO", style: str = "auto") -> None:
    """Set up structlog and the standard library's logging; called once, by a main program.

    ``style`` is ``json``, ``console``, or ``auto``: console on a terminal.
    """
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    )
    ours: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _Named(service, version),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *ours,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler: logging.StreamHandler[Any] = logging.StreamHandler(_outlet())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            # Of other libraries' records the template alone: its arguments may be personal.
            use_get_message=False,
            foreign_pre_chain=[*ours, template_only],
            processors=[safe_exception, allow_listed, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    warnings.showwarning = _tell_warning  # type: ignore[assignment]  # called by position
    for name in _CONTENT_ALONE:
        logging.getLogger(name).setLevel(max(root.level, logging.INFO))


def dropped_lines() -> int:
    """How many lines of this process's log nobody will see, as nobody read them in time."""
    streams = (getattr(it, "stream", None) for it in logging.getLogger().handlers)
    return sum(it.dropped for it in streams if isinstance(it, Outlet))


def _tell_warning(
    _message: Warning | str, category: type[Warning], filename: str, lineno: int, *_rest: object
) -> None:
    """Say what kind of warning came from where; its words often quote what somebody sent."""
    where = [f"{filename}:{lineno}"]
    structlog.get_logger("warnings").warning("warning", error=category.__qualname__, where=where)


def _outlet() -> Outlet | TextIO:
    try:
        return Outlet(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):  # something that only looks like a file
        return sys.stderr


class _Named:
    """Says which program writes."""

    def __init__(self, service: str, version: str) -> None:
        self._names = {"service": service, "version": version}

    def __call__(self, _: object, __: str, event: _Event) -> _Event:
        return {**self._names, **event}


def allow_listed(_: object, __: str, event: _Event) -> _Event:
    """Keep what is on the list; say how many keys were dropped."""
    kept = {name: value for name, value in event.items() if name in ALLOWED}
    dropped = sum(1 for name in event if name not in ALLOWED and not name.startswith("_"))
    if dropped:
        kept["dropped"] = dropped
    return kept


def template_only(_: object, __: str, event: _Event) -> _Event:
    """Of another library's record the template; of one that has none, what kind of thing it is."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and not isinstance(record.msg, str):
        event["event"] = type(record.msg).__qualname__
    return event


def safe_exception(_: object, __: str, event: _Event) -> _Event:
    """Replace an exception by its type and places, without its message."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[0] is not None:
        event["exception"] = f"{info[0].__module__}.{info[0].__qualname__}"
        event["where"] = _places(info[2])
    return event


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-12:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
