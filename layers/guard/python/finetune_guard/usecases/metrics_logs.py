"""Metrics logs on the machine of whoever follows: metrics.jsonl and events.jsonl of each job, appended."""

from dataclasses import dataclass
from typing import Protocol

from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.runs import Run
from finetune_guard.ports import Journal

METRICS = "metrics.jsonl"
EVENTS = "events.jsonl"


class LogFolder(Protocol):
    """A folder with one folder a job."""

    def lines(self, job_name: str, name: str) -> frozenset[str]:
        """The lines that a log has, without their ends; none when it is not there."""

    def append(self, job_name: str, name: str, text: str) -> None:
        """Adds whole lines at the end, durable when it returns."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A job's record as it was when its logs were last copied."""

    jobs: dict[str, JobRecord]


def copy_logs(run: Run, copied: Copied, journal: Journal, folder: LogFolder) -> Copied:
    """Appends what the watch has logged since the last copy, for each job with news."""
    for job in run.jobs:
        name = job.request.job_name
        if name in copied.jobs and _same(copied.jobs[name], job):
            continue
        for log in (METRICS, EVENTS):
            append_new(folder, name, log, _logged(journal, f"metrics/{name}/{log}"))
    return Copied({job.request.job_name: job for job in run.jobs})


def append_new(folder: LogFolder, job_name: str, log: str, text: str) -> int:
    """Appends the lines of `text` that the log does not have; says how many."""
    have = folder.lines(job_name, log)
    new = [line for line in text.splitlines() if line and line not in have]
    if new:
        folder.append(job_name, log, "".join(line + "\n" for line in new))
    return len(new)


def _same(before: JobRecord, after: JobRecord) -> bool:
    """Whether a tick wrote nothing but that it looked."""
    return _told(before) == _told(after)


def _told(job: JobRecord) -> tuple[object, ...]:
    return (job.status, job.sightings, job.findings, job.stop, job.shadow_stop, job.verdict, job.closed)


def _logged(journal: Journal, key: str) -> str:
    try:
        return journal.read(key).decode("utf-8", "replace")
    except NotFoundError:
        return ""
