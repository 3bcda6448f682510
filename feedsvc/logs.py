"""The logging configuration: lines on standard error, in one format for all processes."""

import logging

MAX_LENGTH = 1000  # characters of a logged path or header field


class EscapeClientText(logging.Filter):
    """Escapes text from a client, so that it fits between quotation marks on one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Escape all but printable ASCII in the record's text arguments."""
        if isinstance(record.args, dict):
            record.args = {
                name: _escaped(value) if isinstance(value, str) else value
                for name, value in record.args.items()
            }
        return True


def _escaped(text: str) -> str:
    text = text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}…"
    return (text or "-").encode("unicode_escape").decode().replace('"', '\\"')


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"escape": {"()": EscapeClientText}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "clients": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["escape"]},
    },
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {
        "alembic": {"level": "WARNING"},
        "apscheduler": {"level": "ERROR"},
        "granian.access": {"handlers": ["clients"], "propagate": False},
        "httpx": {"level": "WARNING"},
        "watchfiles": {"level": "ERROR"},
    },
}
