"""What becomes of each job in Bedrock, drawn from the seed and the job's own token.

So a job's fate does not hang on what else happened: a night that is played again with fewer faults has the
same jobs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tests.fakes.jobs import FakeTrainingJobs
from tests.fakes.world import World
from tests.simulation.timeline import Timeline
from tests.usecases.machine import csv

MOVING = ("InProgress", "Stopping")


class Course(StrEnum):
    """How a job goes."""

    HEALTHY = "healthy"
    LIVE = "healthy, its curve grows"
    BLOWS_UP = "blows up, its curve grows"
    HOT = "diverged, seen at its end"
    STALLS = "stalls"
    FAILS = "fails"
    FORGOTTEN = "forgotten by the service"


COURSES = {
    Course.HEALTHY: 38,
    Course.LIVE: 20,
    Course.BLOWS_UP: 16,
    Course.HOT: 10,
    Course.STALLS: 6,
    Course.FAILS: 8,
    Course.FORGOTTEN: 2,
}
#: Minutes from a job's end to its files, and how often; None for never.
FILES_AFTER = {0: 60, 4: 15, 11: 13, 25: 6, None: 6}
#: Minutes from a stop to Stopped, and how often.
STOPPED_AFTER = {1: 60, 4: 30, 41: 10}
#: Minutes between two rows of a live curve.
ROW_EVERY = 4


@dataclass(frozen=True)
class Fate:
    """What becomes of one job.

    Attributes:
        course: How it goes.
        validation, processing, training: Minutes of each phase.
        files_after: Minutes from the end to the files; None for never.
        stopped_after: Minutes from a stop to Stopped.
        turn: Row at which a curve that blows up does.
        level: Last loss of a healthy curve.
    """

    course: Course
    validation: int
    processing: int
    training: int
    files_after: int | None
    stopped_after: int
    turn: int
    level: float

    @classmethod
    def drawn(cls, seed: int, token: str) -> "Fate":
        random = Random(f"{seed} {token}")
        return cls(
            course=random.choices(list(COURSES), list(COURSES.values()))[0],
            validation=random.randint(2, 6),
            processing=random.randint(1, 4),
            training=random.randint(12, 70),
            files_after=random.choices(list(FILES_AFTER), list(FILES_AFTER.values()))[0],
            stopped_after=random.choices(list(STOPPED_AFTER), list(STOPPED_AFTER.values()))[0],
            turn=random.randint(3, 8),
            level=random.choice((0.8, 1.0, 1.01, 1.1, 1.3)),
        )

    def losses(self, rows: int) -> tuple[float, ...]:
        """The curve's first rows."""
        if self.course in (Course.BLOWS_UP, Course.HOT):
            return tuple(2.0 if row < self.turn else 90.0 for row in range(rows))
        falling = (max(self.level, 2.0 - 0.1 * row) for row in range(rows - 1))
        return (*falling, self.level)


class Nature:
    """Moves every job along its fate, and tells the watch, sometimes.

    Args:
        seed: The night's.
        timeline: When things happen.
        world: As the services see it.
        tell: Called after each change of a job, with its ARN.
    """

    def __init__(self, seed: int, timeline: Timeline, world: World, tell: Callable[[str], None]) -> None:
        self._seed = seed
        self._timeline = timeline
        self._world = world
        self._tell = tell
        self.fates: dict[str, Fate] = {}

    @property
    def _jobs(self) -> FakeTrainingJobs:
        return self._world.jobs

    def born(self, arn: str) -> None:
        """A job has begun."""
        fate = self.fates[arn] = Fate.drawn(self._seed, self._jobs.requests[arn].token)
        self._timeline.soon(lambda: self._processed(arn, fate), minutes=fate.validation)

    def stopping(self, arn: str) -> None:
        """A job is being stopped, by whomever."""
        self._timeline.soon(lambda: self._stopped(arn), minutes=self.fates[arn].stopped_after)

    def _moves(self, arn: str) -> bool:
        job = self._jobs.described.get(arn)
        return job is not None and job.status == "InProgress"

    def _processed(self, arn: str, fate: Fate) -> None:
        if self._moves(arn):
            self._jobs.advance(arn)
            self._timeline.soon(lambda: self._training(arn, fate), minutes=fate.processing)

    def _training(self, arn: str, fate: Fate) -> None:
        """Training begins; what stalls never does."""
        if not self._moves(arn) or fate.course is Course.STALLS:
            return
        self._jobs.advance(arn)
        self._timeline.soon(lambda: self._ends(arn, fate), minutes=fate.training)
        if fate.course in (Course.LIVE, Course.BLOWS_UP):
            self._timeline.soon(lambda: self._grows(arn, fate, 1), minutes=ROW_EVERY)

    def _grows(self, arn: str, fate: Fate, rows: int) -> None:
        if self._moves(arn):
            self._put(arn, fate, rows)
            self._timeline.soon(lambda: self._grows(arn, fate, rows + 1), minutes=ROW_EVERY)

    def _ends(self, arn: str, fate: Fate) -> None:
        if not self._moves(arn):
            return
        if fate.course is Course.FORGOTTEN:
            self._jobs.forget(arn)
        elif fate.course is Course.FAILS:
            self._jobs.fail(arn, "Internal error on record 'secret'.")
        else:
            self._completed(arn, fate)
        self._tell(arn)

    def _completed(self, arn: str, fate: Fate) -> None:
        self._jobs.complete(arn)
        rows = max(fate.turn + 2, fate.training // ROW_EVERY)
        if fate.files_after == 0:
            self._put(arn, fate, rows)
        elif fate.files_after is not None:
            self._timeline.soon(lambda: self._put(arn, fate, rows), minutes=fate.files_after)

    def _stopped(self, arn: str) -> None:
        job = self._jobs.described.get(arn)
        if job is not None and job.status == "Stopping":
            self._jobs.advance(arn)
            self._tell(arn)

    def _put(self, arn: str, fate: Fate, rows: int) -> None:
        uri = self._jobs.requests[arn].output_uri
        self._world.metrics.put(uri, arn[-12:], csv(*fate.losses(rows)))
