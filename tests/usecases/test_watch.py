from dataclasses import replace
from datetime import timedelta

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive, RunStatus
from finetune_guard.core.errors import ServiceUnavailableError
from finetune_guard.core.jobs import (
    JobRecord,
    JobStatus,
    Phase,
    Phases,
    PhaseStatus,
    StopOrder,
    StopReason,
)
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.observations import Control, ShadowCounts
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import Listed
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.report import ReportTools, report
from finetune_guard.usecases.watch import tick
from tests.builders import completed, plan, run, segmented
from tests.contracts.records import alert
from tests.fakes.seam import Crash, Faults, Meanwhile
from tests.fakes.world import World
from tests.playing import played
from tests.usecases.machine import Machine, begun, csv, job, put, start, watch, watch_tools

GOOD = csv(2.0, 1.5, 1.2)
BAD = csv(2.0, 50.0, 60.0)


@pytest.fixture
def world() -> World:
    return World()


def goes_bad(world: World, of: JobRecord) -> None:
    """A live curve: rows that a tick has seen, then rows that blow up."""
    put(world, of, csv(2.0))
    watch(world)
    put(world, of, BAD)


def kinds(world: World) -> list[AlertKind]:
    return [alert.kind for alert in world.alerts.published]


def dies() -> None:
    raise Crash("here")


FULL_ARMED = run(plan=plan(rehearsal=None, auto_stop=AutoStop.ON))


@pytest.mark.fault(37)
def test_a_tick_without_files_says_phases_only_and_tells_nobody(world: World) -> None:
    machine = begun(world, run())
    watch(world)
    assert job(world, machine).evidence == "phases only"
    assert world.alerts.published == []


def test_a_quiet_tick_takes_at_most_four_calls_for_a_job(world: World) -> None:
    begun(world, run())
    watch(world)
    world.clock.advance(minutes=1)
    before = len(world.seam.calls)
    watch(world)
    shared = {"store.control", "store.open_jobs", "store.open_runs", "store.pending_alerts"}
    assert [call for call in world.seam.calls[before:] if call not in shared] == [
        "jobs.get",
        "metrics.files",
        "store.save_job",
        "workflow.heartbeat",
    ]


@pytest.mark.fault(40)
def test_an_unchanged_file_is_neither_read_nor_judged_again(world: World) -> None:
    machine = begun(world, run())
    put(world, job(world, machine), GOOD)
    watch(world)
    watch(world)
    assert world.metrics.calls.count("read") == 1


@pytest.mark.fault(4)
@pytest.mark.fault(5)
@pytest.mark.fault(58)
def test_of_two_ticks_at_once_the_loser_discards_and_nothing_happens_twice(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    stale = world.store.open_jobs()
    watch(world)
    world.store.open_jobs = lambda: stale  # type: ignore[method-assign]
    second = watch(world)
    assert second.discarded == 1
    assert world.jobs.calls.count("stop") == 1
    assert kinds(world).count(AlertKind.STOPPING) == 1
    ids = [alert.alert_id for alert in world.alerts.published]
    assert len(ids) == len(set(ids))


@pytest.mark.fault(15)
def test_an_end_is_not_dated_before_the_answer_that_tells_of_it(world: World) -> None:
    machine = begun(world, run())
    arn = job(world, machine).arn or ""

    def ends_at_last() -> None:
        world.clock.advance(minutes=9)
        world.jobs.complete(arn)

    world.seam.interrupt = Meanwhile("jobs.get", ends_at_last)
    watch(world)
    assert job(world, machine).end_seen_at == world.clock.now()


@pytest.mark.fault(39)
def test_a_file_that_changes_under_the_look_is_left_to_the_next_tick(world: World) -> None:
    machine = begun(world, run())
    put(world, job(world, machine), GOOD)
    listed = world.metrics.files

    def listed_then_changed(output_uri: str, job_id: str):  # type: ignore[no-untyped-def]
        found = listed(output_uri, job_id)
        put(world, job(world, machine), csv(2.0, 1.5, 1.2, 1.1))
        return found

    world.metrics.files = listed_then_changed  # type: ignore[method-assign]
    assert watch(world).discarded == 1
    world.metrics.files = listed  # type: ignore[method-assign]
    watch(world)
    assert job(world, machine).seen.rows == 4


def test_an_armed_watch_stops_and_confirms_and_tells_both(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    watch(world)
    world.jobs.advance(job(world, machine).arn or "")
    watch(world)
    stopped = job(world, machine)
    assert stopped.stop and stopped.stop.outcome == "Stopped"
    assert AlertKind.STOP_CONFIRMED in kinds(world)


def test_shadow_tells_what_it_would_have_stopped_and_stops_nothing(world: World) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None)))
    goes_bad(world, job(world, machine))
    watch(world)
    watch(world)
    assert kinds(world) == [AlertKind.WOULD_HAVE_STOPPED]
    assert world.alerts.published[0].subject.startswith("WOULD HAVE STOPPED")
    assert "stop" not in world.jobs.calls


