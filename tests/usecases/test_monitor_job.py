import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.errors import AccessRefusedError, NotFoundError, ServiceUnavailableError
from finetune_guard.core.job_judgements import CurveJudged
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.verdict import Evidence, VerdictKind
from finetune_guard.usecases.judge import Judge, Judgement, MetricFile
from finetune_guard.usecases.metrics_logs import LogFolder
from finetune_guard.usecases.monitor_job import MonitorTools, Observation, monitor
from tests import builders
from tests.cli.session import sees_nothing
from tests.cli.waiting import ScriptedWaiter, nothing
from tests.fakes.seam import Faults
from tests.fakes.world import World
from tests.usecases.test_metrics_logs import Folder

Step = Callable[[], object]


def curve(kind: VerdictKind, rows: int = 50) -> Judge:
    """A judge that sees `rows` rows and one for each further line, and finds what `kind` calls for."""
    found = (builders.finding(),) if kind is VerdictKind.DIVERGED else ()

    def judge(job: JobRecord, files: tuple[MetricFile, ...]) -> Judgement:
        if not files:
            return Judgement(None, None, "")
        there = rows + files[0].data.count(b"\n") - 2
        seen = CurveSeen(rows=there, last_step=there, first_loss=2.0, last_loss=1.0)
        log = "".join(f'{{"step":{step}}}\n' for step in range(rows))
        return Judgement(CurveJudged(kind, f"The curve is {kind}.", False, found, seen), None, log)

    return judge


def a_job(world: World) -> str:
    """A job that somebody else has started and that trains; returns its ARN."""
    arn = world.jobs.create(builders.running().request)
    world.jobs.train(arn)
    return arn


def put_curve(world: World, arn: str, text: bytes = b"step,loss\n1,2\n") -> None:
    found = world.jobs.described[arn]
    world.metrics.put(found.output_uri, arn.rsplit("/", 1)[-1], text)


def grow(world: World, arn: str) -> Step:
    """The curve gets a second row, so that it is seen to be live."""
    return lambda: put_curve(world, arn, b"step,loss\n1,2\n2,3\n")


def observe(
    world: World,
    job: str,
    *steps: Step,
    judge: Judge = sees_nothing,
    auto_stop: AutoStop = AutoStop.SHADOW,
    logs: LogFolder | None = None,
) -> list[Observation]:
    waiter = ScriptedWaiter(world.clock, steps)
    tools = MonitorTools(world.jobs, world.metrics, judge, logs or Folder(), world.clock, waiter)
    return list(monitor(job, auto_stop, tools, interval=30))


@pytest.mark.parametrize("named", ["arn", "name", "id"])
def test_any_job_is_found_by_its_arn_its_name_or_its_id(named: str) -> None:
    world = World()
    arn = a_job(world)
    names = {"arn": arn, "name": world.jobs.described[arn].name, "id": arn.rsplit("/", 1)[-1]}
    assert observe(world, names[named])[0].job.arn == arn


def test_a_job_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(NotFoundError):
        observe(World(), "no-such-job")


def test_a_job_without_files_is_seen_by_its_phases_only_and_never_called_healthy() -> None:
    world = World()
    seen = observe(world, a_job(world))[-1]
    assert seen.job.evidence is Evidence.PHASES_ONLY
    assert seen.job.verdict is None


def test_a_curve_at_completion_is_judged_and_ends_the_watching() -> None:
    world = World()
    arn = a_job(world)

    def complete() -> None:
        world.jobs.complete(arn)
        put_curve(world, arn)

    seen = observe(world, arn, complete, nothing, nothing, judge=curve(VerdictKind.HEALTHY))

    assert seen[-1].final
    assert seen[-1].job.verdict is VerdictKind.HEALTHY
    assert seen[-1].job.evidence is Evidence.CURVE_AT_COMPLETION


def test_a_job_that_ended_long_ago_is_judged_in_one_look() -> None:
    world = World()
    arn = a_job(world)
    world.jobs.complete(arn)
    put_curve(world, arn)
    world.clock.advance(hours=20)
    seen = observe(world, arn, judge=curve(VerdictKind.HEALTHY))
    assert [observation.final for observation in seen] == [True]


def test_files_of_a_foreign_bucket_that_may_not_be_read_are_said_to_be_so() -> None:
    world = World()
    arn = a_job(world)
    world.seam.interrupt = Faults().add("metrics.files", AccessRefusedError("The bucket is not yours."))
    seen = observe(world, arn)[0]
    assert seen.unreadable == "The bucket is not yours."
    assert seen.job.evidence is Evidence.PHASES_ONLY


