"""A real analysis, cancelled at one stage after the other: gone within seconds, and nothing is published."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store import Store
from jobs import processes
from jobs.queue import JobQueue
from models.params import AnalysisParams
from tests.integration.test_jobs import alive, end_workers, until

HERE = Path(__file__).parent
SECONDS = 5.0
CUSTOMERS = 300
# From which share of the work on a job is held: checking, features, learning, scoring, backtest, saving.
STAGES = (0.0, 0.02, 0.2, 0.5, 0.8, 0.93)
# From here on so little is left to do that a job could end before it is cancelled: it is let go after.
NEARLY_DONE = 0.7


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with a small sample shop; its workers are ended with the test."""
    home = tmp_path_factory.mktemp("cancelling") / "workspace"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        made = JobQueue(home, bodies="held_bodies")
        job = made.wait(made.submit("sample", {"customers": CUSTOMERS, "seed": 5}), 120)
        assert job.state == "done", job.error
        yield home
        end_workers(home)


def started_by(worker: str) -> list[int]:
    """The live processes that carry a worker's mark, the worker itself left out."""
    mark, found = f"{processes.WORKER_MARK}={worker}".encode(), []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark in (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if marked and b"jobs.worker" not in command:
            found.append(int(entry.name))
    return found


def stages_of(folder: Path) -> list[tuple[float, str]]:
    """What a job reported, as (share, words)."""
    lines = (line.split("\t") for line in (folder / "reports").read_text().splitlines())
    return [(float(share), text) for share, text in lines]


def test_an_analysis_is_cancelled_at_any_stage_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    queue, store = JobQueue(home, bodies="held_bodies"), Store(home)
    dataset = store.datasets()[0].id
    params = AnalysisParams(tune=False, learners=("mbg_nbd", "logistic")).to_dict()
    seen = []
    for number, hold_from in enumerate(STAGES):
        folder = tmp_path / f"stage-{number}"
        folder.mkdir()
        asked = {"dataset_id": dataset, "params": params, "folder": str(folder), "hold_from": hold_from}
        job_id = queue.submit("analyse", asked)
        until((folder / "held").exists, 120)
        pid, stage = (folder / "held").read_text().split("\t")
        worker = queue.get(job_id).worker
        assert worker is not None
        assert int(pid) in started_by(worker)
        if hold_from < NEARLY_DONE:
            (folder / "go").touch()
        asked_at = time.monotonic()
        queue.cancel(job_id)
        (folder / "go").touch()
        job = queue.wait(job_id, SECONDS)
        assert time.monotonic() - asked_at < SECONDS, stage
        assert (job.state, job.error, job.result) == ("cancelled", None, None), stage
        assert not alive(int(pid)), stage
        assert started_by(worker) == [], stage
        assert store.analyses() == [], stage
        assert not (home / "tmp" / job_id).exists(), stage
        seen.append(stage)
    assert len(set(seen)) == len(STAGES), seen
    assert seen[-1] == "Saving"

    # The last job went through all that an analysis does: every stage has words, and the bar never goes back.
    reports = stages_of(folder)
    shares = [share for share, _ in reports]
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert all(text for _, text in reports)
    assert len({text for _, text in reports}) >= 8
