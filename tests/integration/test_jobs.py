"""The job queue with real workers: what becomes of a job, whatever happens to the processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.errors import NotFoundError
from data.store import Store
from jobs import processes
from jobs.queue import Job, JobQueue

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def end_workers(home: Path) -> None:
    """End the workers of a workspace."""
    for slot in (home / "locks").glob("worker-*.lock"):
        beat = processes.read_beat(slot)
        if beat is not None:
            processes.kill_all(beat[0])
    processes.collect_workers()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace; its workers find the small jobs and are ended with the test."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    home = tmp_path / "workspace"
    yield home
    end_workers(home)


@pytest.fixture
def queue(home: Path) -> JobQueue:
    return JobQueue(home, bodies="job_bodies")


def until(found: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def tree_of(queue: JobQueue, job_id: str) -> tuple[list[int], int, int]:
    """Once the job "tree" stands: pids of its programs, of its process and of its worker."""
    until(lambda: queue.get(job_id).progress == 0.1)
    *others, child, worker = map(int, queue.get(job_id).text.split())
    assert all(map(alive, [*others, child, worker]))
    return others, child, worker


def script(queue: JobQueue, code: str) -> list[str]:
    """Command line of another process with `queue` on this workspace."""
    start = "import os, sys; from pathlib import Path; from jobs.queue import JobQueue; "
    start += f"queue = JobQueue(Path({str(queue.home)!r}), bodies='job_bodies'); "
    return [sys.executable, "-c", start + code]


def assert_nothing_left(queue: JobQueue, job_id: str, pids: list[int]) -> None:
    assert not [pid for pid in pids if alive(pid)]
    assert not (queue.home / "tmp" / job_id).exists()


def test_a_job_runs_and_its_record_tells_so(queue: JobQueue) -> None:
    before = time.time()
    job = queue.wait(queue.submit("echo", {"name": "first"}), 10)
    assert (job.state, job.progress, job.error, job.text) == ("done", 1.0, None, "Done")
    assert job.result == {"name": "first", "threads": "PASSIVE", "nice": os.nice(0) + 5}
    assert job.started_at is not None
    assert job.finished_at is not None
    assert before <= job.created_at <= job.started_at <= job.finished_at <= time.time()
    assert queue.active() == []
    assert [found.id for found in queue.list()] == [job.id]
    assert (queue.home / "jobs").stat().st_mode & 0o777 == 0o700
    assert_nothing_left(queue, job.id, [])
    # A finished job may be asked for again: it is a new one.
    again = queue.submit("echo", {"name": "first"})
    assert again != job.id
    assert queue.wait(again, 10).state == "done"
    assert [found.id for found in queue.list(1)] == [again]


def test_progress_is_seen_by_other_readers_and_never_goes_back(queue: JobQueue, tmp_path: Path) -> None:
    job_id = queue.submit("hold", {"until": str(tmp_path / "go")})
    other = JobQueue(queue.home, bodies="job_bodies")
    until(lambda: other.get(job_id).progress == 0.5)
    job = other.get(job_id)
    assert (job.state, job.text) == ("running", "half way")
    heartbeat = job.heartbeat
    assert heartbeat is not None
    until(lambda: (other.get(job_id).heartbeat or 0.0) > heartbeat)
    assert other.get(job_id).progress == 0.5
    (tmp_path / "go").touch()
    assert other.wait(job_id, 10).state == "done"


def test_jobs_queue_in_order_and_are_not_doubled(queue: JobQueue, tmp_path: Path) -> None:
    first = queue.submit("hold", {"until": str(tmp_path / "go")})
    ids = [queue.submit("echo", {"name": name, "extra": [1, None]}) for name in "abc"]
    assert queue.submit("echo", {"extra": [1, None], "name": "b"}) == ids[1]
    assert queue.submit("hold", {"until": str(tmp_path / "go")}) == first
    assert [job.id for job in queue.active()] == [first, *ids]
    queue.cancel(ids[1])
    queue.cancel(ids[1])
    cancelled = queue.get(ids[1])
    assert (cancelled.state, cancelled.text) == ("cancelled", "Cancelled")
    (tmp_path / "go").touch()
    assert [queue.wait(job_id, 10).state for job_id in (first, *ids)] == ["done", "done", "cancelled", "done"]
    assert (queue.home / "order.txt").read_text().split() == ["a", "c"]


def test_two_workers_run_two_jobs_at_a_time(home: Path, tmp_path: Path) -> None:
    queue = JobQueue(home, workers=2, bodies="job_bodies")
    ids = [queue.submit("hold", {"until": str(tmp_path / "go"), "n": n}) for n in range(3)]
    until(lambda: [job.progress for job in queue.active()] == [0.5, 0.5, 0.0])
    assert [job.state for job in queue.active()] == ["running", "running", "queued"]
    assert {job.slot for job in queue.active()} == {0, 1, None}
    (tmp_path / "go").touch()
    assert [queue.wait(job_id, 10).state for job_id in ids] == ["done"] * 3


def test_cancel_ends_the_process_tree_and_leaves_nothing(queue: JobQueue) -> None:
    job_id = queue.submit("tree", {})
    others, child, worker = tree_of(queue, job_id)
    assert (queue.home / "tmp" / job_id / "half.parquet").exists()
    queue.cancel(job_id)
    queue.cancel(job_id)
    assert queue.get(job_id).cancel_requested
    # One that is being cancelled is not the one that is asked for now.
    again = queue.submit("tree", {})
    assert again != job_id
    job = queue.wait(job_id, 5)
    assert (job.state, job.error) == ("cancelled", None)
    assert_nothing_left(queue, job_id, [*others, child])
    queue.cancel(job_id)
    assert queue.get(job_id).state == "cancelled"
    # The same worker goes on with the next.
    assert tree_of(queue, again)[2] == worker


def test_what_is_cancelled_is_never_published_and_what_publishes_is_never_cancelled(
    queue: JobQueue, tmp_path: Path
) -> None:
    ask = {"until": str(tmp_path / "go"), "then": str(tmp_path / "then")}
    job_id = queue.submit("publish", ask)
    until(lambda: queue.get(job_id).text == "ready")
    queue.cancel(job_id)
    (tmp_path / "go").touch()  # it now wants to publish
    (tmp_path / "then").touch()
    assert queue.wait(job_id, 5).state == "cancelled"
    assert not (queue.home / "published").exists()

    (tmp_path / "then").unlink()
    job_id = queue.submit("publish", ask)
    until(lambda: queue.get(job_id).text == "publishing")
    queue.cancel(job_id)
    assert not queue.get(job_id).cancel_requested
    (tmp_path / "then").touch()
    assert queue.wait(job_id, 5).state == "done"
    assert (queue.home / "published").read_text() == "whole"


def test_errors_are_told_in_words(queue: JobQueue) -> None:
    def failed(how: str) -> Job:
        job = queue.wait(queue.submit("fail", {"how": how}), 10)
        assert job.state == "failed"
        return job

    assert failed("input").error == "Row 214, `amount`: 'abc' is no number."
    job = failed("question")
    assert job.error == "Which order?"
    assert [(asked["key"], asked["choices"]) for asked in job.questions] == [
        ("date_order", [["dmy", "day first"], ["mdy", "month first"]])
    ]
    assert "robably out of memory" in (failed("memory").error or "")
    assert "disk is full" in (failed("disk").error or "")
    assert "exit code 7" in (failed("exit").error or "")
    assert "signal 11" in (failed("abort").error or "")
    log = queue.home / "logs" / "jobs.log"
    for how in ("other", "sysexit", "result"):
        error = failed(how).error or ""
        assert error.startswith("Something went wrong (id ")
        assert f"(id {error[25:31]})" in log.read_text()
    assert "KeyError: 'secret detail'" in log.read_text()
    assert "Segmentation fault" in log.read_text()
    job = queue.wait(queue.submit("nonsense", {}), 10)
    assert "no job of the kind “nonsense”" in (job.error or "")
    with pytest.raises(NotFoundError):
        queue.get("unknown")
    with pytest.raises(NotFoundError):
        queue.cancel("unknown")


@pytest.mark.parametrize("victims", ["child", "worker", "both"])
def test_kill_minus_nine_is_told_at_once(queue: JobQueue, victims: str) -> None:
    job_id = queue.submit("tree", {})
    waiting = queue.submit("echo", {"name": "next"})
    others, child, worker = tree_of(queue, job_id)
    for name, pid in (("worker", worker), ("child", child)):
        if victims in (name, "both"):
            os.kill(pid, signal.SIGKILL)
    job = queue.wait(job_id, 5)
    assert job.state == "failed"
    assert (job.error or "").startswith("worker lost: ")
    assert ("out of memory" in (job.error or "")) == (victims == "child")
    assert_nothing_left(queue, job_id, [*others, child])
    # What waits goes on, and the lost one can be asked for again.
    assert queue.wait(waiting, 10).state == "done"
    assert queue.submit("tree", {}) != job_id


def test_a_job_killed_after_it_published_is_done(queue: JobQueue) -> None:
    job = queue.wait(queue.submit("die_published", {"signed": True}), 20)
    assert (job.state, job.error) == ("done", None)
    assert job.result == {"dataset_id": Store(queue.home).datasets()[0].id}
    # What somebody else published does not count.
    other = queue.wait(queue.submit("die_published", {"signed": False}), 20)
    assert other.state == "failed"
    assert other.error is not None
    assert other.error.startswith("worker lost")


def test_a_stopped_process_counts_as_lost(home: Path) -> None:
    queue = JobQueue(home, workers=3, bodies="job_bodies", stale_after=3)
    stopped = []
    for victim in ("child", "worker", "worker, cancelled"):
        job_id = queue.submit("tree", {"stop": victim})
        others, child, worker = tree_of(queue, job_id)
        os.kill(child if victim == "child" else worker, signal.SIGSTOP)
        stopped.append((job_id, [*others, child]))
    queue.cancel(job_id)
    ended = [queue.wait(job_id, 5) for job_id, _ in stopped]
    assert [job.state for job in ended] == ["failed", "failed", "cancelled"]
    assert [(job.error or "")[:13] for job in ended] == ["worker lost: ", "worker lost: ", ""]
    for job_id, pids in stopped:
        assert_nothing_left(queue, job_id, pids)


def test_a_job_outlives_who_asked_for_it(queue: JobQueue) -> None:
    code = "print(queue.submit('echo', {'name': 'orphan'}), flush=True); os.kill(os.getpid(), 9)"
    done = subprocess.run(script(queue, code), capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    job_id = done.stdout.strip()
    # Nobody reads the queue meanwhile: the worker was started by the one that is gone.
    until((queue.home / "order.txt").exists)
    assert queue.wait(job_id, 10).state == "done"


def test_waiting_jobs_without_a_worker_get_one_at_the_next_look(queue: JobQueue) -> None:
    job_id = queue.submit("tree", {})
    waiting = queue.submit("echo", {"name": "left"})
    _, _, worker = tree_of(queue, job_id)
    os.kill(worker, signal.SIGKILL)
    until(lambda: not alive(worker))
    assert JobQueue(queue.home, bodies="job_bodies").wait(waiting, 10).state == "done"


def test_the_same_job_asked_for_at_once_by_several_processes_is_one(queue: JobQueue) -> None:
    code = "sys.stdin.readline(); print(queue.submit('echo', {'name': 'same'}))"
    askers = [
        subprocess.Popen(
            script(queue, code), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(4)
    ]
    # It waits behind another, so that no asker can come after its end.
    first = queue.submit("hold", {"until": str(queue.home / "go")})
    for asker in askers:
        assert asker.stdin is not None
        asker.stdin.write("\n")
        asker.stdin.flush()
    answers = {asker.communicate()[0].strip() for asker in askers}
    assert len(answers) == 1
    (queue.home / "go").touch()
    assert queue.wait(first, 10).state == "done"
    assert queue.wait(answers.pop(), 10).state == "done"
    assert (queue.home / "order.txt").read_text().split() == ["same"]


@pytest.mark.parametrize("harm", ["deleted", "garbage"])
def test_a_damaged_store_is_rebuilt_and_the_running_job_goes_on(queue: JobQueue, harm: str) -> None:
    job_id = queue.submit("hold", {"until": str(queue.home / "go")})
    until(lambda: queue.get(job_id).progress == 0.5)
    folder = queue.home / "jobs"
    for path in sorted(folder.iterdir()):
        if harm == "garbage":
            path.write_bytes(os.urandom(5000))
    if harm == "deleted":
        shutil.rmtree(folder)
    assert {job.id for job in queue.list()} <= {job_id}
    assert {job.id for job in queue.active()} <= {job_id}
    # Its worker writes the record of the running job again.
    until(lambda: [job.id for job in queue.active()] == [job_id])
    (queue.home / "go").touch()
    assert queue.wait(job_id, 10).state == "done"
    aside = list(queue.home.glob("jobs.damaged-*"))
    assert len(aside) == (0 if harm == "deleted" else 1)
    assert queue.wait(queue.submit("echo", {"name": "after"}), 10).state == "done"


def test_a_worker_ends_when_there_is_nothing_to_do(queue: JobQueue) -> None:
    queue.wait(queue.submit("echo", {"name": "only"}), 10)

    def free() -> bool:
        lock = processes.try_lock(queue.slot_path(0))
        if lock is not None:
            os.close(lock)
        return lock is not None

    assert not free()
    until(free)
    assert queue.wait(queue.submit("echo", {"name": "later"}), 10).state == "done"
