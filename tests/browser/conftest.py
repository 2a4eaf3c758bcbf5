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
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from data.store import Store
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

# A busy machine is slow; a page that never gets there fails all the same.
expect.set_options(timeout=20_000)


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
        deadline = time.monotonic() + timeout
        while self.jobs.active():
            assert time.monotonic() < deadline, "the jobs did not end"
            time.sleep(0.2)


def _start(home: Path, port: int, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    env = os.environ | {"LAPWING_HOME": str(home), "LAPWING_PORT": str(port)} | settings
    process = subprocess.Popen([sys.executable, "-m", "app"], env=env, cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 60
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

    def start(like: Server | None = None, **settings: str) -> Server:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        home = tmp_path_factory.mktemp("server") / "workspace"
        if like:
            shutil.copytree(like.home, home)
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
def shop(start_server: Callable[..., Server]) -> Server:
    """A server whose sample shop is analysed."""
    server = start_server(sample_customers="1200")
    server.finish_jobs()
    return server


# What Chromium's software driver says of any scene in three dimensions, and of reading back where a point was hit:
# of the machine, not of the page.
DRIVER = ("GL Driver Message", "willReadFrequently")


@pytest.fixture
def watched(context: BrowserContext) -> Iterator[Callable[[Page], None]]:
    """Watch pages; at the end nothing was on the console and nothing left this machine."""
    wrong: list[str] = []

    def watch(page: Page) -> None:
        page.on(
            "console",
            lambda message: wrong.append(message.text) if _is_wrong(message) else None,
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: _check_host(request.url, wrong))

    yield watch
    assert wrong == []


def _is_wrong(message: ConsoleMessage) -> bool:
    driver = message.type == "warning" and any(part in message.text for part in DRIVER)
    return message.type in ("error", "warning") and not driver


def _check_host(url: str, wrong: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("localhost", "127.0.0.1"):
        wrong.append(f"left this machine: {url}")


@pytest.fixture
def tab(page: Page, watched: Callable[[Page], None]) -> Page:
    """A watched page."""
    watched(page)
    page.set_default_timeout(20_000)
    return page
