"""A run played through by next_action alone: each job is closed by a script, nothing else moves."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from finetune_guard.core.decisions import Decision
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.moves import Judged
from finetune_guard.core.next_action import Ask, Create, Finish, WaitForJobs, next_action
from finetune_guard.core.runs import Run
from tests.builders import START, closed

Nature = Callable[[JobRecord], JobRecord]
#: No run of these tests has more rounds of jobs.
MOST_ROUNDS = 20


@dataclass(frozen=True)
class Played:
    """A run at its end, or where it waits.

    Attributes:
        run: With all its jobs.
        last: The action that no job follows.
        rounds: Short keys of the jobs of each round, in the order of their creation.
        judged: Decisions on the way, oldest first.
    """

    run: Run
    last: Finish | Ask | WaitForJobs
    rounds: tuple[tuple[str, ...], ...]
    judged: tuple[Judged, ...]

    @property
    def finish(self) -> Finish:
        """The end."""
        assert isinstance(self.last, Finish), self.last
        return self.last

    @property
    def policies(self) -> list[str]:
        """Policy lines of the decisions on the way, oldest first."""
        return [judged.decision.policy for judged in self.judged]

    def decision(self, about: str) -> Decision:
        """What was decided about a job."""
        return next(judged.decision for judged in self.judged if judged.about == about)

    def job(self, short: str) -> JobRecord:
        """A job by its short key."""
        return next(job for job in self.run.jobs if job.key.short == short)


def played(of: Run, nature: Nature = closed, now: datetime = START) -> Played:
    """The run played on until nothing is created any more."""
    rounds: list[tuple[str, ...]] = []
    judged: dict[tuple[str, str], Judged] = {}
    for _ in range(MOST_ROUNDS):
        action = next_action(of, now)
        told = () if isinstance(action, WaitForJobs) else action.judged
        judged |= {(one.about, one.decision.policy): one for one in told}
        if not isinstance(action, Create):
            return Played(of, action, tuple(rounds), tuple(judged.values()))
        rounds.append(tuple(job.key.short for job in action.jobs))
        of = with_jobs(of, *(nature(job) for job in action.jobs))
    raise AssertionError(f"not over after {MOST_ROUNDS} rounds: {rounds}")


def with_jobs(of: Run, *jobs: JobRecord) -> Run:
    """The run with these jobs too, in the order of the table; a job of the same key is replaced."""
    every = {job.key: job for job in (*of.jobs, *jobs)}
    return replace(of, jobs=tuple(sorted(every.values(), key=lambda job: job.key.place)))


def scripted(**natures: Nature) -> Nature:
    """Closes each job as the script has it by short key, "_" for "-"; a healthy end for all others."""
    return lambda job: natures.get(job.key.short.replace("-", "_"), closed)(job)


def losses(**values: float | None) -> Nature:
    """Closes each job at the loss that the script has by short key, "_" for "-"; 1.0 for all others."""
    return lambda job: closed(job, values.get(job.key.short.replace("-", "_"), 1.0))
