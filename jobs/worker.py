"""The worker: takes waiting jobs one after another and runs each in a process of its own.

Started by `JobQueue` as `python -m jobs.worker`. It does no work itself, so it can always cancel,
notice the death or silence of the job's process, and write down what became of the job.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.errors import StoreError
from jobs import processes
from jobs.queue import JobQueue, ended_without_result
from jobs.records import DISK_FULL, Job, View, is_disk_full

TICK = 0.25  # seconds between two looks at cancel requests
BEAT = 2.0  # seconds between two heartbeats in the record
IDLE = 2.0  # seconds without work after which a worker ends

_NOT_RUN = "The job could not be run: its process or its folder could not be made; the log has the details."

_log = logging.getLogger(__name__)


class _GoneError(Exception):
    """The job is no longer this worker's: its record says that somebody else has ended it."""


class _Line:
    """The worker's end of the line to a job's process."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self._rest = b""

    def send(self, line: str) -> None:
        """Send one line; a process that is gone is noticed elsewhere."""
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.write(line.encode() + b"\n")
                self._child.stdin.flush()

    def receive(self, seconds: float) -> list[dict[str, Any]]:
        """The messages that have come, after waiting up to `seconds` for the first bytes."""
        if self._child.stdout is None or not select.select([self._child.stdout], [], [], seconds)[0]:
            return []
        part = os.read(self._child.stdout.fileno(), 1 << 20)
        if not part:
            time.sleep(0.02)  # it is about to end
        *lines, self._rest = (self._rest + part).split(b"\n")
        return [json.loads(line) for line in lines]


class Worker:
    """One worker in its slot; `lock` is the descriptor that holds the slot's lock."""

    def __init__(self, queue: JobQueue, slot: int, lock: int) -> None:
        self.queue = queue
        self.slot = slot
        self.lock = lock
        self.token = os.environ[processes.WORKER_MARK]

    def run(self) -> None:
        """Run what waits until there has been nothing for a while."""
        idle_since = time.monotonic()
        while self._slot_is_ours():
            processes.write_beat(self.lock, self.token)
            try:
                job = self.queue.claim(self.token, self.slot)
            except StoreError:
                _log.exception("No job could be taken")
                job = None
            if job is not None:
                self._run_job(job)
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since < IDLE:
                time.sleep(0.1)
            elif not self._another_turn():
                return

    def _another_turn(self) -> bool:
        # Whoever submits sees either the free slot, or finds us looking once more after freeing it.
        os.close(self.lock)
        with contextlib.suppress(StoreError):
            if self.queue.waiting():
                lock = processes.try_lock(self.queue.slot_path(self.slot))
                if lock is not None:
                    self.lock = lock
                    return True
        return False

    def _slot_is_ours(self) -> bool:
        # Without its file the slot, or the whole workspace, has been removed: leave it alone.
        return os.fstat(self.lock).st_nlink > 0

    def _run_job(self, job: Job) -> None:
        home = self.queue.home
        child: subprocess.Popen[bytes] | None = None
        try:
            try:
                processes.remove_job_folder(home, job.id)
                folder = processes.private_folder(processes.job_folder(home, job.id))
                child = processes.start_child(home, job.id, self.queue.bodies, folder)
                ended = self._follow(job, child)
            except StoreError as error:
                ended = _ended(job, {"error": str(error)})
            except OSError as error:
                _log.exception("Job %s could not be run", job.id)
                ended = _ended(job, {"error": DISK_FULL if is_disk_full(error) else _NOT_RUN})
            finally:
                if child is not None:
                    self._end(child)
                processes.remove_job_folder(home, job.id)
            self._finish(ended)
        except _GoneError:
            _log.warning("Job %s was ended by another process", job.id)

    def _follow(self, job: Job, child: subprocess.Popen[bytes]) -> Job:
        """Follow the job's process to its end; the record as it should be written."""
        line, ours = _Line(child), job.id
        line.send(json.dumps({"kind": job.kind, "params": job.params}))
        heard = written = time.monotonic()
        news = False
        while self._slot_is_ours():
            # Asked before reading: what it wrote before it died is then still read.
            dead = child.poll() is not None
            for message in line.receive(TICK):
                heard, job = time.monotonic(), replace(job, heartbeat=time.time())
                if "progress" in message:
                    job = replace(job, progress=message["progress"], text=message["text"])
                    news = True
                elif "commit" in message:
                    job = self._write(job, commit=True)
                    if job.committed:
                        line.send("go")
                else:
                    return _ended(job, message)
            now = time.monotonic()
            processes.write_beat(self.lock, self.token)
            try:
                stored = self.queue.records.read(lambda view: view.get(ours))
                job = self._merged(job, stored)
                # A record that is missing was lost with a damaged store: the write puts it back.
                if stored is None or now - written >= (TICK if news else BEAT):
                    job, news, written = self._write(job), False, now
            except StoreError:
                # The job goes on: a full disk may have space again by the time it ends.
                _log.exception("Progress of job %s could not be written", job.id)
                written = now
            if job.cancel_requested and not job.committed:
                return ended_without_result(job, "", self.queue.home)
            if dead:
                return ended_without_result(job, _death(child.returncode), self.queue.home)
            if now - heard > self.queue.stale_after:
                silent = f"its process did not respond for {self.queue.stale_after:.0f} seconds"
                return ended_without_result(job, silent, self.queue.home)
        raise _GoneError

    def _write(self, job: Job, *, commit: bool = False) -> Job:
        def edit(view: View) -> Job:
            merged = self._merged(job, view.get(job.id))
            if commit and not merged.cancel_requested:
                merged = replace(merged, committed=True)
            view.put(merged)
            return merged

        return self.queue.records.change(edit)

    def _merged(self, job: Job, stored: Job | None) -> Job:
        """Our state of the job with what others wrote: a cancel request, or that it is ours no more."""
        if stored is None:
            return job
        if stored.state != "running" or stored.worker != self.token:
            raise _GoneError
        if stored.cancel_requested and not job.cancel_requested:
            return replace(job, cancel_requested=True, cancel_at=stored.cancel_at, text=stored.text)
        return job

    def _finish(self, ended: Job) -> None:
        def edit(view: View) -> None:
            self._merged(ended, view.get(ended.id))  # or it is ours no more
            view.put(ended)

        while self._slot_is_ours():
            try:
                self.queue.records.change(edit)
                return
            except StoreError:
                _log.exception("The end of job %s could not be written; trying again", ended.id)
            processes.write_beat(self.lock, self.token)
            time.sleep(1.0)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """Kill all that is left of the job's process and of what it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        processes.kill_all(self.token)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _ended(job: Job, message: dict[str, Any]) -> Job:
    now = time.time()
    if "result" in message:
        result = message["result"]
        return replace(job, state="done", progress=1.0, text="Done", result=result, finished_at=now)
    return replace(
        job,
        state="failed",
        text="Failed",
        error=message["error"],
        questions=message.get("questions", []),
        finished_at=now,
    )


def _death(returncode: int) -> str:
    if returncode == -signal.SIGKILL:
        return "its process was killed, probably because it was out of memory"
    how = f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
    return f"its process ended unexpectedly ({how}; the log may say why)"


def main() -> None:
    """Run one worker; the slot's lock is an inherited descriptor."""
    parser = argparse.ArgumentParser(prog="jobs.worker", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--slot", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--lock", type=int, required=True)
    parser.add_argument("--bodies", required=True)
    parser.add_argument("--stale-after", type=float, required=True)
    options = parser.parse_args()
    logging.basicConfig(format="%(asctime)s worker %(process)d %(levelname)s %(name)s: %(message)s")
    os.set_inheritable(options.lock, False)  # a job's process must not hold the slot
    queue = JobQueue(options.home, options.workers, bodies=options.bodies, stale_after=options.stale_after)
    Worker(queue, options.slot, options.lock).run()


if __name__ == "__main__":
    main()
