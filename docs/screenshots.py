"""The pictures of the documents, taken anew: `make screenshots` (a Chromium is needed; a few minutes).

A server of its own over a new workspace with the seeded sample shop, every page in both themes on a desk and on a
phone, and some states that the guide speaks of. The files are those of `shots()`, in docs/images.
"""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from jobs.queue import JobQueue

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 150_000
QUALITIES = (86, 78, 70, 60, 50, 40, 30)
DESK, PHONE = (1440, 900), (390, 844)
PATIENCE_MS = 60_000
# What a page shows once it has its numbers.
PAGES = {
    "overview": ("/", "text=At risk"),
    "data": ("/data", ".data-detail-title"),
    "segments": ("/segments", "#segments-table .ag-center-cols-container .ag-cell"),
    "propensity": ("/propensity", "#propensity-table .ag-center-cols-container .ag-cell"),
    "performance": ("/performance", "#performance-board table"),
    "roi": ("/roi", "#roi-depth .main-svg"),
    "predict": ("/predict", "text=Score customers"),
}


@dataclass(frozen=True)
class Shot:
    """One picture: its file's name, the address, what must be there, and what is done before it is taken."""

    name: str
    path: str
    ready: str
    size: tuple[int, int] = DESK
    dark: bool = False
    prepare: Callable[[Page], None] | None = None


def shots() -> list[Shot]:
    """The pictures over the sample shop."""
    every = [
        Shot(f"{name}{'-phone' if size == PHONE else ''}{'-dark' if dark else ''}", path, ready, size, dark)
        for name, (path, ready) in PAGES.items()
        for size in (DESK, PHONE)
        for dark in (False, True)
    ]
    propensity, roi, segments = PAGES["propensity"], PAGES["roi"], PAGES["segments"]
    return [
        *every,
        Shot("glossary", *propensity, prepare=_open_glossary),
        Shot("customer", *propensity, prepare=_open_customer),
        Shot("segments-map", f"{segments[0]}?view=map", segments[1]),
        Shot("segments-advice", f"{segments[0]}?view=advice", "#segments-panel-advice h3"),
        Shot("red-customers", f"{propensity[0]}?performances=under", propensity[1]),
        Shot("segments-movement", f"{segments[0]}?view=movement", "#segments-flows .sankey-node"),
        Shot(
            "roi-proof",
            f"{roi[0]}?tab=proof",
            "#roi-proof-figure .main-svg",
            prepare=_scroll_to("#roi-proof-figure"),
        ),
    ]


def first_shots() -> list[Shot]:
    """The pictures over a workspace that is still empty."""
    return [
        Shot("welcome", "/", "text=Welcome to Lapwing"),
        Shot("import", "/data", "#data-upload input", prepare=_choose_file),
    ]


def names() -> set[str]:
    """The files that there are when all pictures are taken."""
    return {f"{shot.name}.webp" for shot in (*first_shots(), *shots())}


def _open_glossary(page: Page) -> None:
    page.get_by_label("Minimum propensity").wait_for()
    page.locator("a[href='#glossary-shortfall']").first.click()
    page.get_by_role("dialog", name="Glossary").wait_for()


def _open_customer(page: Page) -> None:
    page.locator("#propensity-table .ag-center-cols-container .ag-row").first.locator(
        ".ag-cell"
    ).first.click()
    page.locator(".lw-history .main-svg").first.wait_for()


def _scroll_to(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).first.evaluate(
        "found => found.closest('.seg-views, section').scrollIntoView({block: 'start'})"
    )


def _choose_file(page: Page) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders-2025.csv"
        command = [
            sys.executable,
            "-m",
            "cli",
            "sample",
            "--customers",
            "400",
            "--seed",
            "42",
            "--out",
            str(file),
        ]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        page.locator("#data-upload input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Import", exact=True).wait_for()
        page.locator("#data-mapping-title").scroll_into_view_if_needed()


def _settle(page: Page) -> None:
    """Wait until nothing moves any more: two looks in a row that are the same."""
    before = b""
    for _ in range(40):
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(700)
        now = page.screenshot()
        if now == before:
            return
        before = now
    raise RuntimeError(f"{page.url} does not come to rest.")


def take(browser: Browser, url: str, shot: Shot) -> int:
    """Take one picture, and return its size in bytes; RuntimeError where it cannot be made small enough."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        # Nothing that moves, so that two runs see the same.
        reduced_motion="reduce",
        locale="en-US",
        timezone_id="UTC",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    # Pictures are of the second visit: without the hint of the first one.
    page.add_init_script("try { localStorage.setItem('lapwing-first-steps', 'done') } catch (error) {}")
    page.goto(url + shot.path)
    page.locator(shot.ready).first.wait_for()
    page.wait_for_load_state("networkidle")
    if shot.prepare:
        shot.prepare(page)
        page.wait_for_load_state("networkidle")
    for skeleton in page.locator(".lw-skeleton:visible").all():
        skeleton.wait_for(state="hidden")
    _settle(page)
    wire = context.new_cdp_session(page)
    for quality in QUALITIES:
        answer = wire.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        picture = base64.b64decode(answer["data"])
        if len(picture) <= MOST_BYTES:
            break
    else:
        raise RuntimeError(f"{shot.name} does not get smaller than {len(picture)} bytes.")
    (IMAGES / f"{shot.name}.webp").write_bytes(picture)
    context.close()
    return len(picture)


@contextmanager
def dashboard(home: Path, **settings: str) -> Iterator[str]:
    """A dashboard over the workspace `home`; the address it answers at."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = (
        os.environ
        | {"LAPWING_HOME": str(home), "LAPWING_PORT": str(port), "LAPWING_LOCALE": "en_US"}
        | settings
    )
    process = subprocess.Popen([sys.executable, "-m", "app"], env=env, cwd=ROOT)
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health").close()  # our own server
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("The dashboard does not answer.") from None
                time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def main(wished: list[str]) -> None:
    """Take all pictures, or those that are named."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("There is no Chromium here: install it (Debian: apt-get install chromium).")
    unknown = {f"{name}.webp" for name in wished} - names()
    if unknown:
        raise SystemExit(f"There is no such picture: {', '.join(sorted(unknown))}.")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])

        def take_all(url: str, wanted: list[Shot]) -> None:
            for shot in wanted:
                if not wished or shot.name in wished:
                    sys.stderr.write(f"{shot.name}: {take(browser, url, shot):,} bytes\n")

        with dashboard(Path(folder) / "empty", LAPWING_AUTOSAMPLE="false") as url:
            take_all(url, first_shots())
        home = Path(folder) / "sample"
        with dashboard(home, LAPWING_AUTOSAMPLE="true") as url:
            jobs = JobQueue(home)
            while jobs.active():
                time.sleep(0.5)
            take_all(url, shots())
        browser.close()
    if not wished:
        for file in IMAGES.iterdir():
            if file.name not in names():
                file.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