@pytest.mark.parametrize(("end", "right"), [(BAD, True), (csv(2.0, 50.0, 60.0, 1.9, 1.8), False)])
def test_whether_a_stop_of_the_shadow_would_have_been_right_is_known_at_the_end_and_mails_nobody(
    world: World, end: bytes, right: bool
) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None)))
    goes_bad(world, job(world, machine))
    watch(world)
    put(world, job(world, machine), end)
    world.jobs.complete(job(world, machine).arn or "")
    watch(world)
    watch(world)
    ended = job(world, machine)
    assert (ended.closed, ended.shadow_right, ended.would_stop_step) == (True, right, 2)
    assert kinds(world) == [AlertKind.WOULD_HAVE_STOPPED]
    counts = world.store.base_model(ended.request.base_model_id).shadow
    expected = {True: ShadowCounts(diverged=1, diverged_stopped=1), False: ShadowCounts(1, 1)}
    assert counts == expected[right]


@pytest.mark.fault(25)
def test_a_stop_that_is_refused_for_now_is_called_again(world: World) -> None:
    machine = start(world, FULL_ARMED)
    while machine.step():
        pass
    world.jobs.stop_needs_training = True
    goes_bad(world, job(world, machine))
    watch(world)
    assert world.jobs.described[job(world, machine).arn or ""].status == "InProgress"
    world.jobs.train(job(world, machine).arn or "")
    world.clock.advance(minutes=2)
    watch(world)
    assert world.jobs.described[job(world, machine).arn or ""].status == "Stopping"


@pytest.mark.fault(24)
def test_a_stop_whose_reply_was_lost_takes_effect_once(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    world.seam.interrupt = Faults().add("jobs.stop", ServiceUnavailableError("lost"), when="after")
    watch(world)
    world.jobs.advance(job(world, machine).arn or "")
    watch(world)
    watch(world)
    assert job(world, machine).status is JobStatus.STOPPED
    assert kinds(world).count(AlertKind.STOPPING) == 1
    assert world.jobs.calls.count("stop") == 1


@pytest.mark.fault(27)
def test_a_stop_that_nobody_confirms_is_told_after_half_an_hour(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    for _ in range(4):
        watch(world)
        world.clock.advance(minutes=11)
    assert kinds(world).count(AlertKind.STOP_NOT_CONFIRMED) == 1


def test_max_hours_ends_a_job_that_never_trains(world: World) -> None:
    machine = start(world, run(plan=plan(rehearsal=None, auto_stop=AutoStop.OFF, max_hours=0.5)))
    while machine.step():
        pass
    world.clock.advance(minutes=30)
    watch(world)
    ordered = job(world, machine).stop
    assert ordered and ordered.reason is StopReason.MAX_HOURS


@pytest.mark.fault(90)
def test_the_kill_switch_holds_stops_back_and_says_so(world: World) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None, max_hours=0.5)))
    world.store.set_control(Control(kill_switch=True))
    world.clock.advance(hours=1)
    watch(world)
    watch(world)
    assert kinds(world) == [AlertKind.STOP_HELD_BACK]
    assert "stop" not in world.jobs.calls
    world.store.set_control(Control())
    watch(world)
    assert world.jobs.described[job(world, machine).arn or ""].status == "Stopping"


