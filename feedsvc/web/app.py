"""The Flask application, for any WSGI server: `feedsvc.web.app:create_app()`."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from feedsvc.config import Config, Http, find_file, load
from feedsvc.feeds.document import coded
from feedsvc.ledger import redirecting
from feedsvc.ledger.store import Store
from feedsvc.model import Document
from feedsvc.processes.reloading import Configurations
from feedsvc.web.announced import Announced
from feedsvc.web.answers import moved_to, without_content
from feedsvc.web.digests import Digests
from feedsvc.web.documents import Documents
from feedsvc.web.front import Front
from feedsvc.web.leaving import Leaving
from feedsvc.web.library import Library
from feedsvc.web.media import Media
from feedsvc.web.metrics import Metrics
from feedsvc.web.moves import Moves
from feedsvc.web.ready import Ready
from feedsvc.web.sending import Sending
from feedsvc.web.status import status_pages
from feedsvc.web.switch import Switch


@dataclass(frozen=True)
class Worker:
    """What a worker keeps while its configuration is replaced."""

    announced: Announced = field(default_factory=Announced)
    metrics: Metrics = field(default_factory=Metrics)
    digests: Digests = field(default_factory=Digests)
    sending: Sending = field(default_factory=Sending)


def create_app(config: Config | None = None, store: Store | None = None) -> Flask:
    """The application; what is not given comes from FEEDSVC_CONFIG or ./config.toml.

    Raises:
        ConfigError: the configuration is wrong or missing.
    """
    config = config or load(find_file(None))
    return _application(config, store or Store(config.store.url, reader=True), Worker())[0]


def create_switch(configurations: Configurations, announced: Announced, leaving: Leaving) -> Switch:
    """The application of a worker that can take up another configuration while it serves."""
    worker = Worker(announced)

    def front(config: Config) -> Front:
        return _application(config, Store(config.store.url, reader=True), worker)[1]

    switch = Switch(front(configurations.published), front, leaving)
    for step in configurations.steps:
        switch.begin(step)
    return switch


def _application(config: Config, store: Store, worker: Worker) -> tuple[Flask, Front]:
    """The application of one configuration, and the entrance that it is called through."""
    metrics = worker.metrics
    library = Library(config, store)
    build = metrics.timed(library.document)
    documents = Documents(
        library.revision,
        lambda key, revision: _ready(build(key, revision), config.http),
        lambda ready: _with_all_codings(ready, config.http),
        lambda last, ready: _with_known_codings(last, ready, config.http),
        worker.announced.of(config.store.url),
    )
    media = Media(store, documents.revision, config.articles.folder, config.http, worker.digests)
    moves = Moves(partial(redirecting.read, store), config)
    app = _for_all_else(status_pages(config, store, metrics), metrics, moves, config.http)
    front = Front(app.wsgi_app, library, documents, media, worker.sending, config)
    front.answered = metrics.answered
    app.wsgi_app = front  # type: ignore[method-assign]  # Flask's documented way to wrap itself
    return app, front


def _for_all_else(pages: Blueprint, metrics: Metrics, moves: Moves, settings: Http) -> Flask:
    """Flask's part: pages that are made for each request, what has moved, and what is nowhere."""
    app = Flask("feedsvc.web", static_folder=None)
    app.url_map.merge_slashes = False  # it would redirect to an address made from the Host
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, _plain_error)

    @app.errorhandler(NotFound)
    def moved(error: NotFound) -> Response:
        address = moves.of(request.path)
        if not address:
            return _plain_error(error)
        given = without_content(request.method, shared=True) or moved_to(address, settings)
        return Response(given.body, given.status, given.headers)

    @app.after_request
    def finish(answer: Response) -> Response:
        answer.headers["X-Content-Type-Options"] = "nosniff"
        size = 0 if request.method == "HEAD" else answer.calculate_content_length()
        metrics.answered(answer.status_code, size or 0)
        return answer

    return app


def _ready(document: Document | None, settings: Http) -> Ready | None:
    return Ready(document, settings, time.time()) if document else None


def _with_all_codings(ready: Ready, settings: Http) -> Ready:
    """Feeds, which are asked for again and again, in every coding."""
    whole = coded(ready.document) if ready.document.shared else ready.document
    return ready if whole is ready.document else Ready(whole, settings, time.time())


def _with_known_codings(last: Ready, ready: Ready, settings: Http) -> Ready:
    """Bytes that an edition leaves as they were stay in every coding that they had."""
    if last.document.tag != ready.document.tag:
        return ready
    known = replace(ready.document, bodies=last.document.bodies)
    return Ready(known, settings, time.time())


def _plain_error(error: HTTPException) -> Response:
    """An error in one line of plain text, with the headers that belong to it (405's Allow)."""
    answer = Response(f"{error.code} {error.name}\n", error.code, mimetype="text/plain")
    for name, value in error.get_headers():
        if name != "Content-Type":
            answer.headers[name] = value
    return answer
