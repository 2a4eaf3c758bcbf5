"""A real server and a real browser; every page must leave an empty console and stay on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect

from app import SAMPLE_SEED
from data.store import Store
from jobs.processes import hold_lock
from jobs.queue import JobQueue

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SAMPLE_CUSTOMERS = 1200
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}

# A busy machine is slow; a page that never gets there fails all the same.
expect.set_options(timeout=30_000)


@dataclass
class Server:
    """A running dashboard over a workspace of its own."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    settings: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def jobs(self) -> JobQueue:
        return JobQueue(self.home)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    def start(self) -> None:
        self.process = _start(self.home, self.port, self.settings)

    @property
    def sample_analysis(self) -> str:
        """Id of the sample shop's own first analysis, whatever other tests have left in this workspace."""
        found = reversed(Store(self.home).analyses())
        return next(one.id for one in found if one.name.startswith("Sample shop"))

    def finish_jobs(self, timeout: float = 120) -> None:
        """Wait until nothing is queued or running."""
        finish(self.jobs, timeout)


def finish(jobs: JobQueue, timeout: float) -> None:
    """Wait until nothing is queued or running."""
    deadline = time.monotonic() + timeout
    while jobs.active():
        assert time.monotonic() < deadline, "the jobs did not end"
        time.sleep(0.2)


def _start(home: Path, port: int, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    env = os.environ | {"LAPWING_HOME": str(home), "LAPWING_PORT": str(port)} | settings
    process = subprocess.Popen([sys.executable, "-m", "app"], env=env, cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health").close()
            return process
        except OSError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium; where there is none the tests say so, and fail where that must not happen."""
    if CHROMIUM is None:
        message = "no Chromium: install it (Debian: apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return {"executable_path": CHROMIUM, "args": list(QUIET)}


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start a server over a new workspace, or a copy of one; settings as LAPWING_ names without the prefix."""
    servers: list[Server] = []

    def start(like: Path | None = None, **settings: str) -> Server:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        home = tmp_path_factory.mktemp("server") / "workspace"
        if like:
            shutil.copytree(like, home)
        chosen = {f"LAPWING_{name.upper()}": value for name, value in settings.items()}
        server = Server(home, port, _start(home, port, chosen), chosen)
        servers.append(server)
        return server

    yield start
    for server in servers:
        for job in server.jobs.active():
            server.jobs.cancel(job.id)
        server.stop()


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the analysed sample shop, made once for all test processes; to be copied, not to be used."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "sample"
    home, done = folder / "workspace", folder / "done"
    with hold_lock(folder / "lock", 240):
        if not done.exists():
            jobs = JobQueue(Store(home).home)
            jobs.submit("sample", {"customers": SAMPLE_CUSTOMERS, "seed": SAMPLE_SEED, "analyse": True})
            finish(jobs, 240)
            assert Store(home).analyses(), "the sample shop was not analysed"
            done.touch()
    return home


@pytest.fixture(scope="session")
def shop(start_server: Callable[..., Server], sample_home: Path) -> Server:
    """A server whose sample shop is analysed."""
    return start_server(like=sample_home)


# What Chromium's software driver says of any scene in three dimensions, and of reading back where a point was hit:
# of the machine, not of the page.
DRIVER = ("GL Driver Message", "willReadFrequently")


def watch(context: BrowserContext) -> list[str]:
    """What goes wrong in all pages of a context from now on: on the console, in scripts, in requests, off this machine."""
    wrong: list[str] = []
    context.on("console", lambda message: wrong.append(message.text) if _is_wrong(message) else None)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("request", lambda request: _check_host(request.url, wrong))
    context.on("requestfailed", lambda request: _check_failure(request, wrong))
    context.on("response", lambda response: _check_status(response, wrong))
    return wrong


def _is_wrong(message: ConsoleMessage) -> bool:
    driver = message.type == "warning" and any(part in message.text for part in DRIVER)
    return message.type in ("error", "warning") and not driver


def _check_host(url: str, wrong: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("localhost", "127.0.0.1"):
        wrong.append(f"left this machine: {url}")


def _check_failure(request: Request, wrong: list[str]) -> None:
    # Leaving a page and taking a file away end requests too.
    if request.failure and "ERR_ABORTED" not in request.failure:
        wrong.append(f"{request.failure}: {request.url}")


def _check_status(response: Response, wrong: list[str]) -> None:
    if response.status >= 400:
        wrong.append(f"{response.status}: {response.url}")


@pytest.fixture
def tab(context: BrowserContext) -> Iterator[Page]:
    """A page; at the end nothing was wrong in it, nor in others that it opened."""
    wrong = watch(context)
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    assert wrong == []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a browser of somebody else, a context with options of Playwright's; watched like `tab`."""
    opened: list[tuple[BrowserContext, list[str]]] = []

    def begin(**options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(30_000)
        opened.append((context, watch(context)))
        return context.new_page()

    yield begin
    for context, _ in opened:
        context.close()
    assert [wrong for _, wrong in opened if wrong] == []
