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
WARM = 7
SETTLED_MS = 1500
GRAPH = ".js-plotly-plot .main-svg"
# Page to what tells that its content has begun, and that its main part is there.
PAGES = {
    "/": (".lw-kpi__value", GRAPH),
    "/segments": ("h1", GRAPH),
    "/propensity": ("h1", "#propensity-table .ag-row"),
    "/performance": ("h1", GRAPH),
    "/roi": ("h1", GRAPH),
    "/predict": ("h1", "#predict-body:not([hidden])"),
    "/data": ("h1", ".data-list > *"),
}
# Of the overview alone: seconds until the first number, with nothing kept and with all that a browser keeps.
COLD_BUDGET, WARM_BUDGET = 3.0, 1.2
SHIFT_BUDGET = 0.05
BROWSER = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
# Each moment is noted inside the page when it is painted, so that the driver's own time does not count.
WATCH = """([first, main]) => {
  const seen = window.__seen = { shift: 0, largest: 0 };
  const note = (name, selector) => {
    if (seen[name] !== undefined) { return; }
    const found = [...document.querySelectorAll(selector)].find((one) => one.getClientRects().length);
    if (found) { seen[name] = 0; requestAnimationFrame(() => { seen[name] = performance.now(); }); }
  };
  const look = () => { note("first", first); note("main", main); requestAnimationFrame(look); };
  look();
  const observe = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each))
    .observe({ type, buffered: true });
  observe("layout-shift", (entry) => { if (!entry.hadRecentInput) { seen.shift += entry.value; } });
  observe("largest-contentful-paint", (entry) => { seen.largest = entry.startTime; });
}"""


@dataclass(frozen=True)
class Opened:
    """One opening: seconds until the first content, the main part and the largest paint, and what that took.

    `shift` is the sum of layout shifts, `busy` the seconds that the page's own thread worked, and `megabytes` what
    came over the wire for `requests` requests.
    """

    first: float
    main: float
    largest: float
    shift: float
    busy: float
    requests: int
    megabytes: float


def measure() -> list[Figure]:
    """A cold and several warm opens of each page over the sample shop."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("There is no Chromium: nothing to open pages with.")
        return []
    with tempfile.TemporaryDirectory() as home, _server(Path(home)) as url:
        return measure_at(url, chromium)


def measure_at(url: str, chromium: str) -> list[Figure]:
    """The figures of a server that runs at `url`."""
    found: list[Figure] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(BROWSER))
        try:
            for path, (first, main) in PAGES.items():
                found += _page(browser, url, path, first, main)
        finally:
            browser.close()
    return found


def _page(browser: Browser, url: str, path: str, first: str, main: str) -> Iterator[Figure]:
    cold = []
    for _ in range(WARM):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        cold.append(_open(context, url + path, first, main))
        context.close()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    warm = [_open(context, url + path, first, main) for _ in range(1 + WARM)][1:]
    context.close()
    for name, opens, budget in (("cold", cold, COLD_BUDGET), ("warm", warm, WARM_BUDGET)):

        def middle(what: str, opens: list[Opened] = opens) -> float:
            return median(getattr(one, what) for one in opens)

        at = f"{path} {name}:"
        yield Figure(f"{at} first content", middle("first"), "s", budget if path == "/" else None)
        yield Figure(f"{at} main part", middle("main"), "s")
        yield Figure(f"{at} largest paint", middle("largest"), "s")
        yield Figure(f"{at} the page's own work", middle("busy"), "s")
        yield Figure(
            f"{at} layout shift, largest of {WARM}", max(one.shift for one in opens), "", SHIFT_BUDGET
        )
        yield Figure(f"{at} {opens[-1].requests} requests", middle("megabytes"), "MB")


def _open(context: BrowserContext, address: str, first: str, main: str) -> Opened:
    page = context.new_page()
    sent: list[float] = []
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Performance.enable", {"timeDomain": "threadTicks"})

    def count(event: dict[str, Any]) -> None:
        sent.append(event["encodedDataLength"])

    client.on("Network.loadingFinished", count)
    page.add_init_script(f"({WATCH})([{first!r}, {main!r}])")
    page.goto(address, wait_until="commit")
    page.wait_for_selector(main, timeout=60_000)
    page.wait_for_timeout(SETTLED_MS)
    seen = page.evaluate("window.__seen")
    metrics = {one["name"]: one["value"] for one in client.send("Performance.getMetrics")["metrics"]}
    page.close()
    return Opened(
        first=seen["first"] / 1e3,
        main=seen["main"] / 1e3,
        largest=seen["largest"] / 1e3,
        shift=seen["shift"],
        busy=metrics["TaskDuration"],
        requests=len(sent),
        megabytes=sum(sent) / 1e6,
    )


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