@pytest.mark.fault(90)
def test_a_kill_switch_that_is_turned_on_during_a_tick_holds_its_stop_back(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    world.seam.interrupt = Meanwhile(
        "store.save_job", lambda: world.store.set_control(Control(kill_switch=True))
    )
    watch(world)
    assert world.jobs.calls.count("stop") == 0
    world.store.set_control(Control())
    watch(world)
    assert world.jobs.calls.count("stop") == 1


def test_the_kill_switch_holds_back_a_stop_for_a_finding_and_says_what_for(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    world.store.set_control(Control(kill_switch=True))
    goes_bad(world, job(world, machine))
    for _ in range(3):
        watch(world)
    assert kinds(world).count(AlertKind.STOP_HELD_BACK) == 1
    (mail,) = (alert for alert in world.alerts.published if alert.kind is AlertKind.STOP_HELD_BACK)
    assert job(world, machine).findings[0].sentence in mail.text
    assert "finetune-guard kill-switch off" in mail.text
    assert job(world, machine).stop is None
    assert "breaker" not in world.store.calls
    world.store.set_control(Control())
    watch(world)
    assert world.jobs.calls.count("stop") == 1


@pytest.mark.fault(90)
@pytest.mark.parametrize("called", [False, True])
def test_a_stop_that_bedrock_was_never_asked_for_is_not_told_as_unconfirmed(
    world: World, called: bool
) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None)))
    asked = world.clock.now() if called else None
    order = StopOrder(StopReason.PERSON, "A person ordered it.", world.clock.now(), asked)
    world.store.save_job(replace(job(world, machine), stop=order))
    world.store.set_control(Control(kill_switch=True))
    world.clock.advance(minutes=40)
    watch(world)
    assert AlertKind.STOP_HELD_BACK in kinds(world)
    assert (AlertKind.STOP_NOT_CONFIRMED in kinds(world)) is called


@pytest.mark.fault(90)
@pytest.mark.parametrize("auto_stop", [AutoStop.SHADOW, AutoStop.OFF])
def test_the_kill_switch_says_nothing_of_a_stop_that_nobody_ordered(
    world: World, auto_stop: AutoStop
) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None, auto_stop=auto_stop)))
    world.store.set_control(Control(kill_switch=True))
    goes_bad(world, job(world, machine))
    watch(world)
    assert AlertKind.STOP_HELD_BACK not in kinds(world)


@pytest.mark.fault(31)
def test_a_job_that_vanishes_is_lost_after_three_looks_and_told(world: World) -> None:
    machine = begun(world, run())
    world.jobs.forget(job(world, machine).arn or "")
    watch(world)
    watch(world)
    assert kinds(world) == []
    watch(world)
    assert kinds(world) == [AlertKind.JOB_LOST]
    assert job(world, machine).closed


@pytest.mark.fault(8)
@pytest.mark.fault(18)
def test_one_job_that_fails_keeps_no_other_from_being_judged(world: World) -> None:
    first = begun(world, run())
    second = begun(
        world, run(run_id="other-0000000000", execution_arn="arn:aws:states:us-west-2:1:execution:M:two")
    )
    world.seam.interrupt = Faults().add("jobs.get", ServiceUnavailableError("throttled"))
    ticked = watch(world)
    assert (ticked.judged, len(ticked.errors)) == (1, 1)
    watch(world)
    assert job(world, first).ticked_at == job(world, second).ticked_at == world.clock.now()


@pytest.mark.fault(11)
def test_a_tick_ends_before_its_deadline_and_the_next_begins_with_what_was_left(world: World) -> None:
    first = begun(world, run())
    second = begun(
        world, run(run_id="other-0000000000", execution_arn="arn:aws:states:us-west-2:1:execution:M:two")
    )
    watch(world)
    world.clock.advance(minutes=1)
    get = world.jobs.get

    def slow_get(identifier: str):  # type: ignore[no-untyped-def]
        world.clock.advance(seconds=60)
        return get(identifier)

    world.jobs.get = slow_get  # type: ignore[method-assign]
    ticked = tick(watch_tools(world), world.clock.now() + timedelta(seconds=50))
    assert (ticked.open_jobs, ticked.judged) == (2, 1)
    left = world.store.open_jobs()[0]
    assert left.key.run_id in (first.run_id, second.run_id)
    world.jobs.get = get  # type: ignore[method-assign]
    watch(world)
    assert all(j.ticked_at == world.clock.now() for j in world.store.open_jobs())


