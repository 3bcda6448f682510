"""One worker of the web server: what granian starts in each process."""

import multiprocessing

from flask import Flask

from feedsvc.processes import end_with_parent
from feedsvc.web.app import create_app


def application() -> Flask:
    """The application of this worker, which ends with the server that started it."""
    parent = multiprocessing.parent_process()
    if parent and parent.pid:
        end_with_parent(parent.pid)
    return create_app()
