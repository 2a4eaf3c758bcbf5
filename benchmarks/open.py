"""Opening each page in a browser: until its first numbers or words, until its main chart, and what it fetches."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.measure import ROOT, Figure
from jobs.queue import JobQueue

CUSTOMERS = 5000
WARM = 5
SETTLED_MS = 1500
GRAPH = ".js-plotly-plot .main-svg"
# Page to what tells that its content has begun, and that its main part is there.
PAGES = {
    "/": (".lw-kpi__value", GRAPH),
    "/segments": ("h1", GRAPH),
    "/propensity": ("h1", GRAPH),
    "/performance": ("h1", GRAPH),
    "/roi": ("h1", GRAPH),
    "/predict": ("h1", "#predict-body:not([hidden])"),
    "/data": ("h1", "#data-list *"),
}
BROWSER = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# Each moment is noted inside the page when it is painted, so that the driver's own time does not count.
WATCH = """([first, main]) => {
  const seen = window.__seen = {};
  const note = (name, selector) => {
    if (seen[name] !== undefined) { return; }
    const found = [...document.querySelectorAll(selector)].find((one) => one.getClientRects().length);
    if (found) { seen[name] = 0; requestAnimationFrame(() => { seen[name] = performance.now(); }); }
  };
  const look = () => { note("first", first); note("main", main); requestAnimationFrame(look); };
  look();
}"""


@dataclass(frozen=True)
class Opened:
    """Seconds from the click to the first content and to the main part, requests, and megabytes over the wire."""

    first: float
    main: float
    requests: int
    megabytes: float


def measure() -> list[Figure]:
    """A cold and several warm opens of each page over the sample shop."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("There is no Chromium: nothing to open pages with.")
        return []
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as home, _server(Path(home)) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(BROWSER))
        try:
            for path, (first, main) in PAGES.items():
                found += _page(browser, url, path, first, main)
        finally:
            browser.close()
    return found


def _page(browser: Browser, url: str, path: str, first: str, main: str) -> Iterator[Figure]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    cold = _open(context, url + path, first, main)
    warm = [_open(context, url + path, first, main) for _ in range(WARM)]
    context.close()
    budgets = (3.0, 1.2) if path == "/" else (None, None)
    yield Figure(f"{path} cold: first content", cold.first, "s", budgets[0])
    yield Figure(f"{path} cold: main part", cold.main, "s")
    yield Figure(f"{path} cold: {cold.requests} requests", cold.megabytes, "MB")
    yield Figure(f"{path} warm: first content, median", median(one.first for one in warm), "s", budgets[1])
    yield Figure(f"{path} warm: main part, median", median(one.main for one in warm), "s")
    yield Figure(f"{path} warm: {warm[-1].requests} requests", warm[-1].megabytes, "MB")


def _open(context: BrowserContext, address: str, first: str, main: str) -> Opened:
    page = context.new_page()
    sent: list[float] = []
    client = context.new_cdp_session(page)
    client.send("Network.enable")

    def count(event: dict[str, Any]) -> None:
        sent.append(event["encodedDataLength"])

    client.on("Network.loadingFinished", count)
    page.add_init_script(f"({WATCH})([{first!r}, {main!r}])")
    page.goto(address, wait_until="commit")
    page.wait_for_selector(main, timeout=60_000)
    page.wait_for_timeout(SETTLED_MS)
    seen = page.evaluate("window.__seen")
    page.close()
    return Opened(seen["first"] / 1e3, seen["main"] / 1e3, len(sent), sum(sent) / 1e6)


@contextmanager
def _server(home: Path) -> Iterator[str]:
    """The address of a server whose sample shop is analysed."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {"LAPWING_HOME": str(home), "LAPWING_PORT": str(port), "LAPWING_SAMPLE_CUSTOMERS": str(CUSTOMERS)}
    server = subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=os.environ | env)
    try:
        url = f"http://localhost:{port}"
        _wait(server, url)
        jobs = JobQueue(home)
        deadline = time.monotonic() + 600
        while jobs.active():
            if time.monotonic() > deadline:
                raise TimeoutError("the sample is not analysed after ten minutes")
            time.sleep(0.5)
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    start = time.monotonic()
    while True:
        try:
            urllib.request.urlopen(f"{url}/health").close()
        except OSError:
            if server.poll() is not None or time.monotonic() - start > 60:
                raise
            time.sleep(0.05)
        else:
            return
