"""What the log looks like: lines on standard error, the same from every process."""

import logging

LONGEST = 1000  # characters of a path or a field that are logged


class Quoted(logging.Filter):
    """Makes what a client wrote fit for one line between quotation marks."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Escape what is not plain ASCII in the texts that the record is made of."""
        if isinstance(record.args, dict):
            record.args = {
                name: _quoted(value) if isinstance(value, str) else value
                for name, value in record.args.items()
            }
        return True


def _quoted(text: str) -> str:
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return (text or "-").encode("unicode_escape").decode().replace('"', '\\"')


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"quoted": {"()": Quoted}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "clients": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["quoted"]},
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
