"""Stories of whole runs: the machine, the watch, the clean-up and a person, any of whom may die."""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Self

from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive, Reply
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.runs import Source
from tests.builders import START, plan, run, segmented
from tests.crashes.points import Point, points_of
from tests.fakes.world import World
from tests.usecases.long_run import CLEAN_EVERY, Play, Story, levels
from tests.usecases.machine import USE_CASES, csv
from tests.usecases.run_ends import LongEnd, Outcome, end_of, nothing_is_lost, outcome_of

TWO_RATES = (Decimal("0.0001"), Decimal("0.0003"))
LONG = segmented(2, probe=True, sweep=TWO_RATES)
#: The first rate is the best and at the edge, so a third is tried below it.
FALLING = levels(rehearsal_0=1.2, rehearsal_1=1.5, rehearsal_2=1.4, segment_1_0=1.1, segment_2_0=1.0)
#: The round in which the execution of an aborted run ends.
ABORTED_IN = 3


def phase_by_phase(world: World, job: JobRecord, *losses: float) -> None:
    """Moves a job one phase on; its files come with its end."""
    described = world.jobs.advance(job.arn or "")
    if described.status == "Completed":
        world.metrics.put(job.request.output_uri, described.arn[-12:], csv(*losses))


def healthy(world: World, job: JobRecord) -> None:
    """A curve that falls."""
    phase_by_phase(world, job, 2.0, 1.5, 1.2)


def hot(world: World, job: JobRecord) -> None:
    """A curve that blows up."""
    phase_by_phase(world, job, 2.0, 50.0, 60.0)


def blind_rehearsal(world: World, job: JobRecord) -> None:
    """The rehearsal leaves no file, all other jobs a healthy curve."""
    if job.rehearsal:
        world.jobs.advance(job.arn or "")
    else:
        healthy(world, job)


def grows_and_blows_up(world: World, job: JobRecord) -> bool:
    """A live curve that blows up while the job trains on for ever, unless it is stopped; False before."""
    described = world.jobs.described[job.arn or ""]
    training = described.phases.training
    if described.status == "Stopping" or training is None or training.started is None:
        return False
    rows = 2 + int((world.clock.now() - training.started).total_seconds() // 60)
    data = csv(*([2.0] * rows), *([90.0] * (rows > 4)))
    world.metrics.put(job.request.output_uri, (job.arn or "")[-12:], data)
    return True


def endless(world: World, job: JobRecord) -> None:
    """Trains on for ever, unless it is stopped."""
    if world.jobs.described[job.arn or ""].status == "Stopping":
        world.jobs.advance(job.arn or "")
    else:
        world.jobs.train(job.arn or "")


def bad_in_the_full_run(world: World, job: JobRecord) -> None:
    """A healthy rehearsal, and a full run that blows up."""
    if job.rehearsal or not grows_and_blows_up(world, job):
        healthy(world, job)


def bad_at_last(world: World, job: JobRecord) -> None:
    """The last segment blows up."""
    if job.key.segment < 2 or not grows_and_blows_up(world, job):
        FALLING(world, job)


STORIES: dict[str, Story] = {
    "healthy": Story(run(), healthy),
    "hot twice": Story(run(), hot),
    "stopped in mid-run": Story(run(plan=plan(auto_stop=AutoStop.ON)), bad_in_the_full_run),
    "segmented sweep": Story(run(plan=LONG), FALLING),
    "asked and answered": Story(
        run(plan=plan(on_inconclusive=OnInconclusive.ASK)), blind_rehearsal, Reply.PROCEED
    ),
    "stopped in its last segment": Story(run(plan=segmented(2, auto_stop=AutoStop.ON)), bad_at_last),
}
SEGMENTED = STORIES["segmented sweep"]


@dataclass
class Told(Play):
    """A run whose processes are tried again when they die."""

    def counts(self, point: Point) -> bool:
        return True

    def end(self) -> LongEnd:
        """The end; no alert was mailed twice but for one whose sender died."""
        nothing_is_lost(self)
        end = end_of(self)
        assert len(self.world.alerts.published) - len(end.end.told) <= 1
        return end


def told(name: str) -> Told:
    """The story as it begins."""
    return Told(STORIES[name])


@dataclass
class Killed(Play):
    """A run whose execution is aborted where a process of it dies, and which a person takes up."""

    mortal: bool = True

    def counts(self, point: Point) -> bool:
        return point.use_case in USE_CASES.values() and bool(point.calls)

    def end(self) -> Outcome:
        """What a run that was taken up shares with one that nobody disturbed."""
        nothing_is_lost(self)
        return outcome_of(self)


@dataclass
class Left(Told):
    """A run whose execution is aborted, and which nobody takes up: the watch does what was ordered."""

    def round(self) -> None:
        if self.rounds == ABORTED_IN:
            self.kill()
        super().round()

    def to_the_end(self) -> Self:
        """Until the run is over, and some rounds more; its models stay for whoever takes it up in a week."""
        while not self.executions or not self.run.ended:
            self.round()
        for _ in range(CLEAN_EVERY):
            self.round()
        return self

    def resume(self) -> None:
        return


def aborted() -> Left:
    """A run whose jobs are stopped when its execution is aborted."""
    return Left(Story(run(plan=segmented(2, on_abort=OnAbort.STOP)), endless))


@cache
def points_of_the_sweep() -> frozenset[Point]:
    """Those of the segmented sweep."""
    return frozenset(points_of(Told(SEGMENTED)))


@dataclass
class FoundOut(Told):
    """Up to its probe it is the segmented sweep, whose points are not tried again."""

    def counts(self, point: Point) -> bool:
        return point not in points_of_the_sweep()


def on_a_base_that_takes_no_custom_model() -> FoundOut:
    """A probe finds out that the base takes no custom model, and the run is trained in one job."""
    play = FoundOut(SEGMENTED)
    play.world.jobs.takes_custom_models = False
    return play


def whose_data_changed() -> Told:
    """A run whose training file is another one by the time its first job is to be created."""
    uri = plan().rehearsal.training_uri  # type: ignore[union-attr]
    checked = Source("training_data_path", FileFacts(uri, 10, '"checked"', "1", START))
    play = Told(replace(STORIES["healthy"], run=run(sources=(checked,))))
    play.world.datasets.put(uri, b"something else")
    return play
