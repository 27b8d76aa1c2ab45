"""The guard broken on purpose, in one place each: what every promise must notice."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from finetune_guard.core import next_action, observing, ordering_stops, sweep_move, wording
from finetune_guard.core.decisions import AutoStop, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.observations import Control
from finetune_guard.core.runs import Run
from finetune_guard.usecases import (
    advance,
    answer_run,
    clean_up,
    create_jobs,
    report,
    watch,
    watch_job,
    watch_run,
)
from finetune_guard.usecases.watch_job import JobTools, Looked
from tests.fakes import jobs as fake_jobs
from tests.fakes import store as fake_store
from tests.fakes.files import FakeJournal
from tests.fakes.jobs import FakeTrainingJobs
from tests.fakes.seam import outgoing
from tests.fakes.store import FakeRunStore
from tests.simulation import nature, people, runs, simulation
from tests.simulation.faults import Fault, Kind, Weather
from tests.simulation.nature import Course
from tests.simulation.people import Act

Patch = pytest.MonkeyPatch
Break = Callable[[Patch], None]


@dataclass(frozen=True)
class Hanging:
    """Every call of a name hangs."""

    call: str
    minutes: int

    def at(self, minute: int, call: str, nth: int) -> Fault | None:
        return Fault(minute, call, nth, Kind.REPLY_LATE, self.minutes) if call == self.call else None


class Losing:
    """Every reply of a name is lost, once."""

    def __init__(self, call: str) -> None:
        self._call = call

    def at(self, minute: int, call: str, nth: int) -> Fault | None:
        if call != self._call or nth:
            return None
        return Fault(minute, call, nth, Kind.REPLY_LOST)


def always(answer: object) -> Callable[..., Any]:
    return lambda *args, **kwargs: answer


def first(*args: Any, **kwargs: Any) -> Any:
    return args[0]


def stop_everything(patch: Patch) -> None:
    def stop(job: JobRecord, tools: JobTools, control: Control, now: datetime) -> Looked:
        if job.status is JobStatus.IN_PROGRESS:
            tools.jobs.stop(job.identifier)
        return Looked(job)

    patch.setattr(watch_job, "_stop", stop)


def stop_what_is_not_ours(patch: Patch) -> None:
    def stop(job: JobRecord, tools: JobTools, control: Control, now: datetime) -> Looked:
        tools.jobs.stop("somebody-elses-0")
        return Looked(job)

    patch.setattr(watch_job, "_stop", stop)


def _order(job: JobRecord, now: datetime) -> JobRecord:
    return replace(job, stop=StopOrder(StopReason.FINDING, "Because.", now))


def order_without_evidence(patch: Patch) -> None:
    def considered(job: JobRecord, now: datetime, control: Control) -> JobRecord:
        armed = job.orders.auto_stop is AutoStop.ON and job.status is JobStatus.IN_PROGRESS
        return _order(job, now) if armed and job.stop is None else job

    patch.setattr(ordering_stops, "stop_considered", considered)


def order_whatever_auto_stop_says(patch: Patch) -> None:
    def considered(job: JobRecord, now: datetime, control: Control) -> JobRecord:
        bad = any(finding.may_stop for finding in job.findings) and job.stop is None
        return _order(job, now) if bad and job.status is JobStatus.IN_PROGRESS else job

    patch.setattr(ordering_stops, "stop_considered", considered)


def forget_the_kill_switch(patch: Patch) -> None:
    patch.setattr(FakeRunStore, "control", outgoing(_named("control", always(Control()))))


def create_again_and_again(patch: Patch) -> None:
    numbers = count(1)
    patch.setattr(fake_jobs, "digest", lambda token: f"{next(numbers):012d}")
    patch.setattr(FakeTrainingJobs, "create", outgoing(_named("create", FakeTrainingJobs._born)))


def create_before_the_intent(patch: Patch) -> None:
    create = create_jobs._create

    def early(run: Run, job: JobRecord, tools: create_jobs.CreateTools) -> object:
        tools.jobs.create(job.request)
        return create(run, job, tools)

    patch.setattr(create_jobs, "_create", early)


def create_whatever_the_quota(patch: Patch) -> None:
    patch.setattr(FakeTrainingJobs, "create", outgoing(_named("create", FakeTrainingJobs._born)))


def sweep_all_at_once(patch: Patch) -> None:
    sweep = sweep_move.sweep
    patch.setattr(
        "finetune_guard.core.rehearsing.sweep",
        lambda run, plan, stage, centre: sweep(run, replace(plan, at_once=9), stage, centre),
    )


def create_for_a_run_that_is_over(patch: Patch) -> None:
    patch.setattr(create_jobs, "_over", always(False))
    patch.setitem(people.TIMES, Act.ABORT, 200)


def forget_the_arn(patch: Patch) -> None:
    patch.setattr(create_jobs, "_found", always(None))
    patch.setattr(observing, "INTENT_DUE", timedelta(hours=100))


def quote_the_service(patch: Patch) -> None:
    patch.setattr(wording, "about", lambda job: job.failure)


def wait_for_no_files(patch: Patch) -> None:
    patch.setattr(observing, "FILES_DUE", timedelta(0))


def leave_a_run_out(patch: Patch) -> None:
    look = watch_job.watch_job

    def looks(job: JobRecord, tools: JobTools, control: Control) -> Looked:
        return look(job, tools, control) if job.ticked_at is None else Looked(job)

    patch.setattr(watch, "watch_job", looks)


def leave_a_run_out_unseen(patch: Patch) -> None:
    leave_a_run_out(patch)
    patch.setattr(watch, "_age", always(0.0))


def need_no_model(patch: Patch) -> None:
    patch.setattr(simulation, "CLEAN_EVERY", 5)
    patch.setattr(clean_up, "needed", always(False))


def keep_no_model(patch: Patch) -> None:
    need_no_model(patch)
    patch.setattr(nature, "COURSES", {Course.HEALTHY: 1})
    patch.setattr(clean_up, "is_result_for_good", always(False))


def reopen_jobs(patch: Patch) -> None:
    described = observing.described
    patch.setattr(
        observing,
        "described",
        lambda job, found: (
            replace(described(job, found), status=JobStatus.IN_PROGRESS)
            if job.terminal
            else described(job, found)
        ),
    )


def end_runs_anew(patch: Patch) -> None:
    patch.setattr(
        report,
        "_saved",
        lambda changed, run, store: replace(
            store.save_run(replace(changed, status=RunStatus.FAILED)), jobs=run.jobs
        ),
    )


def confirm_at_once(patch: Patch) -> None:
    patch.setattr(
        observing,
        "_confirmed",
        lambda stop, status, found: stop and replace(stop, confirmed_at=stop.decided_at),
    )


def forget_orders(patch: Patch) -> None:
    described = observing.described
    patch.setattr(observing, "described", lambda job, found: replace(described(job, found), stop=None))


def pay_whatever_it_costs(patch: Patch) -> None:
    patch.setattr(runs, "BUDGETED", 1.0)
    patch.setattr(next_action, "over_budget", always(None))


def stop_without_a_breaker(patch: Patch) -> None:
    patch.setattr(nature, "COURSES", {Course.BLOWS_UP: 1})
    patch.setattr(runs, "_orders", always({"auto_stop": AutoStop.ON, "max_hours": 3.0}))
    patch.setattr(watch_job, "_through_breaker", lambda before, after, *_: after)


def lose_questions(patch: Patch) -> None:
    patch.setattr(nature, "FILES_AFTER", {None: 1})
    patch.setitem(people.TIMES, Act.ANSWER, 2_000)
    patch.setattr(answer_run, "answered", lambda run, question, reply, now: replace(run, questions=()))


def run_for_ever(patch: Patch) -> None:
    patch.setattr(nature, "COURSES", {Course.STALLS: 1})
    patch.setattr(ordering_stops, "overtime", always(False))


def fails(*args: object) -> bool:
    raise KeyError("a mistake")


def _named(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method as the port calls it."""

    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        return method(self, *args, **kwargs)

    called.__name__ = name
    return called


