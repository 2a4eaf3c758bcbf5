"""Where the dashboard is put together; `python app.py` serves it."""

from __future__ import annotations

import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import dash
from flask import Flask, Response, request
from flask_bootstrap import Bootstrap5
from flask_compress import Compress

from callbacks import register_all
from callbacks.services import Services
from figures import words
from pages._ui.shell import ASSETS_IGNORE, INDEX_STRING, shell
from settings import Settings
from web.index import App
from web.static import MARK, Static

HERE = Path(__file__).parent
WORKERS, THREADS = 2, 8
SAMPLE_SEED = 42

log = logging.getLogger("lapwing")


def create_app(settings: Settings) -> dash.Dash:
    """The whole application over the workspace that `settings` names, warmed up."""
    words.use_locale(settings.locale)
    services = Services.create(settings)
    helper = ThreadPoolExecutor(1)
    compressing = helper.submit(Static, HERE / "assets", services.store.home / "cache" / "static")
    server = Flask("lapwing")
    server.config["COMPRESS_REGISTER"] = True
    server.config["COMPRESS_STREAMS"] = False
    Bootstrap5(server)
    Compress(server)
    app = App(
        "lapwing",
        server=server,
        use_pages=True,
        pages_folder=str(HERE / "pages"),
        assets_folder=str(HERE / "assets"),
        assets_ignore=ASSETS_IGNORE,
        index_string=INDEX_STRING.replace("LOCALE", words.locale_tag()),
        title="Lapwing",
        update_title=None,
        serve_locally=True,
        add_log_handler=False,
        health_endpoint="health",
    )
    register_all(app, services)
    _guard(server)
    _send_headers(app, server)
    app.static = compressing.result()
    helper.shutdown()
    pages = sorted(dash.page_registry.values(), key=lambda page: page["order"] or 0)
    app.layout = shell(pages, app.static.url(MARK))
    server.wsgi_app = app.static.serve(server.wsgi_app)  # type: ignore[assignment,method-assign]
    _warm_up(server)
    # Not before: it asks the query engine, which must not run when workers are forked.
    app.services = services
    if settings.autosample:
        prepare_sample(services)
    return app


def prepare_sample(services: Services) -> None:
    """Ask for the sample shop where the workspace has never held anything."""
    if not services.store.datasets() and not services.jobs.list(1):
        services.jobs.submit(
            "sample",
            {"customers": services.settings.sample_customers, "seed": SAMPLE_SEED, "analyse": True},
        )


def server() -> Flask:
    """The WSGI application over the environment's settings, for a web server to load."""
    app: Flask = create_app(Settings()).server
    return app


def serve(settings: Settings) -> None:
    """Become a gunicorn that serves the dashboard; does not return.

    Loaded once before the workers are forked: nothing that minds a fork has run by then, since the
    learners never run in the web process and the query engine opens with the first question.
    """
    options = {
        "--bind": f"{settings.host}:{settings.port}",
        "--workers": str(WORKERS),
        "--worker-class": "gthread",
        "--threads": str(THREADS),
        "--keep-alive": "75",
        "--timeout": "120",
        "--log-level": "warning",
        "--pythonpath": str(HERE),
    }
    flat = [part for option in options.items() for part in option]
    command = [sys.executable, "-m", "gunicorn", *flat, "--no-control-socket", "--preload", "app:server()"]
    os.execv(sys.executable, command)  # noqa: S606  # our own interpreter


def _guard(server: Flask) -> None:
    """Refuse requests that another site makes in a visitor's browser."""

    @server.before_request
    def refuse_cross_site() -> Response | None:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return None
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        foreign = site in ("cross-site", "same-site") or (origin and urlsplit(origin).netloc != request.host)
        return Response("This request came from another site and was refused.", 403) if foreign else None


def _warm_up(server: Flask) -> None:
    # The first requests register pages and assets; two at once would race (dash #3971).
    client = server.test_client()
    for path in ("/_dash-layout", "/_dash-dependencies", "/"):
        client.get(path)


def _send_headers(app: dash.Dash, server: Flask) -> None:
    """Add the headers that keep what is shown on this machine and out of other sites."""

    @cache
    def policy() -> str:
        # Dash's inline scripts are known only once its pages are put together.
        hashes = " ".join(app.csp_hashes())
        return (
            f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline';"
            " img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self';"
            " frame-ancestors 'none'"
        )

    @server.after_request
    def headers(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", policy())
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not request.path.startswith(("/assets/", "/_dash-component-suites/", "/bootstrap/")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


if __name__ == "__main__":
    serve(Settings())