def test_a_job_is_overdue_since_its_last_look_and_not_since_its_intent(world: World) -> None:
    begun(world, run())
    world.clock.advance(minutes=3)
    assert watch(world).overdue_seconds == 180
    world.clock.advance(minutes=1)
    assert watch(world).overdue_seconds == 60


def uncreated(world: World) -> Machine:
    """An execution that died between its intent and the call of Create."""
    machine = start(world, run())
    machine.step()
    world.seam.interrupt = Meanwhile("jobs.create", dies)
    with pytest.raises(Crash):
        machine.step()
    return machine


def abandoned(world: World) -> Machine:
    """As uncreated, and its execution was aborted; looked at until the intent's time is over."""
    machine = uncreated(world)
    world.workflow.end(world.store.run(machine.run_id).execution_arn, "ABORTED")
    for _ in range(4):
        world.clock.advance(minutes=6)
        watch(world)
    return machine


def test_a_job_of_somebody_else_that_has_our_name_is_not_taken_for_ours(world: World) -> None:
    machine = uncreated(world)
    world.jobs.create(replace(job(world, machine).request, token="somebody-else"))
    world.clock.advance(minutes=3)
    watch(world)
    assert (job(world, machine).status, job(world, machine).arn) == (JobStatus.INTENDED, None)


def test_a_stop_that_did_not_reach_the_service_is_an_error_and_is_called_again_at_once(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    world.seam.interrupt = Faults().add("jobs.stop", ServiceUnavailableError("throttled"))
    assert len(watch(world).errors) == 1
    order = job(world, machine).stop
    assert order is not None
    assert order.called_at is None
    assert watch(world).stops == 1


def test_a_tick_whose_record_is_old_tells_nothing(world: World) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None)))
    old = world.store.open_jobs()
    order = StopOrder(StopReason.PERSON, "A person ordered it.", world.clock.now())
    world.store.save_job(replace(job(world, machine), stop=order))
    world.jobs.stop(job(world, machine).arn or "")
    world.jobs.advance(job(world, machine).arn or "")
    world.store.open_jobs = lambda: old  # type: ignore[method-assign]
    assert watch(world).discarded == 1
    assert kinds(world) == []


@pytest.mark.fault(22)
def test_an_intent_without_an_answer_is_found_by_name_after_two_minutes(world: World) -> None:
    machine = start(world, run())
    machine.step()
    world.seam.interrupt = Faults().add("jobs.create", KeyboardInterrupt(), when="after")
    with pytest.raises(KeyboardInterrupt):
        machine.step()
    watch(world)
    assert job(world, machine).status is JobStatus.INTENDED
    world.clock.advance(minutes=2)
    watch(world)
    assert job(world, machine).arn in world.jobs.described


