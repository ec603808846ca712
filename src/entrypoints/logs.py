"""Structured logs: one line an event, for people or for machines. No token, title or query value ever."""

import logging
import sys
from typing import Any

import orjson
import structlog
from structlog.dev import plain_traceback
from structlog.tracebacks import ExceptionDictTransformer

from entrypoints.values import LogFormat, LogLevel

# Local variables hold tokens and people's words: no traceback shows them.
_TRACEBACKS = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


class _Lines:
    """Writes to what is standard error when it is written to."""

    def info(self, line: bytes) -> None:
        """One write a line: what several processes write stays whole."""
        stream = sys.stderr.buffer
        stream.write(line + b"\n")
        stream.flush()

    debug = warning = error = critical = info


def _dumped(event: Any, **_: Any) -> bytes:
    return orjson.dumps(event, default=str)


def configure(log_format: LogFormat, level: LogLevel) -> None:
    """Send structlog's events and the standard library's records down one road to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.typing.Processor] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer()]
        if log_format is LogFormat.JSON
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain_traceback)]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("alembic", "httpx", "httpcore", "hypercorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    is_json = log_format is LogFormat.JSON
    # Our own events, of which each request has one, go no further way than they must.
    last = (
        [_TRACEBACKS, structlog.processors.JSONRenderer(serializer=_dumped)]
        if is_json
        else [structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
    )
    structlog.configure(
        processors=[*shared, *last],
        logger_factory=((lambda *_: _Lines()) if is_json else structlog.stdlib.LoggerFactory()),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )
