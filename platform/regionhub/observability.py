"""Logs: one line for each event, quiet by default."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import cast

import structlog


class _Stderr:
    """Writes lines to stderr. One that cannot be written (a full disk) is lost, and nothing else.

    The stderr of the moment of writing: it can be another one than at the start.
    """

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):  # a closed file is a ValueError
            raw = getattr(getattr(sys.stderr, "buffer", None), "raw", None)
            if raw is None:  # not a file
                print(line, file=sys.stderr, flush=True)
            else:  # what a buffer could not write it would try again at the end, which then fails
                raw.write(f"{line}\n".encode(errors="backslashreplace"))

    info = warning = error = msg


def configure_logging(log_format: str = "text") -> None:
    """Write events to stderr, as text for people or as one JSON object a line."""
    renderer: structlog.typing.Processor
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _Stderr(),
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for one module."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))
