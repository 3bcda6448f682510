"""What the log looks like: lines on standard error, the same from every process."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"level": "INFO", "handlers": ["stderr"]},
    "loggers": {
        "alembic": {"level": "WARNING"},
        "apscheduler": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "watchfiles": {"level": "ERROR"},
    },
}
