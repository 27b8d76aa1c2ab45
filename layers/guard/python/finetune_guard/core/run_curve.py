"""The losses of a run as they are drawn: of each job, and of the segments as one curve with borders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from finetune_guard.core.deciding import last_job
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.metrics_log import MetricLine
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run

TRAINING, VALIDATION = "training_loss", "validation_loss"
#: By a job's name.
Logs = Mapping[str, tuple[MetricLine, ...]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of a run's curve that one job made.

    Attributes:
        job: The job.
        border: Steps of the jobs before it in the curve; its own step 1 is the run's step border + 1.
        training: Its training losses, by its own steps; may be non-finite.
        validation: Its validation losses, by its own steps; may be non-finite.
    """

    job: JobRecord
    border: int
    training: tuple[tuple[int, float], ...]
    validation: tuple[tuple[int, float], ...]

    @property
    def losses(self) -> tuple[float, ...]:
        """The training losses without their steps."""
        return tuple(loss for _, loss in self.training)


def stretch_of(job: JobRecord, logs: Logs, border: int = 0) -> Stretch:
    """One job's losses; where its log is not there, the last that the record has."""
    lines = logs.get(job.request.job_name, ())
    training = _named(lines, TRAINING) or _tail(job)
    return Stretch(job, border, training, _named(lines, VALIDATION))


def curve_of_run(run: Run, logs: Logs) -> tuple[Stretch, ...]:
    """The one curve of the full run: its segments one after the other, or its one job; empty without one.

    A segment that was done again is there as it was last done.
    """
    last = last_job(run)
    if last is None or last.key.stage is not Stage.FULL:
        return ()
    by_name = {job.request.job_name: job for job in run.jobs}
    chained = [*(by_name[name] for name in last.orders.before if name in by_name), last]
    return _chained(chained, logs)


def rehearsals(run: Run, logs: Logs) -> tuple[Stretch, ...]:
    """Each candidate of the rehearsal on its own, in the order of its trial."""
    return tuple(stretch_of(job, logs) for job in run.of(Stage.REHEARSAL))


def _chained(jobs: Sequence[JobRecord], logs: Logs) -> tuple[Stretch, ...]:
    border, stretches = 0, []
    for job in jobs:
        stretch = stretch_of(job, logs, border)
        stretches.append(stretch)
        border += stretch.training[-1][0] if stretch.training else 0
    return tuple(stretches)


def _named(lines: Sequence[MetricLine], name: str) -> tuple[tuple[int, float], ...]:
    return tuple((line.step, line.value) for line in lines if line.name == name)


def _tail(job: JobRecord) -> tuple[tuple[int, float], ...]:
    first = (job.seen.last_step or 0) - len(job.seen.tail) + 1
    return tuple((max(0, first) + place, loss) for place, loss in enumerate(job.seen.tail))