def setting(target: object, name: str, value: object) -> Break:
    return lambda patch: patch.setattr(target, name, value)


def outcall(kind: type, name: str, answer: object) -> Break:
    """An outgoing call that does nothing and answers so."""
    return lambda patch: patch.setattr(kind, name, outgoing(_named(name, always(answer))))


BREAKS: dict[str, Break] = {
    "a_stop_is_called_after_its_order_is_written": stop_everything,
    "a_stop_for_a_finding_has_its_evidence": order_without_evidence,
    "only_an_armed_run_is_stopped_for_a_finding": order_whatever_auto_stop_says,
    "no_stop_is_called_while_the_kill_switch_is_on": forget_the_kill_switch,
    "the_breaker_bounds_the_orders_of_an_hour": stop_without_a_breaker,
    "only_a_job_of_ours_is_stopped": stop_what_is_not_ours,
    "a_stop_is_confirmed_by_the_end_of_its_job": confirm_at_once,
    "max_hours_are_granted": setting(ordering_stops, "overtime", always(True)),
    "a_job_is_created_after_its_intent_is_written": create_before_the_intent,
    "there_is_one_job_for_each_key": create_again_and_again,
    "no_more_jobs_run_than_the_account_may_have": create_whatever_the_quota,
    "a_run_trains_no_more_jobs_at_once_than_it_planned": sweep_all_at_once,
    "no_job_begins_above_the_budget": pay_whatever_it_costs,
    "no_job_begins_for_a_run_that_is_over": create_for_a_run_that_is_over,
    "every_job_is_known": forget_the_arn,
    "a_finding_is_in_an_alert_before_it_is_in_the_record": setting(watch_job, "_tell", always(None)),
    "a_mail_comes_twice_only_after_a_fault": outcall(FakeRunStore, "mark_sent", None),
    "every_alert_is_sent": setting(watch, "send_alerts", always(None)),
    "no_mail_quotes_a_failure_message": quote_the_service,
    "what_a_record_has_seen_is_in_the_journal": outcall(FakeJournal, "keep", "s3://nowhere"),
    "a_wait_is_ended_when_there_is_something_to_decide": setting(watch_run, "_waits", always(False)),
    "files_that_are_owed_are_waited_for": wait_for_no_files,
    "no_open_job_is_left_out_of_two_ticks": leave_a_run_out,
    "what_is_overdue_shows_in_the_metric": leave_a_run_out_unseen,
    "no_kept_model_is_deleted": keep_no_model,
    "no_model_is_deleted_that_a_running_job_starts_from": need_no_model,
    "only_a_throw_away_model_is_deleted": setting(
        fake_store, "_has_model_to_delete", lambda job: job.closed and job.model and not job.model_deleted_at
    ),
    "no_job_is_to_start_from_a_model_that_is_gone": need_no_model,
    "what_is_thrown_away_is_gone": setting(clean_up, "_delete", always("")),
    "what_is_kept_is_there": keep_no_model,
    "decisions_are_only_appended": setting(
        advance, "with_decisions", lambda run, judged, now: replace(run, decisions=())
    ),
    "questions_and_answers_stay": lose_questions,
    "no_process_fails_by_a_mistake": setting(clean_up, "needed", fails),
    "a_run_that_ended_stays_so": end_runs_anew,
    "a_job_that_ended_stays_so": reopen_jobs,
    "an_order_to_stop_stays": forget_orders,
    "every_end_is_told": setting(watch_run, "report", always(None)),
    "every_run_has_ended": setting(watch_run, "_end_if_quiet", always(None)),
    "every_job_is_closed": setting(observing, "closed", first),
    "nothing_runs_in_the_service": run_for_ever,
}

#: Weather that a break needs; the seed's own where none is named.
WEATHERS: dict[str, Weather] = {
    "no_job_begins_for_a_run_that_is_over": Hanging("store.add_job", 8),
    "there_is_one_job_for_each_key": Losing("jobs.create"),
}
