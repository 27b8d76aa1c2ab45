"""Stops: decided, called, confirmed; never without evidence (docs/architecture.md; I4)."""

from collections.abc import Iterator
from datetime import timedelta

from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.jobs import TERMINAL, JobRecord, StopReason
from finetune_guard.core.names import STACK_TAG
from tests.simulation.effects import Effect
from tests.simulation.night import Night

#: As the simulated watch is deployed.
STOPS_PER_HOUR = 3


def a_stop_is_called_after_its_order_is_written(night: Night, effect: Effect) -> Iterator[str]:
    job = night.record_of(effect.given[0])
    if job is None or job.stop is None:
        yield f"Stop was called for {effect.given[0]}, and no order is written."


def a_stop_for_a_finding_has_its_evidence(night: Night, effect: Effect) -> Iterator[str]:
    """The evidence is written with the order; later looks may see a curve that came back."""
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or not _newly_ordered(job, before):
        return
    if not job.seen.live or not any(finding.may_stop for finding in job.findings):
        yield f"{effect.about} is to be stopped for a finding, and there is none on a live curve."


def only_an_armed_run_is_stopped_for_a_finding(night: Night, effect: Effect) -> Iterator[str]:
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or not _newly_ordered(job, before):
        return
    if job.orders.auto_stop is not AutoStop.ON:
        yield f"{effect.about} is to be stopped for a finding, and auto_stop is {job.orders.auto_stop}."


def no_stop_is_called_while_the_kill_switch_is_on(night: Night, effect: Effect) -> Iterator[str]:
    """A process cannot know of a switch that is turned while its very call is under way."""
    process = effect.process
    if night.switched_on is not None and process is not None and night.switched_on <= process.known:
        yield f"{process.name} called Stop for {effect.given[0]}; it could know that the kill switch is on."


def the_breaker_bounds_the_orders_of_an_hour(night: Night, effect: Effect) -> Iterator[str]:
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or not _newly_ordered(job, before):
        return
    hour = [key for at, key in night.ordered if effect.at < at + timedelta(hours=1)]
    night.ordered.append((effect.at, job.key))
    if len(hour) >= STOPS_PER_HOUR:
        yield f"{len(hour) + 1} stops for findings were ordered within an hour, {STOPS_PER_HOUR} may be."


def only_a_job_of_ours_is_stopped(night: Night, effect: Effect) -> Iterator[str]:
    found = next((arn for arn in night.world.jobs.requests if effect.given[0] == arn), None)
    request = night.world.jobs.requests.get(found or "")
    if found is None or request is None or STACK_TAG not in request.tags or found not in night.created:
        yield f"Stop was called for {effect.given[0]}, which the guard did not create."


def a_stop_is_confirmed_by_the_end_of_its_job(night: Night, effect: Effect) -> Iterator[str]:
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or job.stop is None or job.stop.confirmed_at is None:
        return
    if isinstance(before, JobRecord) and before.stop and before.stop.confirmed_at:
        return
    found = night.world.jobs.described.get(job.arn or "")
    if found is not None and found.status not in {status.value for status in TERMINAL}:
        yield f"The stop of {effect.about} is written as confirmed, and the job is {found.status}."


def max_hours_are_granted(night: Night, effect: Effect) -> Iterator[str]:
    """Two clocks may each be off by a quarter of an hour: the service's and the watch's."""
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or not _newly_ordered(job, before, StopReason.MAX_HOURS):
        return
    born = night.born.get(job.arn or "")
    least = timedelta(hours=job.orders.max_hours) - timedelta(minutes=30)
    if born is not None and effect.at < born + least:
        yield f"{effect.about} is to be stopped after {effect.at - born}, long before its max_hours."


def _newly_ordered(job: JobRecord, before: object, reason: StopReason = StopReason.FINDING) -> bool:
    fresh = not isinstance(before, JobRecord) or (before.version < job.version and before.stop is None)
    return fresh and job.stop is not None and job.stop.reason is reason


PROMISES = {
    "jobs.stop": (
        a_stop_is_called_after_its_order_is_written,
        no_stop_is_called_while_the_kill_switch_is_on,
        only_a_job_of_ours_is_stopped,
    ),
    "store.save_job": (
        a_stop_for_a_finding_has_its_evidence,
        only_an_armed_run_is_stopped_for_a_finding,
        the_breaker_bounds_the_orders_of_an_hour,
        a_stop_is_confirmed_by_the_end_of_its_job,
        max_hours_are_granted,
    ),
}
