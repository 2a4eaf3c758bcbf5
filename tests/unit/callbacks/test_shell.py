from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from dash import Patch, no_update
from dash.exceptions import PreventUpdate

from callbacks.services import Services
from callbacks.shell import analysis_options, cancel_job, choose_analysis, is_gone, show_job, watch_jobs
from callbacks.waiting import instead
from data.errors import NotFoundError
from jobs.records import Job
from pages._ui.shell import ACTIVE_MS, IDLE_MS
from settings import Settings
from tests.factories import customers, publish_analysis


class Jobs:
    """A queue that holds what a test puts in."""

    def __init__(self) -> None:
        self.held: list[Job] = []
        self.cancelled: list[str] = []

    def get(self, job_id: str) -> Job:
        found = next((job for job in self.held if job.id == job_id), None)
        if found is None:
            raise NotFoundError("This job does not exist any more.")
        return found

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def list(self, limit: int = 50) -> list[Job]:
        return self.held[:limit]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = Services.create(Settings(home=tmp_path))
    object.__setattr__(made, "jobs", Jobs())
    return made


def test_the_newest_analysis_is_chosen_and_the_address_before_it(services: Services, tmp_path: Path) -> None:
    assert choose_analysis(services, {}, "", None, None) == ([], "", True, no_update)
    older = publish_analysis(tmp_path, customers(20))
    newer = publish_analysis(tmp_path, customers(20))
    options, value, closed, told = choose_analysis(services, {}, "", None, None)
    assert [option["value"] for option in options] == [newer.id, older.id]
    assert (value, closed, told) == (newer.id, False, no_update)
    assert choose_analysis(services, {}, f"?analysis={older.id}&window=next", None, None)[1] == older.id
    assert choose_analysis(services, {}, "?analysis=gone", older.id, None)[1] == older.id


def test_a_link_to_what_is_gone_says_so(services: Services, tmp_path: Path) -> None:
    newest = publish_analysis(tmp_path, customers(20))
    _, value, _, told = choose_analysis(services, {}, "?analysis=gone", None, None)
    assert value == newest.id
    assert "Test shop instead" in str(told.to_plotly_json())


def test_what_is_deleted_while_it_is_read_is_told(services: Services, tmp_path: Path) -> None:
    read, other = publish_analysis(tmp_path, customers(20)), publish_analysis(tmp_path, customers(20))
    assert not is_gone(services, None)
    assert not is_gone(services, read.id)
    shutil.rmtree(read.path)
    assert is_gone(services, read.id)
    options, value, closed, told = choose_analysis(services, {"gone": read.id}, "", read.id, None)
    assert ([option["value"] for option in options], value, closed) == ([other.id], other.id, False)
    assert "has been deleted, here or in another window. This is Test shop instead." in str(
        told.to_plotly_json()
    )
    shutil.rmtree(other.path)
    options, value, closed, told = choose_analysis(services, {"gone": other.id}, "", other.id, None)
    assert (options, value, closed) == ([], "", True)
    assert "has been deleted, here or in another window." in str(told.to_plotly_json())


def test_only_the_tab_that_asked_goes_to_what_was_made(services: Services, tmp_path: Path) -> None:
    older = publish_analysis(tmp_path, customers(20))
    newer = publish_analysis(tmp_path, customers(20))
    jobs: Any = services.jobs
    jobs.held = [
        Job("first", "import", {}, "done", finished_at=1.0, result={"next_job": "second"}),
        Job("second", "analyse", {}, "done", finished_at=2.0, result={"analysis_id": newer.id}),
    ]
    made = {"analysis_id": newer.id, "job_id": "second"}
    chosen = {
        started: choose_analysis(services, made, "", older.id, started)[1]
        for started in (None, "first", "second", "another")
    }
    assert chosen == {None: older.id, "first": newer.id, "second": newer.id, "another": older.id}