class TestAlerts:
    @pytest.mark.fault(67)
    def test_an_alert_that_could_not_be_sent_is_sent_later(self, world: World) -> None:
        machine = begun(world, FULL_ARMED)
        goes_bad(world, job(world, machine))
        world.seam.interrupt = Faults().add("alerts.publish", ServiceUnavailableError("throttled"))
        assert watch(world).pending == 1
        world.clock.advance(seconds=30)
        assert watch(world).sent == 0
        world.clock.advance(minutes=3)
        assert watch(world).sent == 1

    @pytest.mark.fault(68)
    def test_an_alert_whose_sending_was_not_recorded_goes_out_at_most_once_more(self, world: World) -> None:
        machine = begun(world, run(plan=plan(rehearsal=None)))
        goes_bad(world, job(world, machine))
        world.seam.interrupt = Faults().add("store.mark_sent", KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            watch(world)
        for _ in range(3):
            world.clock.advance(minutes=3)
            watch(world)
        ids = [alert.alert_id for alert in world.alerts.published]
        assert (len(ids), len(set(ids))) == (2, 1)

    def test_a_mail_for_those_without_one_of_their_own_takes_the_one_place_of_its_hour(
        self, world: World
    ) -> None:
        tools, now = replace(watch_tools(world), mails_per_hour=2), world.clock.now()
        world.store.save_mails(Mails(singles=(now,)))
        kept_back = []
        for number in range(2):
            world.store.add_alert(alert(f"{number:024}", created_at=now))
            kept_back.append(tick(tools, now + timedelta(seconds=50)).kept_back)
        assert kept_back == [0, 1]
        assert len(world.alerts.published) == 1


class TestRuns:
    def test_a_wait_is_ended_only_when_there_is_something_to_decide(self, world: World) -> None:
        machine = begun(world, run())
        watch(world)
        assert machine.token in world.workflow.waiting
        world.jobs.complete(job(world, machine).arn or "")
        put(world, job(world, machine), GOOD)
        watch(world)
        assert machine.token in world.workflow.waiting
        watch(world)
        assert machine.token in world.workflow.completed

    def test_a_job_that_closed_before_the_token_was_stored_still_ends_the_wait(self, world: World) -> None:
        machine = start(world, run())
        machine.step()
        machine.step()
        arn = job(world, machine).arn or ""
        world.jobs.complete(arn)
        put(world, job(world, machine), GOOD)
        watch(world)
        watch(world)
        assert job(world, machine).closed
        machine.step()
        watch(world)
        assert machine.token in world.workflow.completed

    @pytest.mark.fault(65)
    def test_a_job_that_the_index_does_not_show_yet_does_not_end_the_wait(self, world: World) -> None:
        world.store.freeze_index()
        machine = begun(world, run())
        world.store.thaw_index()
        world.store.open_jobs = Listed  # type: ignore[method-assign]
        watch(world)
        assert machine.token in world.workflow.waiting

    @pytest.mark.fault(79)
    def test_a_job_whose_intent_was_written_while_the_run_was_marked_is_stopped_too(
        self, world: World
    ) -> None:
        of = run(plan=plan(rehearsal=None, on_abort=OnAbort.STOP))
        machine = start(world, of)
        machine.step()
        world.workflow.end(world.store.run(of.run_id).execution_arn, "ABORTED")
        world.clock.advance(minutes=6)
        world.seam.interrupt = Meanwhile("store.add_alert", machine.step)
        watch(world)
        assert job(world, machine).stop is not None
        assert world.store.run(of.run_id).status is RunStatus.RUNNING

    def test_an_order_of_an_abort_that_was_not_written_is_written_by_the_next_tick(
        self, world: World
    ) -> None:
        machine = begun(world, run(plan=plan(rehearsal=None, on_abort=OnAbort.STOP)))
        world.workflow.waiting.clear()
        world.workflow.end(world.store.run(machine.run_id).execution_arn, "ABORTED")
        world.seam.interrupt = Meanwhile("store.save_run", dies, when="after")
        with pytest.raises(Crash):
            watch(world)
        watch(world)
        order = job(world, machine).stop
        assert order is not None
        assert order.reason is StopReason.ABORTED

    def test_an_aborted_execution_is_told_with_the_jobs_that_still_bill(self, world: World) -> None:
        machine = begun(world, run())
        stored = world.store.run(machine.run_id)
        world.workflow.waiting.clear()
        world.workflow.end(stored.execution_arn, "ABORTED")
        watch(world)
        assert kinds(world) == [AlertKind.EXECUTION_ABORTED]
        mail = world.alerts.published[0]
        assert job(world, machine).request.job_name in mail.text
        assert "stop" not in world.jobs.calls

    def test_on_abort_stop_stops_the_job_and_ends_the_run(self, world: World) -> None:
        machine = begun(world, run(plan=plan(on_abort=OnAbort.STOP)))
        world.workflow.waiting.clear()
        world.workflow.end(world.store.run(machine.run_id).execution_arn, "ABORTED")
        for _ in range(4):
            watch(world)
            if world.jobs.described[job(world, machine).arn or ""].status == "Stopping":
                world.jobs.advance(job(world, machine).arn or "")
            world.clock.advance(minutes=1)
        watch(world)
        ended = world.store.run(machine.run_id)
        assert (ended.status, job(world, machine).status) == (RunStatus.STOPPED, JobStatus.STOPPED)
        assert kinds(world)[-1] is AlertKind.RUN_STOPPED

    def test_an_aborted_run_has_a_report_too(self, world: World) -> None:
        machine = abandoned(world)
        ended = world.store.run(machine.run_id)
        assert ended.told
        assert ended.report_uri in [alert.text for alert in world.alerts.published][-1]

    def test_an_abort_leaves_an_order_to_stop_that_stands(self, world: World) -> None:
        machine = begun(world, run(plan=plan(rehearsal=None, on_abort=OnAbort.STOP)))
        order = StopOrder(StopReason.PERSON, "A person ordered it.", world.clock.now())
        world.store.save_job(replace(job(world, machine), stop=order))
        world.workflow.waiting.clear()
        world.workflow.end(world.store.run(machine.run_id).execution_arn, "ABORTED")
        watch(world)
        watch(world)
        stands = job(world, machine).stop
        assert stands is not None
        assert stands.sentence == order.sentence

    def test_an_intent_of_an_aborted_run_that_became_no_job_does_not_keep_the_run_open(
        self, world: World
    ) -> None:
        machine = abandoned(world)
        ended = world.store.run(machine.run_id)
        assert (ended.status, job(world, machine).status) == (RunStatus.STOPPED, JobStatus.REFUSED)

    def test_an_aborted_run_keeps_the_model_that_is_its_result(self, world: World) -> None:
        good = played(run(plan=segmented(3))).run
        world.store.add_run(replace(good, jobs=(), aborted=True))
        for made in good.jobs[:2]:
            world.store.add_job(made)
        watch(world)
        ended = world.store.run(good.run_id)
        assert (ended.status, ended.kept) == (RunStatus.STOPPED, "segment-1-0-0")

    def test_a_run_whose_execution_the_service_has_forgotten_is_told_as_aborted(self, world: World) -> None:
        machine = begun(world, run())
        world.workflow.waiting.clear()
        world.workflow.executions.clear()
        watch(world)
        assert kinds(world) == [AlertKind.EXECUTION_ABORTED]
        assert world.store.run(machine.run_id).aborted

    def test_an_abort_is_found_when_the_run_has_something_to_decide_and_nobody_waits(
        self, world: World
    ) -> None:
        machine = begun(world, run())
        world.jobs.complete(job(world, machine).arn or "")
        put(world, job(world, machine), GOOD)
        watch(world)
        world.workflow.waiting.clear()
        world.workflow.end(world.store.run(machine.run_id).execution_arn, "ABORTED")
        watch(world)
        assert job(world, machine).closed
        assert kinds(world)[0] is AlertKind.EXECUTION_ABORTED

    @pytest.mark.fault(35)
    def test_an_abort_whose_event_is_lost_is_found_although_heartbeats_are_still_taken(
        self, world: World
    ) -> None:
        machine = begun(world, run())
        world.workflow.end(world.store.run(machine.run_id).execution_arn, "ABORTED")
        for _ in range(6):
            world.clock.advance(minutes=1)
            watch(world)
        assert kinds(world) == [AlertKind.EXECUTION_ABORTED]

    @pytest.mark.fault(76)
    def test_a_token_on_which_nobody_waits_any_more_harms_nothing(self, world: World) -> None:
        machine = begun(world, run())
        world.workflow.waiting.clear()
        assert watch(world).errors == []
        assert world.store.run(machine.run_id).status is RunStatus.RUNNING


class TestTellingAnEnd:
    """Between the decided end of a run and its report an execution may be aborted, or its report fail."""

    def ended(self, world: World) -> Run:
        world.store.add_run(run())
        for candidate in (0, 1):
            world.store.add_job(completed(candidate=candidate, too_hot=True))
        advance(run().run_id, AdvanceTools(world.store, world.clock))
        return world.store.run(run().run_id)

    @pytest.mark.fault(79)
    def test_an_end_that_its_execution_did_not_live_to_tell_is_told_at_the_event(self, world: World) -> None:
        ended = self.ended(world)
        watch(world, ended_execution=ended.execution_arn)
        assert kinds(world) == [AlertKind.RUN_REFUSED]
        assert world.store.run(ended.run_id).report_uri in world.alerts.published[0].text

    @pytest.mark.fault(79)
    def test_it_is_told_some_minutes_later_where_the_event_is_lost(self, world: World) -> None:
        self.ended(world)
        watch(world)
        assert kinds(world) == []
        world.clock.advance(minutes=6)
        watch(world)
        assert kinds(world) == [AlertKind.RUN_REFUSED]

    def test_it_is_told_once_whoever_tells_it(self, world: World) -> None:
        ended = self.ended(world)
        world.clock.advance(minutes=6)
        watch(world)
        told = world.store.run(ended.run_id)
        report(ended.run_id, ReportTools(world.store, world.journal, world.clock))
        watch(world, ended_execution=ended.execution_arn)
        assert world.store.run(ended.run_id) == told
        assert kinds(world) == [AlertKind.RUN_REFUSED]

    def test_a_run_that_was_taken_up_meanwhile_is_not_told_as_ended(self, world: World) -> None:
        ended = self.ended(world)
        world.store.freeze_index()
        world.store.save_run(replace(ended, status=RunStatus.RUNNING, ended_at=None))
        world.clock.advance(minutes=6)
        watch(world)
        assert kinds(world) == []


def test_live_metrics_are_learnt_for_each_base_model(world: World) -> None:
    machine = begun(world, run())
    watching = job(world, machine)
    for rows in ((2.0,), (2.0, 1.5, 1.2)):
        put(world, watching, csv(*rows))
        watch(world)
    world.jobs.complete(watching.arn or "")
    watch(world)
    watch(world)
    facts = world.store.base_model(watching.request.base_model_id)
    assert (facts.live_metrics, facts.jobs_seen) == (True, 1)


def test_a_job_whose_file_came_with_its_end_teaches_that_there_are_no_live_metrics(world: World) -> None:
    machine = begun(world, run())
    watching = job(world, machine)
    watch(world)
    world.jobs.complete(watching.arn or "")
    put(world, watching, GOOD)
    watch(world)
    watch(world)
    assert world.store.base_model(watching.request.base_model_id).live_metrics is False


def test_a_sighting_keeps_what_the_file_was_and_where_the_job_stood(world: World) -> None:
    machine = begun(world, run())
    put(world, job(world, machine), GOOD)
    watch(world)
    sighting = job(world, machine).sightings[0]
    assert (sighting.size, sighting.job_status, sighting.seen_at) == (
        len(GOOD),
        "InProgress",
        world.clock.now(),
    )


class TestTime:
    @pytest.mark.fault(1)
    def test_a_tick_that_is_delivered_twice_does_nothing_the_second_time(self, world: World) -> None:
        machine = begun(world, FULL_ARMED)
        goes_bad(world, job(world, machine))
        watch(world)
        told, stops = len(world.alerts.published), world.jobs.calls.count("stop")
        assert watch(world).judged == 1
        assert (len(world.alerts.published), world.jobs.calls.count("stop")) == (told, stops)

    @pytest.mark.fault(2)
    def test_lost_ticks_make_the_judgement_late_and_nothing_else(self, world: World) -> None:
        ends = []
        for every in (1, 7):
            world = World()
            machine = begun(world, FULL_ARMED)
            for minute in range(1, 29):
                put(world, job(world, machine), csv(*([2.0] * minute), *([90.0] * (minute > 5))))
                if minute % every == 0:
                    watch(world)
                world.clock.advance(minutes=1)
            ends.append((job(world, machine).stop is not None, AlertKind.STOPPING in kinds(world)))
        assert ends == [(True, True), (True, True)]

    @pytest.mark.fault(15)
    @pytest.mark.parametrize("minutes_off", [-15, 15])
    def test_a_clock_that_is_fifteen_minutes_off_stops_no_job_early(
        self, world: World, minutes_off: int
    ) -> None:
        machine = begun(world, run(plan=plan(rehearsal=None, max_hours=2)))
        for _ in range(5):
            world.clock.set(world.clock.now() + timedelta(minutes=minutes_off if minutes_off > 0 else 1))
            watch(world)
        if minutes_off < 0:
            world.clock.set(world.clock.now() + timedelta(minutes=minutes_off))
            assert watch(world).errors == []
        looked = job(world, machine)
        assert (looked.stop, looked.closed) == (None, False)

    @pytest.mark.fault(34)
    def test_a_stall_is_told_once_and_ended_by_max_hours(self, world: World) -> None:
        machine = start(world, run(plan=plan(rehearsal=None, max_hours=30)))
        while machine.step():
            pass
        stalled = job(world, machine).arn or ""
        world.jobs.edit(
            stalled,
            phases=Phases(
                Phase(PhaseStatus.COMPLETED, world.clock.now(), world.clock.now()),
                Phase(PhaseStatus.COMPLETED, world.clock.now(), world.clock.now()),
                Phase(PhaseStatus.NOT_STARTED),
            ),
        )
        for _ in range(31):
            watch(world)
            world.clock.advance(hours=1)
        subjects = [alert.subject for alert in world.alerts.published]
        assert sum("phase stall" in subject for subject in subjects) == 1
        assert world.jobs.described[stalled].status == "Stopping"


@pytest.mark.fault(66)
def test_a_table_restored_to_the_past_catches_up_without_a_second_stop(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    past = dict(world.store.rows)
    watch(world)
    world.jobs.advance(job(world, machine).arn or "")
    world.store.rows.clear()
    world.store.rows.update(past)
    watch(world)
    watch(world)
    assert world.jobs.calls.count("stop") == 1
    assert job(world, machine).status is JobStatus.STOPPED
    assert job(world, machine).seen.rows == 3


@pytest.mark.fault(72)
def test_hundreds_of_ticks_over_a_bad_curve_send_a_handful_of_mails(world: World) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None)))
    for n in range(500):
        put(world, job(world, machine), csv(*([2.0] * 3), *([90.0] * (1 + n % 2))))
        watch(world)
        world.clock.advance(seconds=1)
    assert len(world.alerts.published) <= 3