def test_files_that_may_not_be_read_are_not_waited_for_when_the_job_has_ended() -> None:
    world = World()
    arn = a_job(world)
    world.jobs.complete(arn)
    world.seam.interrupt = Faults().add("metrics.files", AccessRefusedError("no"))
    seen = observe(world, arn)
    assert seen[-1].final
    assert seen[-1].job.verdict is VerdictKind.INCONCLUSIVE


def test_by_default_nothing_is_stopped_but_it_is_said_what_would_have_been() -> None:
    world = World()
    arn = a_job(world)
    put_curve(world, arn)
    seen = observe(world, arn, grow(world, arn), judge=curve(VerdictKind.DIVERGED))[-1]
    assert seen.job.shadow_stop == builders.finding().sentence
    assert "stop" not in world.jobs.calls


def test_an_armed_monitor_stops_what_diverges_and_sees_it_confirmed() -> None:
    world = World()
    arn = a_job(world)
    put_curve(world, arn)

    seen = observe(
        world,
        arn,
        grow(world, arn),
        lambda: world.jobs.advance(arn),
        *[nothing] * 3,
        judge=curve(VerdictKind.DIVERGED),
        auto_stop=AutoStop.ON,
    )

    last = seen[-1].job
    assert world.jobs.calls.count("stop") == 1
    assert last.stop is not None
    assert last.stop.confirmed_at is not None
    assert last.stop.outcome == "Stopped"
    assert seen[-1].final


def test_the_decision_is_in_the_log_before_stop_is_called() -> None:
    world, logs = World(), Folder()
    arn = a_job(world)
    put_curve(world, arn)
    before_stop: list[str] = []

    class Looks:
        def before(self, call: str) -> None:
            if call == "jobs.stop":
                before_stop.extend(logs.logs[(name, "events.jsonl")].splitlines())

        def after(self, call: str) -> None:
            return

    name, world.seam.interrupt = world.jobs.described[arn].name, Looks()
    observe(world, arn, grow(world, arn), judge=curve(VerdictKind.DIVERGED), auto_stop=AutoStop.ON, logs=logs)
    event = [json.loads(line) for line in before_stop][-1]
    assert event["kind"] == "stopping"
    assert event["finding"]["signal"] == "divergence"


def test_a_stop_that_the_caller_may_not_make_is_told_and_tried_again() -> None:
    world = World()
    arn = a_job(world)
    put_curve(world, arn)
    world.seam.interrupt = Faults().add("jobs.stop", AccessRefusedError("no"))
    steps = (grow(world, arn), nothing)
    seen = observe(world, arn, *steps, judge=curve(VerdictKind.DIVERGED), auto_stop=AutoStop.ON)
    assert "YOU MAY NOT STOP IT" in seen[1].trouble
    assert world.jobs.described[arn].status == "Stopping"


def test_a_suspicious_curve_is_never_stopped() -> None:
    world = World()
    arn = a_job(world)
    put_curve(world, arn)
    observe(world, arn, nothing, judge=curve(VerdictKind.SUSPICIOUS), auto_stop=AutoStop.ON)
    assert "stop" not in world.jobs.calls


def test_the_metrics_log_grows_without_repeating_itself() -> None:
    world, logs = World(), Folder()
    arn = a_job(world)
    put_curve(world, arn)
    observe(
        world, arn, lambda: put_curve(world, arn, b"more"), judge=curve(VerdictKind.HEALTHY, 50), logs=logs
    )
    assert len(logs.logs[(world.jobs.described[arn].name, "metrics.jsonl")].splitlines()) == 50


def test_a_service_that_fails_for_a_while_is_told_and_borne() -> None:
    world = World()
    arn = a_job(world)

    def breaks() -> None:
        world.seam.interrupt = Faults().add("jobs.get", ServiceUnavailableError("throttled"))

    seen = observe(world, arn, breaks, nothing)
    assert [observation.trouble for observation in seen] == ["", "throttled", ""]


def test_a_job_that_vanishes_is_lost_after_three_looks() -> None:
    world = World()
    arn = a_job(world)
    seen = observe(world, arn, lambda: world.jobs.forget(arn), *[nothing] * 5)
    assert seen[-1].final
    assert seen[-1].job.status is JobStatus.LOST


def test_the_family_and_the_epochs_come_from_what_the_service_says() -> None:
    world = World()
    request = replace(builders.running().request, hyperparameters={"epochCount": "3"})
    arn = world.jobs.create(request)
    orders = observe(world, arn)[0].job.orders
    assert orders.epochs == 3
    assert orders.family
