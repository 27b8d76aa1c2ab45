"""Judges the jobs of a run again, from what the watch kept in the journal, by the watch's own judge."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.journal_keys import log_key, metric_file_key
from finetune_guard.core.rejudging import Difference, as_judged, differences, judged_again
from finetune_guard.ports import Journal, RunStore
from finetune_guard.usecases.judge import Judge, MetricFile, judged_or_said_why


@dataclass(frozen=True, slots=True)
class ReplayTools:
    """What a replay needs of the world; `judge` is the watch's."""

    store: RunStore
    journal: Journal
    judge: Judge


@dataclass(frozen=True, slots=True)
class Gathered:
    """The metric files of a job in the version that was last judged.

    Attributes:
        files: Those that the journal has.
        gone: Keys of those that it has no longer.
    """

    files: tuple[MetricFile, ...]
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejudgedJob:
    """A job as it was recorded and as it is judged now.

    Attributes:
        job: As it was recorded.
        gathered: What was judged again.
        again: As it is judged now, by the recorded orders; None where there is no curve to judge, or not all
            of what was judged is there any more.
        differs: What differs between the two; empty without `again`.
    """

    job: JobRecord
    gathered: Gathered
    again: JobRecord | None = None
    differs: tuple[Difference, ...] = ()

    @property
    def same(self) -> bool | None:
        """Whether the two agree; None where there is nothing to compare."""
        return None if self.again is None else not self.differs


def replay_run(run_id: str, tools: ReplayTools) -> tuple[RejudgedJob, ...]:
    """Every job of a run, judged again, in the order in which they were meant to run.

    Args:
        run_id: The run; one that is under way is replayed as far as it was recorded.
        tools: What it needs of the world.

    Raises:
        NotFoundError: No such run.
    """
    jobs = sorted(tools.store.run(run_id).jobs, key=lambda job: (job.intended_at, job.key.place))
    return tuple(_rejudged(job, tools) for job in jobs)


def rejudge(job: JobRecord, files: tuple[MetricFile, ...], judge: Judge) -> JobRecord | None:
    """The job with a new judgement of these files; None where none of them has training metrics."""
    before = as_judged(job)
    curve = judged_or_said_why(judge, before, files).curve
    return judged_again(before, curve) if curve else None


def with_thresholds(job: JobRecord, thresholds: Mapping[str, float]) -> JobRecord:
    """The job as if its run had set these thresholds too; they must have been checked.

    Args:
        job: The job.
        thresholds: "rule.threshold" and its value; they win over the run's own.
    """
    orders = replace(job.orders, thresholds={**job.orders.thresholds, **thresholds})
    return replace(job, orders=orders)


def _rejudged(job: JobRecord, tools: ReplayTools) -> RejudgedJob:
    gathered = _gathered(job, tools.journal)
    # A judgement of some of the files would be another one.
    again = None if gathered.gone else rejudge(job, gathered.files, tools.judge)
    return RejudgedJob(job, gathered, again, differences(job, again) if again else ())


def _gathered(job: JobRecord, journal: Journal) -> Gathered:
    """All that the judge is shown of a job."""
    files, gone = [], []
    name = job.request.job_name
    kept = [(seen.key, metric_file_key(name, seen.key, seen.etag)) for seen in job.sightings]
    for key, kept_at in (*kept, *((log, log) for log in map(log_key, job.orders.before))):
        try:
            files.append(MetricFile(key, journal.read(kept_at)))
        except NotFoundError:
            gone.append(kept_at)
    return Gathered(tuple(files), tuple(gone))
