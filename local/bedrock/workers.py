"""The server's side of the workers: it starts one for each job, writes down what it reports, and ends it.

The server alone writes job records. After a restart every job that was InProgress gets a new worker:
completed phases are not waited for again, training is told again from its beginning (with the same rows, see
live.py), and a job that was Stopping becomes Stopped.
"""

import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from local.bedrock import changes
from local.bedrock.clock import now
from local.bedrock.jobs import Job, Phase, Status
from local.bedrock.messages import STOP, Began, Ended, Failed, Halted, Report, Trained
from local.bedrock.settings import environment_of_workers
from local.bedrock.store import Store

_ROOT: Final = Path(__file__).parents[2]
_CRASHED: Final = "Encountered an internal error when processing the request."


class Workers:
    """Running workers.

    Args:
        store: Where records are.
        assign: Makes the assignment of a job, as JSON.
        stopping_seconds: How long a job takes to stop.
        changed: Told of each change of a job's status.
    """

    def __init__(
        self,
        store: Store,
        assign: Callable[[Job], bytes],
        stopping_seconds: Callable[[Job], float],
        changed: Callable[[Job], None],
    ) -> None:
        self._store = store
        self._assign = assign
        self._stopping_seconds = stopping_seconds
        self._changed = changed
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._threads: set[threading.Thread] = set()

    def resume(self) -> None:
        """Starts what a server before this one left unfinished."""
        for job in self._store.jobs():
            if job.status is Status.IN_PROGRESS:
                self.start(job)
            elif job.status is Status.STOPPING:
                self._in_background(self._become_stopped, job)

    def start(self, job: Job) -> None:
        """Starts a job's worker; returns at once."""
        self._in_background(self._work, job)

    def stop(self, job: Job) -> None:
        """Orders a worker to stop; the job becomes Stopped when it has and the waiting is over."""
        with self._lock:
            process = self._running.get(job.job_id)
        if process is not None:
            _tell(process, f"{STOP}\n".encode())

    def close(self) -> None:
        """Ends every worker at once; the jobs stay InProgress and go on after a restart."""
        self._closing.set()
        with self._lock:
            for process in self._running.values():
                process.kill()
        for thread in list(self._threads):
            thread.join(timeout=1.0)

    def _in_background(self, work: Callable[[Job], None], job: Job) -> None:
        def run() -> None:
            try:
                work(job)
            finally:
                self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, name=job.job_id, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _work(self, job: Job) -> None:
        try:
            self._follow(job, self._assign(job) + b"\n")
        except Exception:  # a fault of ours must not leave a job that runs for ever without a worker
            sys.stderr.write(traceback.format_exc())
        with self._lock:
            self._running.pop(job.job_id, None)
        if not self._closing.is_set():
            self._close_books(job.job_id)

    def _follow(self, job: Job, assignment: bytes) -> None:
        """Gives a worker its job and notes what it reports until it ends."""
        process = self._started(job)
        if process is None:
            return
        with process:
            _tell(process, assignment)
            if self._store.job(job.job_id).status is Status.STOPPING:
                # The order to stop came before there was a process to give it to.
                _tell(process, f"{STOP}\n".encode())
            for line in process.stdout or ():
                self._note(job.job_id, msgspec.json.decode(line, type=Report))

    def _started(self, job: Job) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closing.is_set():
                return None
            with (self._store.job_folder(job.job_id) / "worker.log").open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "local.bedrock.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=_ROOT,
                    env=environment_of_workers(),
                )
            self._running[job.job_id] = process
            return process

    def _note(self, job_id: str, report: Report) -> None:
        with self._store.lock:
            job = self._store.job(job_id)
            if job.status is not Status.IN_PROGRESS:
                # A stop was promised to the caller: what the worker did in the same moment no longer counts.
                return
            match report:
                case Began(phase):
                    self._save(changes.phase(job, phase, Status.IN_PROGRESS, now()))
                case Ended(phase):
                    self._save(changes.phase(job, phase, Status.COMPLETED, now()))
                case Failed(message):
                    self._save(changes.failed(job, message, now()))
                case Trained(training_loss, validation_losses):
                    self._save(changes.completed(self._store, job, training_loss, validation_losses, now()))
                case Halted():
                    pass

    def _close_books(self, job_id: str) -> None:
        """Once the process is gone: a job that was to stop has; one that still runs has lost its worker."""
        job = self._store.job(job_id)
        if job.status is Status.STOPPING:
            self._become_stopped(job)
        elif job.status is Status.IN_PROGRESS:
            self._note(job_id, Failed(_CRASHED))

    def _become_stopped(self, job: Job) -> None:
        if self._closing.wait(self._stopping_seconds(job)):
            return
        with self._store.lock:
            self._save(changes.stopped(self._store.job(job.job_id), now()))

    def _save(self, job: Job) -> None:
        before = self._store.job(job.job_id).status
        self._store.save_job(job)
        if before is not job.status:
            self._changed(job)


def done(job: Job) -> tuple[Phase, ...]:
    """The phases that a job has behind it."""
    return tuple(phase for phase in Phase if job.details.state(phase).status is Status.COMPLETED)


def _tell(process: subprocess.Popen[bytes], text: bytes) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(text)
        process.stdin.flush()
    except (BrokenPipeError, ValueError):
        # It has just ended by itself; what it said last is on its standard output.
        return