@pytest.mark.fault(89)
def test_a_finding_keeps_the_version_of_the_rule_that_made_it(world: World) -> None:
    machine = begun(world, run(plan=plan(rehearsal=None)))
    goes_bad(world, job(world, machine))
    watch(world)
    assert job(world, machine).findings[0].detector_version == "1"
    alert = world.store.alerts(machine.run_id)[0]
    assert alert.finding and alert.finding.detector_version == "1"


def test_a_question_that_is_not_written_down_yet_ends_the_wait_and_one_that_is_keeps_it(
    world: World,
) -> None:
    machine = begun(world, run(plan=plan(on_inconclusive=OnInconclusive.ASK)))
    world.jobs.complete(job(world, machine).arn or "")
    watch(world)
    world.clock.advance(minutes=20)
    assert watch(world).completed == 1
    while machine.step():
        pass
    assert [question.about for question in world.store.run(machine.run_id).questions] == ["rehearsal-0-0"]
    world.clock.advance(minutes=1)
    assert watch(world).completed == 0
    assert world.workflow.heartbeats[-1] == machine.token


def test_a_segment_is_judged_and_closed_although_the_one_before_left_no_metrics_log(world: World) -> None:
    machine = begun(world, run(plan=segmented(2, rehearsal=None)))
    world.jobs.complete(job(world, machine).arn or "")
    world.clock.advance(minutes=20)
    watch(world)
    while machine.step():
        pass
    second = job(world, machine)
    assert second.orders.before == ()
    world.jobs.complete(second.arn or "")
    put(world, second, GOOD)
    assert watch(world).errors == []
    watch(world)
    assert job(world, machine).closed
    assert job(world, machine).verdict == "healthy"