def test_analyses_of_one_name_are_told_apart(services: Services, tmp_path: Path) -> None:
    publish_analysis(tmp_path, customers(20))
    assert [option["label"] for option in analysis_options(services)] == ["Test shop"]
    publish_analysis(tmp_path, customers(20))
    assert all(option["label"].startswith("Test shop · ") for option in analysis_options(services))


def test_what_runs_is_shown_and_what_ended_is_told_once(services: Services) -> None:
    jobs: Any = services.jobs
    jobs.held = [Job("old", "import", {}, "done", finished_at=50.0)]
    first = watch_jobs(services, None)
    assert first["state"] == {"active": [], "seen": 50.0}
    assert first["toasts"] is no_update, "what ended before the visit is no news"
    assert (first["tick"], first["published"]) == (IDLE_MS, no_update)
    assert watch_jobs(services, first["state"])["state"] is no_update

    running = Job("a", "analyse", {"title": "CDNOW"}, "running", 0.4, "Predicting")
    jobs.held = [running, *jobs.held]
    second = watch_jobs(services, first["state"])
    assert second["tick"] == ACTIVE_MS
    assert second["state"]["active"][0]["progress"] == 0.4

    jobs.held[0] = Job(
        "a", "analyse", {"title": "CDNOW"}, "done", 1.0, finished_at=60.0, result={"analysis_id": "x"}
    )
    third = watch_jobs(services, second["state"])
    assert third["published"] == {"analysis_id": "x", "job_id": "a"}
    assert third["state"] == {"active": [], "seen": 60.0}
    assert isinstance(third["toasts"], Patch)
    assert "Analysing CDNOW is done." in str(third["toasts"].to_plotly_json())
    assert watch_jobs(services, third["state"])["toasts"] is no_update


def test_the_first_of_two_steps_is_no_news_and_a_failure_is(services: Services) -> None:
    jobs: Any = services.jobs
    state = {"active": [], "seen": 10.0}
    done = Job("a", "import", {"name": "f.csv"}, "done", finished_at=20.0, result={"dataset_id": "d"})
    jobs.held = [Job("b", "analyse", {}, "queued"), done]
    assert watch_jobs(services, state)["toasts"] is no_update
    jobs.held = [Job("c", "import", {"name": "f.csv"}, "failed", finished_at=30.0, error="f.csv is empty.")]
    told = str(watch_jobs(services, state)["toasts"].to_plotly_json())
    assert "f.csv is empty." in told
    assert "That did not work" in told


def test_the_indicator_names_the_running_job() -> None:
    assert show_job(None)[0] == "lw-job lw-hidden"
    waiting = {
        "id": "b",
        "label": "Importing b.csv",
        "state": "queued",
        "progress": 0.0,
        "text": "",
        "cancelling": False,
    }
    running = {
        "id": "a",
        "label": "Analysing a",
        "state": "running",
        "progress": 0.42,
        "text": "Fitting",
        "cancelling": False,
    }
    shown = show_job({"active": [waiting, running]})
    assert shown == ("lw-job", "Analysing a (+1 waiting)", "42 % · Fitting", "42", "Analysing a", False)
    assert show_job({"active": [running | {"cancelling": True}]})[2] == "42 % · Cancelling …"


def test_cancel_ends_the_running_job(services: Services) -> None:
    jobs: Any = services.jobs
    cancel_job(services, {"active": []})
    cancel_job(services, {"active": [{"id": "b", "state": "queued"}, {"id": "a", "state": "running"}]})
    cancel_job(services, {"active": [{"id": "b", "state": "queued"}]})
    assert jobs.cancelled == ["a", "b"]


def test_nothing_is_claimed_before_it_is_known() -> None:
    for analysis_id, jobs in ((None, {"active": []}), ("", None)):
        with pytest.raises(PreventUpdate):
            instead(analysis_id, jobs)
    assert "No customers yet" in str(instead("", {"active": []})[0])
    job = {"label": "Preparing sample data", "text": "", "state": "running", "progress": 0.4}
    shown = str(instead("", {"active": [job]})[0])
    assert "Preparing sample data" in shown
    assert "40 %" in shown
