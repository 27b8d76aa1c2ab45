"""Crash points: after which call of which process, in which state of the world. Each is tried once.

A process is one run of a use case: a state of the machine, a tick, a command. It dies and leaves what its
calls have done; all else that it knew is gone. So

- a crash before a call is a crash after the call before it, of the same process: nothing lies between them
  that outlives the process. Only before its first call is there no call before; then it has not begun at all,
  which is tried once for each use case;
- what follows depends on what the calls so far have left. Two crashes of the same use case, after the same
  calls, from the same `state_of` the world, differ only in times, counts, tokens and the rows of a curve.
  Where one of these makes the code take another way, it makes other calls, and the crash after them is
  another point. Quiet ticks, that make the same calls while nothing changes, are so one point and not forty.

`test_crash_points` holds the argument against a story all of whose calls are tried, on both sides.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeVar

from finetune_guard.core.alerts import Alert
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.jobs import JobRecord, Phase, StopOrder
from finetune_guard.core.observations import BaseModelFacts, Control, JobDescription
from finetune_guard.core.runs import Run
from finetune_guard.core.wire import loads
from tests.fakes.seam import CrashAt, When
from tests.fakes.world import World

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process dies.

    Attributes:
        use_case: What it does.
        state: How the world was when it began; None where it never begins.
        calls: What it has called; it dies when the last of them is carried out.
    """

    use_case: str
    state: Hashable
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point first comes in a story: the side of the nth outgoing call of all, from 0."""

    nth: int
    when: When


class Playing(Protocol):
    """A story that goes on in rounds; a process that dies in it is followed by the next that looks."""

    world: World

    def round(self) -> None:
        """Goes on a little."""

    def to_the_end(self) -> Self:
        """Goes on until nothing happens any more."""

    def counts(self, point: Point) -> bool:
        """Whether the point is one of this story."""

    def end(self) -> object:
        """What must be the same wherever somebody died."""


K = TypeVar("K")
P = TypeVar("P", bound=Playing)


@dataclass
class Processes:
    """Notes which process begins at which call, and in which state of the world."""

    world: World
    begun: list[tuple[int, str, Hashable]] = field(default_factory=list)

    def __call__(self, use_case: str) -> None:
        self.begun.append((len(self.world.seam.calls), use_case, state_of(self.world)))

    def calls(self) -> Iterator[tuple[int, str, Hashable, tuple[str, ...]]]:
        """Each call of a process: its number, the use case, the state, and the calls up to it."""
        made = self.world.seam.calls
        ends = [first for first, _, _ in self.begun[1:]] + [len(made)]
        for (first, use_case, state), end in zip(self.begun, ends, strict=True):
            for nth in range(first, end):
                yield nth, use_case, state, tuple(made[first : nth + 1])


def processes_of(play: Playing) -> Processes:
    """Every process of the story, which is played to its end, while nobody dies."""
    play.world.seam.herald = processes = Processes(play.world)
    play.to_the_end()
    return processes


def points_of(play: Playing) -> dict[Point, Place]:
    """Every point of the story, and where it first comes; the story is played to its end."""
    found: dict[Point, Place] = {}
    for nth, use_case, state, calls in processes_of(play).calls():
        if len(calls) == 1:
            found.setdefault(Point(use_case, None, ()), Place(nth, "before"))
        found.setdefault(Point(use_case, state, calls), Place(nth, "after"))
    return {point: place for point, place in found.items() if play.counts(point)}


def crashed(begin: Callable[[], P], places: Mapping[K, Place]) -> Iterator[tuple[K, P]]:
    """The story, played to its end with a crash at each place; what lies before a round is played once."""
    for key, doomed in doomed_at(begin, places):
        doomed.to_the_end()
        assert not isinstance(doomed.world.seam.interrupt, CrashAt), f"nobody died at {places[key]}"
        yield key, doomed


def doomed_at(begin: Callable[[], P], places: Mapping[K, Place]) -> Iterator[tuple[K, P]]:
    """The story at the beginning of the round in which somebody will die, for each place."""
    play = begin()
    waiting = sorted(places.items(), key=lambda item: (item[1].nth, item[1].when == "after"))
    while waiting:
        before, done = deepcopy(play), len(play.world.seam.calls)
        play.round()
        reached = len(play.world.seam.calls)
        due = [item for item in waiting if item[1].nth < reached]
        waiting = waiting[len(due) :]
        for key, place in due:
            doomed = deepcopy(before)
            doomed.world.seam.interrupt = CrashAt(place.nth, place.when, done)
            yield key, doomed


def state_of(world: World) -> Hashable:
    """Everything that a use case decides on but times, counts, tokens and the rows of a curve."""
    return (
        tuple(_run(run) for run in _stored(world, "RUN", Run)),
        tuple(_job(job) for job in _stored(world, "JOB", JobRecord)),
        tuple((alert.alert_id, alert.state) for alert in _stored(world, "ALERT", Alert)),
        tuple(_known(facts) for facts in _stored(world, "BASE", BaseModelFacts)),
        tuple(_described(job) for job in world.jobs.described.values()),
        frozenset(world.jobs.models),
        frozenset(world.metrics.contents),
        frozenset(world.datasets.contents),
        tuple((arn, execution.status) for arn, execution in world.workflow.executions.items()),
        len(world.workflow.waiting),
        *(("switch", control.kill_switch) for control in _stored(world, "CONTROL", Control)),
        *(("breaker", len(breaker.stops)) for breaker in _stored(world, "BREAKER", Breaker)),
    )


def _stored(world: World, kind: str, record: type[T]) -> Iterator[T]:
    """The records of a kind, read past the seam."""
    rows = world.store.rows
    return (loads(rows[key].text, record) for key in sorted(rows) if key[0] == kind)


def _run(run: Run) -> Hashable:
    decisions = tuple((each.about, each.decision.policy) for each in run.decisions)
    questions = tuple((each.about, each.reply) for each in run.questions)
    problems = tuple(problem.code for problem in run.problems)
    carried = (run.status, run.aborted, run.attempt, run.wait is not None)
    return (
        run.run_id,
        *carried,
        decisions,
        questions,
        problems,
        bool(run.plan),
        run.kept,
        bool(run.report_uri),
    )


def _job(job: JobRecord) -> Hashable:
    judged = (job.verdict, job.evidence, tuple(finding.signal for finding in job.findings))
    model = (job.throw_away, job.model_arn, bool(job.model_deleted_at))
    stops = (_stop(job.stop), bool(job.shadow_stop), bool(job.held))
    seen = (job.status, job.closed, bool(job.sightings), job.settled_reads)
    return (job.key, job.arn, *seen, *judged, *stops, *model)


def _stop(stop: StopOrder | None) -> Hashable:
    return stop and (stop.reason, bool(stop.called_at), bool(stop.confirmed_at), stop.outcome)


def _described(job: JobDescription) -> Hashable:
    phases = (job.phases.validation, job.phases.data_processing, job.phases.training)
    return (job.arn, job.status, tuple(_phase(phase) for phase in phases))


def _phase(phase: Phase | None) -> Hashable:
    return phase and phase.status


def _known(facts: BaseModelFacts) -> Hashable:
    return (facts.base_model_id, facts.live_metrics, facts.accepts_custom_model)
