"""What befalls a watch in a bad night: refusals, failures that quote data, late stops, odd events."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import AutoStop, RunStatus
from finetune_guard.core.errors import AccessRefusedError, ServiceUnavailableError
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.reporting import usable_model
from finetune_guard.usecases.judge import Judgement, MetricFile
from finetune_guard.usecases.watch import WatchTools, tick
from tests.builders import plan, run
from tests.fakes.seam import Faults, When
from tests.fakes.world import World
from tests.usecases.machine import begun, csv, job, plain_judge, put, start, watch, watch_tools
from tests.usecases.test_watch import FULL_ARMED, goes_bad, kinds

GOOD = csv(2.0, 1.5, 1.2)
QUOTE = "record 17 is invalid: {'prompt': 'a secret of a customer'}"


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.fault(18)
@pytest.mark.fault(30)
@pytest.mark.parametrize("error", [AccessRefusedError("denied"), ServiceUnavailableError("throttled")])
def test_while_bedrock_refuses_the_job_stays_open_each_tick_counts_it_and_nobody_is_mailed(
    world: World, error: Exception
) -> None:
    machine = begun(world, run())
    world.seam.interrupt = Faults().add("jobs.get", *([error] * 30))
    for _ in range(30):
        ticked = watch(world)
        assert (len(ticked.errors), ticked.judged) == (1, 0)
        assert str(error) in ticked.errors[0]
        world.clock.advance(minutes=1)
    assert (job(world, machine).closed, job(world, machine).status) == (False, JobStatus.IN_PROGRESS)
    assert world.alerts.published == []
    assert machine.token in world.workflow.waiting
    put(world, job(world, machine), GOOD)
    assert watch(world).errors == []
    assert job(world, machine).seen.rows == 3


@pytest.mark.fault(18)
def test_a_job_that_was_not_looked_at_for_long_is_told_to_the_alarm_by_its_age(world: World) -> None:
    begun(world, run())
    watch(world)
    world.seam.interrupt = Faults().add("jobs.get", *([ServiceUnavailableError("throttled")] * 5))
    ages = []
    for _ in range(5):
        world.clock.advance(minutes=1)
        ages.append(watch(world).overdue_seconds)
    assert ages == [60, 120, 180, 240, 300]


TABLE_CALLS = (
    *("control", "open_jobs", "breaker", "save_breaker", "job", "add_alert", "alerts", "save_job"),
    *("open_runs", "pending_alerts", "claim_alert", "mark_sent"),
)


@pytest.mark.fault(66)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", TABLE_CALLS)
def test_a_table_that_is_throttled_at_any_call_makes_the_tick_late_and_nothing_else(
    world: World, call: str, when: When
) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    told, before = len(world.alerts.published), len(world.seam.calls)
    throttled = ServiceUnavailableError("throttled", "ProvisionedThroughputExceededException")
    world.seam.interrupt = Faults().add(f"store.{call}", throttled, when=when)
    with suppress(ServiceUnavailableError):
        watch(world)
    assert f"store.{call}" in world.seam.calls[before:]
    world.clock.advance(minutes=3)
    watch(world)
    assert world.jobs.described[job(world, machine).arn or ""].status == "Stopping"
    assert world.jobs.calls.count("stop") == 1
    stopping = [mail for mail in world.alerts.published[told:] if mail.kind is AlertKind.STOPPING]
    assert 1 <= len(stopping) <= 2
    assert len({mail.alert_id for mail in stopping}) == 1


@pytest.mark.fault(25)
def test_a_stop_that_is_refused_for_an_hour_is_never_forgotten_and_told_as_unheeded(world: World) -> None:
    machine = start(world, FULL_ARMED)
    while machine.step():
        pass
    world.jobs.stop_needs_training = True
    goes_bad(world, job(world, machine))
    for _ in range(30):
        watch(world)
        world.clock.advance(minutes=2)
    assert world.jobs.calls.count("stop") == 30
    assert kinds(world).count(AlertKind.STOPPING) == 1
    assert kinds(world).count(AlertKind.STOP_NOT_CONFIRMED) == 1
    world.jobs.train(job(world, machine).arn or "")
    watch(world)
    assert world.jobs.described[job(world, machine).arn or ""].status == "Stopping"


class EndsTheJob:
    """Before Stop arrives the job is over."""

    def __init__(self, world: World, arn: str) -> None:
        self.world, self.arn = world, arn

    def before(self, call: str) -> None:
        if call == "jobs.stop" and self.world.jobs.described[self.arn].status == "InProgress":
            self.world.jobs.complete(self.arn)

    def after(self, call: str) -> None:
        return


@pytest.mark.fault(26)
def test_a_job_that_ends_before_its_stop_arrives_is_told_so_and_its_model_is_never_the_result(
    world: World,
) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    world.seam.interrupt = EndsTheJob(world, job(world, machine).arn or "")
    for _ in range(4):
        watch(world)
        world.clock.advance(minutes=1)
        while machine.step():
            pass
    ended, finished = world.store.run(machine.run_id), job(world, machine)
    assert (finished.status, finished.verdict) == (JobStatus.COMPLETED, "diverged")
    assert finished.stop
    assert finished.stop.outcome == "Completed"
    assert ended.status is RunStatus.REFUSED
    assert usable_model(ended) is None
    (told,) = (mail for mail in world.alerts.published if mail.kind is AlertKind.STOP_CONFIRMED)
    assert "before the stop" in told.text
    assert world.jobs.calls.count("stop") == 1


@pytest.mark.fault(33)
def test_why_a_job_failed_is_kept_word_for_word_and_no_mail_or_log_quotes_it(world: World) -> None:
    machine = begun(world, run())
    world.jobs.fail(job(world, machine).arn or "", QUOTE)
    errors = []
    for _ in range(4):
        errors += watch(world).errors
        world.clock.advance(minutes=1)
        while machine.step():
            pass
    assert job(world, machine).failure == QUOTE
    assert world.store.run(machine.run_id).status is RunStatus.FAILED
    assert AlertKind.JOB_FAILED in kinds(world)
    assert errors == []
    assert not any("secret" in mail.text + mail.subject for mail in world.alerts.published)
    told = [data for key, data in world.journal.objects.items() if not key.startswith("runs/")]
    assert not any(b"secret" in data for data in told)
    assert b"secret" in world.journal.objects[f"runs/{machine.run_id}/report.json"]


@pytest.mark.fault(35)
@pytest.mark.parametrize("hints", ["doubled", "of nobody", "too early", "in another order"])
def test_events_that_are_doubled_foreign_early_or_out_of_order_change_nothing(
    world: World, hints: str
) -> None:
    """What an event says is never believed: all is looked up again."""
    machine = begun(world, run(plan=plan(rehearsal=None, auto_stop=AutoStop.OFF)))
    own = world.store.run(machine.run_id).execution_arn
    said = {
        "doubled": [own, own],
        "of nobody": ["arn:aws:states:us-west-2:123456789012:execution:Other:one"],
        "too early": [own],
        "in another order": [own, "", own],
    }[hints]
    for hint in said:
        ticked = tick(watch_tools(world), world.clock.now() + timedelta(seconds=50), hint)
        assert ticked.errors == []
    assert (world.store.run(machine.run_id).aborted, world.alerts.published) == (False, [])
    assert machine.token in world.workflow.waiting
    put(world, job(world, machine), GOOD)
    world.jobs.complete(job(world, machine).arn or "")
    for _ in range(3):
        for hint in said:
            tick(watch_tools(world), world.clock.now() + timedelta(seconds=50), hint)
        world.clock.advance(minutes=1)
        while machine.step():
            pass
    for hint in said:
        tick(watch_tools(world), world.clock.now() + timedelta(seconds=50), hint)
    assert world.store.run(machine.run_id).status is RunStatus.COMPLETED
    assert kinds(world) == [AlertKind.RUN_COMPLETED]


@pytest.mark.fault(89)
def test_rules_that_are_exchanged_in_mid_job_change_no_mail_that_was_sent_and_send_none_twice(
    world: World,
) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None)))
    goes_bad(world, job(world, machine))
    watch(world)
    sent = list(world.store.alerts(machine.run_id))
    by_newer_rules = with_newer_rules(world)
    put(world, job(world, machine), csv(2.0, 50.0, 60.0, 61.0))
    tick(by_newer_rules, world.clock.now() + timedelta(seconds=50))
    assert {finding.detector_version for finding in job(world, machine).findings} == {"2"}
    assert list(world.store.alerts(machine.run_id)) == sent
    assert [mail.finding.detector_version for mail in sent if mail.finding] == ["1"]
    assert len(world.alerts.published) == len(sent)


def with_newer_rules(world: World) -> WatchTools:
    """The tools of a release whose rules have another version."""

    def newer(of: JobRecord, files: tuple[MetricFile, ...]) -> Judgement:
        judgement = plain_judge(of, files)
        curve = judgement.curve
        if curve is None:
            return judgement
        found = tuple(replace(finding, detector_version="2") for finding in curve.findings)
        return replace(judgement, curve=replace(curve, findings=found))

    return replace(watch_tools(world), judge=newer)
