"""How a story ended, and in what it differs from how it must."""

from collections.abc import Iterator
from dataclasses import dataclass

from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import Execution
from finetune_guard.core.plans import Stage
from finetune_guard.core.reporting import Result, result_of
from finetune_guard.core.runs import Run
from local.demo.stories import Expected, Story
from local.inbox.mails import Mail


@dataclass(frozen=True, slots=True)
class Ending:
    """A story as far as it came.

    Attributes:
        story: The story.
        execution: The execution as last seen; None when it could not be started.
        run: The record as last seen; None when there is none.
        mails: What arrived about it, oldest first.
        seconds: How long it took.
    """

    story: Story
    execution: Execution | None
    run: Run | None
    mails: tuple[Mail, ...]
    seconds: float

    @property
    def result(self) -> Result | None:
        """What the run came to."""
        return result_of(self.run) if self.run else None


def differences(ending: Ending) -> tuple[str, ...]:
    """Everything that is not as the story must end, one sentence each; none when all is as expected."""
    return tuple(_differences(ending, ending.story.expected))


def _differences(ending: Ending, expected: Expected) -> Iterator[str]:
    execution = ending.execution.status if ending.execution else "never started"
    yield from _unlike("the execution", execution, expected.execution)
    if ending.run is None:
        yield "there is no record of the run"
        return
    run = ending.run
    last = run.decisions[-1].decision if run.decisions else None
    yield from _unlike("the run", run.status.value, expected.status.value)
    yield from _unlike("the decision", last.kind.value if last else "none", expected.decision.value)
    yield from _unlike("the policy line", last.policy if last else "none", expected.policy)
    yield from _unlike("the jobs", {j.key.short: j.status.value for j in run.jobs}, dict(expected.jobs))
    yield from _about_the_rate(run, expected)
    yield from _about_the_stop(run, expected)
    yield from _about_mails(ending.mails, expected)


def _unlike(what: str, found: object, wanted: object) -> Iterator[str]:
    if found != wanted:
        yield f"{what} is {found}, not {wanted}"


def _about_the_rate(run: Run, expected: Expected) -> Iterator[str]:
    if expected.full_rate is None or run.plan is None or run.plan.learning_rate is None:
        return
    key = run.plan.learning_rate.key
    rates = [job.request.hyperparameters.get(key) for job in run.of(Stage.FULL)]
    yield from _unlike("the rate of the full run", rates, [expected.full_rate])


def _about_the_stop(run: Run, expected: Expected) -> Iterator[str]:
    if expected.stop_confirmed and not (run.jobs and _stopped_midway(run.jobs[-1])):
        yield "the last job was not stopped in mid-run with the service's confirmation"


def _stopped_midway(job: JobRecord) -> bool:
    planned, reached, stop = job.orders.planned_steps, job.seen.last_step, job.stop
    midway = planned is not None and reached is not None and 0 < reached < planned
    return midway and stop is not None and stop.confirmed_at is not None


def _about_mails(mails: tuple[Mail, ...], expected: Expected) -> Iterator[str]:
    subjects = [mail.subject for mail in mails]
    for beginning in expected.mails:
        if not any(subject.startswith(beginning) for subject in subjects):
            yield f'no mail "{beginning}…" arrived'
    for subject in subjects:
        if not subject.startswith((*expected.mails, *expected.perhaps)):
            yield f'a mail "{subject}" arrived that is no part of the story'
