"""The Flask application, for any WSGI server: `feedsvc.web.app:create_app()`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from feedsvc.config import Config, Http, find_file, load
from feedsvc.ledger import redirecting
from feedsvc.ledger.store import Store
from feedsvc.processes.reloading import Configurations
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.cache import Cache
from feedsvc.web.digests import Digests
from feedsvc.web.draining import Draining
from feedsvc.web.media import Media
from feedsvc.web.metrics import Metrics
from feedsvc.web.middleware import Middleware
from feedsvc.web.operations import status_pages
from feedsvc.web.redirects import FileRedirects
from feedsvc.web.responses import moved_permanently, to_other_method
from feedsvc.web.revisions import Announced
from feedsvc.web.sending import Sending
from feedsvc.web.switch import Switch


@dataclass(frozen=True)
class Worker:
    """What a worker keeps when its configuration is replaced."""

    announced: Announced = field(default_factory=Announced)
    metrics: Metrics = field(default_factory=Metrics)
    digests: Digests = field(default_factory=Digests)
    sending: Sending = field(default_factory=Sending)


def create_app(config: Config | None = None, store: Store | None = None) -> Flask:
    """The application; the default configuration is that of FEEDSVC_CONFIG or ./config.toml.

    Raises:
        ConfigError: the configuration is wrong or missing.
    """
    config = config or load(find_file(None))
    app, middleware = _application(config, store or _reader(config), Worker())
    app.wsgi_app = middleware  # type: ignore[method-assign]  # Flask's documented way to wrap itself
    return app


def create_switch(
    configurations: Configurations, announced: Announced, draining: Draining
) -> Switch:
    """The application of a worker that can replace its configuration while it serves."""
    worker = Worker(announced)

    def middleware(config: Config) -> Middleware:
        return _application(config, _reader(config), worker)[1]

    switch = Switch(middleware(configurations.published), middleware, draining)
    for step in configurations.steps:
        switch.begin(step)
    return switch


def _reader(config: Config) -> Store:
    return Store(config.store.url, reader=True)


def _application(config: Config, store: Store, worker: Worker) -> tuple[Flask, Middleware]:
    """Flask's part of the application of one configuration, and the middleware around it."""
    metrics = worker.metrics
    builder = DocumentBuilder(config, store)
    build, announced = metrics.timed(builder.document), worker.announced.of(config.store.url)
    cache = Cache(builder.revision, build, config.http, announced)
    media = Media(store, cache.revision, config.articles.folder, config.http, worker.digests)
    redirects = FileRedirects(partial(redirecting.read, store), config)
    app = _fallback(status_pages(config, store, metrics), metrics, redirects, config.http)
    return app, Middleware(app.wsgi_app, builder, cache, media, worker.sending, metrics)


def _fallback(
    pages: Blueprint, metrics: Metrics, redirects: FileRedirects, settings: Http
) -> Flask:
    """Flask's part: pages rendered for each request, redirects of files, and 404."""
    app = Flask("feedsvc.web", static_folder=None)
    app.url_map.merge_slashes = False  # it would redirect to an address made from the Host
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, _plain_error)

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> Response:
        address = redirects.target(request.path)
        if not address:
            return _plain_error(error)
        redirect = moved_permanently(address, settings)
        response = to_other_method(request.method, cross_origin=True) or redirect
        return Response(response.body, response.status, response.headers)

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        size = 0 if request.method == "HEAD" else response.calculate_content_length()
        metrics.count(response.status_code, size or 0)
        return response

    return app


def _plain_error(error: HTTPException) -> Response:
    """An error as one line of plain text, with the headers that belong to it (405's Allow)."""
    response = Response(f"{error.code} {error.name}\n", error.code, mimetype="text/plain")
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response
