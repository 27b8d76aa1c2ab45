"""The process dies before, or after, any outgoing call; whoever comes next brings the run to the same end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import ShadowCounts
from finetune_guard.core.runs import Run
from tests.builders import plan, run
from tests.fakes.seam import Calm, Crash, CrashAt, When
from tests.fakes.world import World
from tests.usecases.machine import Machine, csv, start, watch

MOST_ROUNDS = 80
#: Rounds of a minute in which nothing happens: longer than a dead sender's claim is respected.
QUIET = 4
#: The first two calls start the execution and record the run: they belong to the person and to preflight.
SET_UP = 2

Nature = Callable[[World, JobRecord], None]


def jobs_of(world: World, of: Run) -> tuple[JobRecord, ...]:
    """The stored jobs, read past the seam: nature makes no calls of ours."""
    seam, world.store.seam = world.store.seam, type(world.store.seam)()
    try:
        return world.store.run(of.run_id).jobs
    finally:
        world.store.seam = seam


def healthy(world: World, job: JobRecord) -> None:
    """Moves a job one phase on; its files come with its end."""
    described = world.jobs.advance(job.arn or "")
    if described.status == "Completed":
        world.metrics.put(job.request.output_uri, described.arn[-12:], csv(2.0, 1.5, 1.2))


def hot(world: World, job: JobRecord) -> None:
    described = world.jobs.advance(job.arn or "")
    if described.status == "Completed":
        world.metrics.put(job.request.output_uri, described.arn[-12:], csv(2.0, 50.0, 60.0))


def live_and_bad_in_the_full_run(world: World, job: JobRecord) -> None:
    """A live curve that blows up while the job trains on for ever, unless it is stopped."""
    if job.rehearsal:
        return healthy(world, job)
    described = world.jobs.described[job.arn or ""]
    training = described.phases.training
    if described.status == "Stopping" or training is None or training.started is None:
        world.jobs.advance(job.arn or "")
        return None
    rows = 2 + int((world.clock.now() - training.started).total_seconds() // 60)
    world.metrics.put(
        job.request.output_uri, described.arn[-12:], csv(*([2.0] * rows), *([90.0] * (rows > 4)))
    )
    return None


@dataclass(frozen=True)
class End:
    """What must be the same whatever crashed: everything but times, versions and tokens."""

    status: str
    decisions: tuple[tuple[str, str], ...]
    jobs: tuple[tuple[Any, ...], ...]
    alerts: frozenset[str]
    told: frozenset[str]
    bedrock_jobs: int
    journal: frozenset[str | bool]
    report: bool
    known: tuple[bool | None, int, ShadowCounts]


def the_end(world: World, of: Run) -> End:
    world.seam.interrupt = Calm()
    stored = world.store.run(of.run_id)
    facts = world.store.base_model(stored.plan.base_model_id) if stored.plan else None
    return End(
        status=stored.status,
        decisions=tuple((d.about, d.decision.policy) for d in stored.decisions),
        jobs=tuple(
            (
                j.key.short,
                j.arn,
                j.status,
                j.verdict,
                j.evidence,
                j.findings,
                j.closed,
                j.stop and j.stop.outcome,
            )
            for j in stored.jobs
        ),
        alerts=frozenset(alert.alert_id for alert in world.store.alerts(of.run_id)),
        told=frozenset(alert.alert_id for alert in world.alerts.published),
        bedrock_jobs=len(world.jobs.requests),
        journal=frozenset(key for key in world.journal.objects if key.startswith("metrics/"))
        | frozenset(
            copy_of(job, sighting.etag) in world.journal.objects
            for job in stored.jobs
            for sighting in job.sightings
        ),
        report=f"runs/{of.run_id}/report.json" in world.journal.objects,
        known=(facts.live_metrics, facts.jobs_seen, facts.shadow) if facts else (None, 0, ShadowCounts()),
    )


def copy_of(job: JobRecord, etag: str) -> str:
    """Where the journal keeps a version of a training file."""
    version = etag.strip('"')
    return f"journal/{job.request.job_name}/{version}-step_wise_training_metrics.csv"


def play(of: Run, nature: Nature, world: World) -> End:
    """Rounds of machine, nature, watch and one minute, until all is quiet; who dies is tried again."""
    machine: Machine | None = None
    quiet = 0
    for _ in range(MOST_ROUNDS):
        machine = machine or start(world, of)
        before = len(world.seam.calls)
        try:
            while machine.step():
                pass
        except Crash:
            world.seam.interrupt = Calm()
        for job in jobs_of(world, of):
            if job.arn and world.jobs.described[job.arn].status in ("InProgress", "Stopping"):
                nature(world, job)
        try:
            watch(world)
        except Crash:
            world.seam.interrupt = Calm()
        world.clock.advance(minutes=1)
        looks = {"store.control", "store.open_jobs", "store.open_runs", "store.pending_alerts"}
        idle = machine.state == "Ended" and set(world.seam.calls[before:]) <= looks
        quiet = quiet + 1 if idle else 0
        if quiet == QUIET:
            return the_end(world, of)
    raise AssertionError(f"not quiet after {MOST_ROUNDS} rounds; machine is at {machine and machine.state}")


STORIES: dict[str, tuple[Run, Nature]] = {
    "healthy": (run(), healthy),
    "hot twice": (run(), hot),
    "stopped in mid-run": (run(plan=plan(auto_stop=AutoStop.ON)), live_and_bad_in_the_full_run),
}


def calls_of(story: str) -> int:
    world = World()
    play(*STORIES[story], world)
    return len(world.seam.calls)


@pytest.mark.parametrize("story", STORIES)
def test_each_story_ends_as_it_should(story: str) -> None:
    end = play(*STORIES[story], World())
    expected = {
        "healthy": ("completed", ["rehearsal.healthy", "full.healthy"], 2),
        "hot twice": ("refused", ["rehearsal.too_hot.retry", "rehearsal.too_hot.again"], 2),
        "stopped in mid-run": ("stopped", ["rehearsal.healthy", "full.stopped"], 2),
    }[story]
    assert (end.status, [policy for _, policy in end.decisions], end.bedrock_jobs) == expected
    assert end.told == end.alerts
    assert end.report
    assert (
        end.known[2]
        == {
            "healthy": ShadowCounts(sound=2),
            "hot twice": ShadowCounts(diverged=2, diverged_stopped=2),
            "stopped in mid-run": ShadowCounts(sound=1),
        }[story]
    )


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.fault(12)
@pytest.mark.fault(19)
@pytest.mark.fault(22)
def test_a_crash_at_any_call_leads_to_the_same_end(story: str, when: When) -> None:
    of, nature = STORIES[story]
    expected = play(of, nature, World())
    points = calls_of(story)
    for nth in range(SET_UP, points):
        world = World()
        world.seam.interrupt = CrashAt(nth, when)
        end = play(of, nature, world)
        assert end == expected, f"{when} call {nth} of {points}: {world.seam.calls[nth]}"
        duplicates = len(world.alerts.published) - len(end.told)
        assert duplicates <= 1, f"{when} call {nth}: {duplicates} mails twice"


@pytest.mark.parametrize("story", STORIES)
def test_a_stop_is_called_at_most_once_in_normal_working(story: str) -> None:
    world = World()
    play(*STORIES[story], world)
    assert world.jobs.calls.count("stop") == (1 if story == "stopped in mid-run" else 0)


def test_everything_visible_was_durable_before_the_stop_was_called() -> None:
    world = World()
    play(*STORIES["stopped in mid-run"], world)
    calls = world.seam.calls
    stop = calls.index("jobs.stop")
    assert calls[:stop].count("journal.keep") > 0
    last_save = max(i for i, call in enumerate(calls[:stop]) if call == "store.save_job")
    last_keep = max(i for i, call in enumerate(calls[:stop]) if call == "journal.keep")
    assert last_keep < last_save < stop
