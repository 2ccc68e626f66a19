"""Structured logs: one event name and its values per line, as text on a terminal and as JSON for a collector.

Secrets have types whose repr is a key id, so that none can reach a log by accident; nothing here filters by name.
"""

import logging
import sys
from typing import Literal, TextIO

import structlog

Format = Literal["auto", "text", "json"]
"""`auto` is text on a terminal and JSON elsewhere, which is what a service manager wants."""


def configure(level: str = "info", form: Format = "auto", stream: TextIO | None = None) -> None:
    """Sends all logs, ours and the libraries', to one stream in one format."""
    out = stream or sys.stderr
    text = form == "text" or (form == "auto" and out.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.types.Processor = structlog.processors.JSONRenderer()
    if text:
        # The default shows every frame's variables: pages of them on a small screen, and whatever they hold.
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer] if not text else [*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    foreign: list[structlog.types.Processor] = shared if text else [*shared, structlog.processors.format_exc_info]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=foreign, processor=renderer))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
