"""Structured logs: JSON in production, readable in development, to stdout and to rotating files, without secrets.

Log with `structlog.get_logger(__name__).info("what_happened", key=value)`. Request id and actor are added by
`merge_contextvars`; what looks like a secret or an e-mail address is masked before anything is written.
"""

import logging.config
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

MASK = "[scrubbed]"
_SECRET_KEY = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|api[-_]?key|signature|credential|\bkey\b|email|phone", re.IGNORECASE
)
_SECRET_VALUE = re.compile(
    r"(?P<bearer>\bBearer\s+\S+)|(?P<jwt>\beyJ[\w-]+\.[\w-]+\.[\w-]+)|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]+)"
    r"|(?P<url>://[^/\s:@]*:[^/\s@]+@)"
)

FILE_BYTES = 20 * 1024 * 1024
FILE_COUNT = 5


def scrub(value: Any, *, key: str = "") -> Any:
    """`value` with everything masked that its key, or its own look, says is a secret or personal."""
    if key and _SECRET_KEY.search(key):
        return MASK
    if isinstance(value, dict):
        return {name: scrub(item, key=str(name)) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub(item) for item in value]
    if isinstance(value, str):
        return _SECRET_VALUE.sub(MASK, value)
    return value


def _scrub_event(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: scrub(value, key=name) for name, value in event.items() if not name.startswith("_")} | {
        name: value for name, value in event.items() if name.startswith("_")
    }


_SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _scrub_event,
]


def logging_config(*, log_format: str, level: str, directory: str | None, process: str) -> dict[str, Any]:
    """The `logging.config` dictionary; `log_format` is `json` or `console`; no `directory`, no files."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=28)
    )
    handlers: dict[str, Any] = {"stdout": {"class": "logging.StreamHandler", "formatter": "structured"}}
    if directory:
        Path(directory).mkdir(parents=True, exist_ok=True)
        handlers["file"] = {
            # Several workers write to one file; the standard rotating handler would lose lines between them.
            "class": "concurrent_log_handler.ConcurrentRotatingFileHandler",
            "filename": str(Path(directory) / f"{process}.log"),
            "maxBytes": FILE_BYTES,
            "backupCount": FILE_COUNT,
            "formatter": "json",
        }
    structlog.configure(
        processors=[*_SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": _formatter(renderer),
            "json": _formatter(structlog.processors.JSONRenderer()),
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": level},
        "loggers": {
            # Its 4xx lines repeat what the request's own line says.
            "django.request": {"level": "ERROR"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }


def configure_logging(config: dict[str, Any]) -> None:
    """Put `config` (of `logging_config`) in force."""
    logging.config.dictConfig(config)


def _formatter(renderer: Any) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": _SHARED_PROCESSORS,
    }
