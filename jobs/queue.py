"""The durable queue of long work: ask for a job, follow it, cancel it; workers start by themselves."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.errors import NotFoundError, StoreError
from data.store import Store
from jobs import processes
from jobs.records import Job, Records, View

__all__ = ["Job", "JobQueue"]

# A worker looks for a cancel request four times a second; one that has not acted by then is stuck.
_CANCEL_PATIENCE = 3.0

_log = logging.getLogger(__name__)
Jobs = list[Job]  # inside the class, `list` is the method


class JobQueue:
    """The jobs of the workspace `home`, at most `workers` of them at a time across all processes.

    `bodies` names the module whose `BODIES` maps a kind to what runs; only job processes import it.
    `stale_after` is how many seconds a job's process may stay silent before it counts as lost.
    """

    def __init__(
        self, home: Path, workers: int = 1, *, bodies: str = "jobs.bodies", stale_after: float = 25.0
    ) -> None:
        self.home = home.resolve()
        self.workers = workers
        self.bodies = bodies
        self.stale_after = stale_after
        self.records = Records(self.home)

    def submit(self, kind: str, params: Mapping[str, Any]) -> str:
        """Ask for a job and return its id; the same job that still waits or runs is not doubled.

        `params` are JSON values. Raises `StoreError` if the request could not be written.
        """
        plain = json.loads(json.dumps(dict(params)))

        def add(view: View) -> str:
            for job in view.active():
                if (job.kind, job.params) == (kind, plain) and not job.cancel_requested:
                    return job.id
            job = Job(os.urandom(6).hex(), kind, plain, text="Waiting", created_at=time.time())
            view.put(job)
            return job.id

        job_id = self.records.change(add)
        self.ensure_workers()
        return job_id

    def get(self, job_id: str) -> Job:
        """The job as it stands; raises `NotFoundError` for an unknown one."""
        self.ensure_workers()
        job = self.records.read(lambda view: view.get(job_id))
        if job is None:
            raise NotFoundError("This job does not exist any more. Start it again.")
        return job

    def list(self, limit: int = 50) -> Jobs:
        """The last jobs, newest first."""
        self.ensure_workers()
        return self.records.read(lambda view: view.newest(limit))

    def active(self) -> Jobs:
        """The jobs that wait or run, oldest first."""
        self.ensure_workers()
        return self.records.read(View.active)

    def cancel(self, job_id: str) -> None:
        """Cancel a job: a waiting one at once, a running one within seconds, with all its processes.

        Does nothing to a job that is finished, or already publishing. Raises `NotFoundError`.
        """

        def request(view: View) -> None:
            job = view.get(job_id)
            if job is None:
                raise NotFoundError("This job does not exist any more; there is nothing to cancel.")
            if job.state == "queued":
                view.put(replace(job, state="cancelled", text="Cancelled", finished_at=time.time()))
            elif job.state == "running" and not job.committed and not job.cancel_requested:
                view.put(replace(job, cancel_requested=True, cancel_at=time.time(), text="Cancelling"))

        self.records.change(request)
        self.ensure_workers()

    def wait(self, job_id: str, timeout: float) -> Job:
        """The job once it is finished, or as it stands after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (job := self.get(job_id)).active and time.monotonic() < deadline:
            time.sleep(0.05)
        return job

    def ensure_workers(self) -> None:
        """As `reap`, but a fault of the disk is logged instead of raised: a read shall still answer."""
        try:
            self.reap()
        except (StoreError, OSError):
            _log.exception("Job workers could not be looked after")
            # A worker stopped in the midst of a write bars the records; its slot still betrays it.
            for slot in range(self.workers):
                beat = processes.read_beat(self.slot_path(slot))
                if beat is not None and beat[1] > self.stale_after:
                    processes.kill_all(beat[0])

    def reap(self) -> None:
        """Mark jobs whose worker is gone, end workers that hang, start workers for what waits."""
        processes.collect_workers()
        again = True
        while again:
            active = self.records.read(View.active)
            slots = {job.slot for job in active if job.state == "running" and job.slot is not None}
            if any(job.state == "queued" for job in active):
                slots |= set(range(self.workers))
            visits = [self._visit(slot) for slot in sorted(slots)]
            again = any(visits)

    def slot_path(self, slot: int) -> Path:
        """The file whose lock the worker in this slot holds."""
        return self.home / "locks" / f"worker-{slot}.lock"

    def claim(self, worker: str, slot: int) -> Job | None:
        """For a worker: the oldest waiting job, now running, or None."""

        def take(view: View) -> Job | None:
            job = next((job for job in view.active() if job.state == "queued"), None)
            if job is not None:
                now = time.time()
                job = replace(job, state="running", text="Starting", started_at=now, heartbeat=now)
                job = replace(job, worker=worker, slot=slot)
                view.put(job)
            return job

        # Looked at without a transaction first: an idle worker shall not write.
        return self.records.change(take) if self.waiting() else None

    def waiting(self) -> bool:
        """Whether a job waits for a worker."""
        return any(job.state == "queued" for job in self.records.read(View.active))

    def _visit(self, slot: int) -> bool:
        """Look after one slot; True if another look is due because a job came in meanwhile."""
        lock = processes.try_lock(self.slot_path(slot))
        if lock is None:
            return self._end_stuck(slot)
        try:
            # Its lock being ours, whoever ran a job in this slot is dead.
            self._settle(slot)
            if slot >= self.workers:
                return False
            if self.waiting():
                options: dict[str, object] = {"slot": slot, "workers": self.workers, "bodies": self.bodies}
                options["stale-after"] = self.stale_after
                processes.start_worker(self.home, lock, options)
                return False
        finally:
            os.close(lock)
        # One who submitted while we held the lock took us for a worker.
        return self.waiting()

    def _end_stuck(self, slot: int) -> bool:
        """Kill the worker of a slot that shows no life or does not cancel; True if it is gone now."""
        beat = processes.read_beat(self.slot_path(slot))
        if beat is None:
            return False
        token, age = beat
        stuck = age > self.stale_after
        if not stuck:
            limit = time.time() - _CANCEL_PATIENCE
            stuck = any(
                job.worker == token and job.cancel_at is not None and job.cancel_at < limit
                for job in self.records.read(View.active)
            )
        if stuck:
            processes.kill_all(token)
        return stuck and self._free_within(slot, 1.0)

    def _free_within(self, slot: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if (lock := processes.try_lock(self.slot_path(slot))) is not None:
                os.close(lock)
                return True
            time.sleep(0.01)
        return False

    def _settle(self, slot: int) -> None:
        lost = [
            job
            for job in self.records.read(View.active)
            if job.state == "running" and job.slot == slot and job.worker is not None
        ]
        for job in lost:
            processes.kill_all(job.worker or "")
            processes.remove_job_folder(self.home, job.id)

        def mark(view: View) -> None:
            for job in lost:
                now = view.get(job.id)
                if now is not None and now.state == "running" and now.worker == job.worker:
                    view.put(ended_without_result(now, "the process that ran this job is gone", self.home))

        if lost:
            self.records.change(mark)


def ended_without_result(job: Job, why: str, home: Path) -> Job:
    """The record of a running job whose process ended: cancelled if that was asked, else lost.

    A job that died after it had published is done: what it made is there, and doing it again would double it.
    """
    now = time.time()
    if job.cancel_requested and not job.committed:
        return replace(job, state="cancelled", text="Cancelled", finished_at=now)
    made = published_by(home, job.id) if job.committed else None
    if made:
        return replace(job, state="done", progress=1.0, text="Done", result=made, finished_at=now)
    error = f"worker lost: {why}. Start the job again."
    return replace(job, state="failed", text="Failed", error=error, finished_at=now)


def published_by(home: Path, job_id: str) -> dict[str, str] | None:
    """References to what the job has published, or None."""
    store = Store(home)
    for analysis in store.analyses():
        if analysis.manifest.get("job_id") == job_id:
            return {"dataset_id": analysis.dataset_id, "analysis_id": analysis.id}
    for dataset in store.datasets():
        if dataset.manifest.get("job_id") == job_id:
            return {"dataset_id": dataset.id}
    for prediction in store.predictions():
        if prediction.manifest.get("job_id") == job_id:
            return {"prediction_id": prediction.id}
    # The oldest: a job that made several says which was its first.
    for segmentation in reversed(store.segmentations()):
        if segmentation.manifest.get("job_id") == job_id:
            return {"segmentation_id": segmentation.id}
    return None
