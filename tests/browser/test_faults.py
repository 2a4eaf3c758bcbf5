"""Bad files and dying workers: one clear sentence each, and everything else goes on."""

from __future__ import annotations

import gzip
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server

BAD = {
    "empty.csv": b"",
    "header_only.csv": b"customer_id,date,amount\n",
    "no_customer.csv": b"day,total\n" + b"2025-01-31,5.00\n" * 30,
    "no_dates.csv": b"customer_id,date,amount\n"
    + b"".join(b"c%d,someday soon,5.00\n" % i for i in range(30)),
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "cut.csv.gz": gzip.compress(b"customer_id,date,amount\n" + b"1,2025-01-01,5\n" * 20_000)[:150],
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_used(tab: Page, shop: Server, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(BAD[name])
    before = len(list((shop.home / "datasets").iterdir()))
    tab.goto(shop.url + "/data")
    tab.get_by_label("Upload data").set_input_files(tmp_path / name)
    alert = tab.get_by_role("alert")
    expect(alert).to_be_visible()
    expect(alert).to_contain_text(name if name != "no_customer.csv" else "column")
    assert "Traceback" not in tab.content()
    assert len(list((shop.home / "datasets").iterdir())) == before
    assert list((shop.home / "uploads").glob("*")) == []
    assert tab.request.get(shop.url + "/health").ok


def test_one_customer_is_told_by_the_job(tab: Page, shop: Server, tmp_path: Path) -> None:
    path = tmp_path / "one_customer.csv"
    path.write_text("customer_id,date,amount\n" + "".join(f"c1,2025-01-{i:02},5.50\n" for i in range(1, 29)))
    before = len(list((shop.home / "datasets").iterdir()))
    tab.goto(shop.url + "/data")
    tab.get_by_label("Upload data").set_input_files(path)
    tab.get_by_role("button", name="Import", exact=True).click()
    expect(tab.get_by_text("holds one customer").first).to_be_visible()
    assert len(list((shop.home / "datasets").iterdir())) == before


@pytest.fixture(scope="module")
def busy(
    start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Server]:
    """A server that has just begun a long job."""
    server = start_server(autosample="false")

    def begin() -> Server:
        server.finish_jobs()
        server.jobs.submit("sample", {"customers": 1_000_000, "seed": int(time.time()), "analyse": True})
        return server

    return begin


def worker_processes(server: Server) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if "jobs." in command and str(server.home) in command:
            found.append(process)
    return found


def web_workers(server: Server) -> list[psutil.Process]:
    children = psutil.Process(server.process.pid).children(recursive=True)
    return [child for child in children if "gunicorn" in " ".join(child.cmdline())]


def running(tab: Page) -> None:
    expect(tab.get_by_role("group", name="Running job").get_by_role("progressbar")).to_be_visible()


def test_a_job_survives_navigation_and_a_restart_of_the_server(tab: Page, busy: Callable[[], Server]) -> None:
    server = busy()
    tab.goto(server.url + "/data")
    running(tab)
    tab.get_by_role("link", name="Propensity").first.click()
    running(tab)
    tab.goto("about:blank")  # a page that polls a dead server would fill the console, rightly
    family = [server.process.pid, *(child.pid for child in web_workers(server))]
    for pid in family:
        os.kill(pid, signal.SIGKILL)
    server.process.wait()
    server.start()
    assert [job.state for job in server.jobs.active()]
    tab.goto(server.url + "/data")
    running(tab)
    for job in server.jobs.active():
        server.jobs.cancel(job.id)
    server.finish_jobs(10)


def test_cancel_in_the_page_ends_the_processes(tab: Page, busy: Callable[[], Server]) -> None:
    server = busy()
    tab.goto(server.url)
    running(tab)
    tab.get_by_role("group", name="Running job").get_by_role("button", name="Cancel").click()
    tab.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    start = time.monotonic()
    server.finish_jobs(10)
    assert time.monotonic() - start < 6
    assert server.jobs.list(1)[0].state == "cancelled"
    assert not [path for path in (server.home / "tmp").iterdir() if any(path.iterdir())]
    assert list((server.home / "datasets").iterdir()) == []


def test_a_killed_worker_is_told_as_failed(tab: Page, busy: Callable[[], Server]) -> None:
    server = busy()
    tab.goto(server.url + "/data")
    running(tab)
    job = server.jobs.active()[0]
    for process in worker_processes(server):
        os.kill(process.pid, signal.SIGKILL)
    expect(tab.get_by_text("worker lost").first).to_be_visible(timeout=30_000)
    assert server.jobs.get(job.id).state == "failed"
    assert tab.request.get(server.url + "/health").ok


def test_a_server_that_is_gone_is_told_and_the_page_comes_back(
    page: Page, start_server: Callable[..., Server], sample_home: Path
) -> None:
    server = start_server(like=sample_home)
    page.goto(server.url + "/propensity")
    size = page.get_by_label("Segment size", exact=True)
    expect(size).not_to_be_empty()
    before = size.inner_text()
    server.stop()
    expect(page.get_by_role("alert").get_by_text("does not answer")).to_be_visible()
    server.start()
    expect(page.get_by_text("does not answer")).to_be_hidden()
    expect(size).to_have_text(before)
