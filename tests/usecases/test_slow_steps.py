"""Slow steps at the watch: from the growth of a live curve, and at the end of a job, to the mail."""

import pytest

from finetune_guard.core.alerts import Alert, AlertKind
from finetune_guard.core.findings import Signal
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.usecases.report import ReportTools, report
from tests.builders import plan, run
from tests.fakes.world import World
from tests.usecases.machine import Machine, begun, csv, job, put, watch

FULL_ONLY = run(plan=plan(rehearsal=None))


@pytest.fixture
def world() -> World:
    return World()


def training(world: World) -> Machine:
    return begun(world, FULL_ONLY)


def show(world: World, of: JobRecord, steps: int) -> None:
    losses = [2.0 - step / 1000 for step in range(steps)]
    put(world, of, csv(*losses))


def grow(world: World, of: JobRecord, start: int, minutes: int, steps_a_minute: int) -> int:
    """Lets a file grow for so long, with a tick each minute; the step it has reached."""
    step = start
    for _ in range(minutes):
        step += steps_a_minute
        show(world, of, step)
        world.clock.advance(minutes=1)
        watch(world)
    return step


def end(world: World, of: JobRecord) -> None:
    world.jobs.complete(of.arn or "")
    watch(world)
    watch(world)


def finished(world: World, usual_seconds: float) -> Machine:
    """A job of 100 steps in an hour, where earlier ones of its base model took so long a step."""
    machine = training(world)
    watching = job(world, machine)
    learnt_of(world, watching.request.base_model_id, usual_seconds)
    world.clock.advance(hours=1)
    show(world, watching, 100)
    end(world, watching)
    return machine


def mails(world: World) -> list[Alert]:
    return [alert for alert in world.alerts.published if alert.kind is AlertKind.FINDING]


def learnt_of(world: World, base: str, seconds: float) -> None:
    paces = tuple(JobPace(f"earlier-{number}/full-0-0", seconds, 100, 1000.0) for number in range(4))
    world.store.learn(BaseModelFacts(base, live_metrics=False, jobs_seen=4, paces=paces))


def test_a_live_curve_that_grows_slowly_is_mailed_once_and_stops_nothing(world: World) -> None:
    machine = training(world)
    watching = job(world, machine)
    step = grow(world, watching, 0, minutes=30, steps_a_minute=10)
    assert mails(world) == []

    grow(world, watching, step, minutes=20, steps_a_minute=1)

    (mail,) = mails(world)
    assert mail.subject == f"WARNING step time: {watching.request.job_name}"
    assert "took about 60 s each, 10.0 times the 6 s that were usual before (estimated" in mail.text
    assert [found.signal for found in job(world, machine).findings] == [Signal.STEP_TIME]
    assert world.jobs.calls.count("stop") == 0


def test_a_job_whose_steps_took_long_beside_earlier_jobs_is_mailed_at_its_end(world: World) -> None:
    machine = finished(world, usual_seconds=6)
    watching = job(world, machine)

    (mail,) = mails(world)
    assert mail.subject == f"WARNING step time: {watching.request.job_name}"
    assert "Steps took 6.0 times as long as 4 earlier jobs of this base model would suggest" in mail.text
    assert "about 36 s each over 100 steps, not 6 s (estimated" in mail.text
    assert "What to do: " in mail.text


def test_what_was_seen_at_the_end_is_in_record_report_and_metrics_log(world: World) -> None:
    machine = finished(world, usual_seconds=6)
    watching = job(world, machine)

    result = report(machine.run_id, ReportTools(world.store, world.journal, world.clock))

    (found,) = job(world, machine).findings
    assert (found.signal, found.observed) == (Signal.STEP_TIME, 36.0)
    assert result.stages[-1].findings == (found,)
    log = world.journal.objects[f"metrics/{watching.request.job_name}/events.jsonl"].decode()
    assert "step_time" in log
    assert "estimated" in log


def test_a_job_like_the_earlier_ones_is_learnt_from_and_mails_nobody(world: World) -> None:
    machine = finished(world, usual_seconds=30)
    watching = job(world, machine)

    paces = world.store.base_model(watching.request.base_model_id).paces
    assert mails(world) == []
    assert (len(paces), paces[-1].seconds) == (5, 36.0)
    assert paces[-1].source == f"{machine.run_id}/{watching.key.short}"


def test_what_is_learnt_of_a_base_model_is_read_at_the_end_of_a_job_only(world: World) -> None:
    machine = training(world)
    watching = job(world, machine)
    grow(world, watching, 0, minutes=20, steps_a_minute=10)
    while_running = world.seam.calls.count("store.base_model")

    end(world, watching)

    assert while_running == 0
    # Once to compare the job with it, once more to add to it what others have not.
    assert world.seam.calls.count("store.base_model") == 2
