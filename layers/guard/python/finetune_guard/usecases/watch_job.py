"""What a tick does with one job: describe, list, read what changed, judge, tell, write, stop."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from finetune_guard.core import job_judgements, observing, ordering_stops
from finetune_guard.core.breaker import held_back as held_by_breaker
from finetune_guard.core.breaker import held_uncounted, place_of, with_place
from finetune_guard.core.errors import (
    NameTakenError,
    NotFoundError,
    ServiceError,
    StaleRecordError,
    UnreadableRecordError,
)
from finetune_guard.core.jobs import JobRecord, JobStatus, StopReason
from finetune_guard.core.journal_keys import events_key
from finetune_guard.core.learning import learnt
from finetune_guard.core.metrics_log import event_lines
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.rebuilding import with_events
from finetune_guard.core.wording import held_back, news, unheeded
from finetune_guard.ports import Clock, Journal, MetricSource, RunStore, TrainingJobs
from finetune_guard.usecases.judge import Judge, comparison_findings, job_findings
from finetune_guard.usecases.look_at_files import FileTools, with_readable_files
from finetune_guard.usecases.told import told_of


@dataclass(frozen=True, slots=True)
class JobTools:
    """What looking at one job needs of the world; the last two are explained in WatchTools."""

    store: RunStore
    jobs: TrainingJobs
    metrics: MetricSource
    journal: Journal
    clock: Clock
    judge: Judge
    stops_per_hour: int
    shared: Lock

    @property
    def for_files(self) -> FileTools:
        """Those that looking at its files needs."""
        return FileTools(self.metrics, self.journal, self.judge)


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a look.

    Attributes:
        job: As written.
        stop_called: Whether Stop was called.
        unread: One sentence for each record beside the job's own that could not be read, and for a log that
            could not be written, which were done without.
    """

    job: JobRecord
    stop_called: bool = False
    unread: tuple[str, ...] = ()


def watch_job(job: JobRecord, tools: JobTools, control: Control) -> Looked:
    """Looks at one open job.

    Raises:
        StaleRecordError: Another tick wrote the job first; nothing of this look counts.
        ServiceError: A service did not answer; the next tick looks again. Where only the metric files could
            not be had, what is due whatever they show was done before.
    """
    if job.status is JobStatus.INTENDED and tools.clock.now() < job.intended_at + observing.INTENT_DUE:
        return Looked(job)
    found = _described(job, tools)
    # Not before the answer: a Get that hung for minutes would date an end before it happened.
    now = tools.clock.now()
    try:
        looked = with_readable_files(found, tools.for_files, now)
    except ServiceError:
        _stop_unseen(job, found, tools, control, now)
        raise
    looked = job_judgements.with_job_findings(looked, job_findings(looked, now), looked.counts)
    unread: list[str] = []
    considered = ordering_stops.stop_considered(looked, now, control)
    looked = _through_breaker(job, considered, tools, now, unread)
    looked = observing.closed(looked, now, has_curve=looked.seen.rows > 0)
    known = _known(looked, tools.store, unread) if looked.closed else None
    if known:
        looked = job_judgements.compared(looked, comparison_findings(looked, known))
    _tell(job, looked, tools, control, now, unread)
    if known:
        _learn(looked, tools, now)
    saved = tools.store.save_job(replace(looked, ticked_at=now))
    return replace(_stop(saved, tools, control, now), unread=tuple(unread))


def _stop_unseen(job: JobRecord, found: JobRecord, tools: JobTools, control: Control, now: datetime) -> None:
    """Orders, tells and calls the stop of a job whose files could not be had.

    A right that was taken away must not let it run past its limit, or past a person's order. It counts as
    not looked at.
    """
    if found.status is not JobStatus.IN_PROGRESS:
        return
    considered = ordering_stops.stop_considered(found, now, control)
    ordered = _through_breaker(job, considered, tools, now, [])
    if ordered.stop is None:
        return
    _tell(job, ordered, tools, control, now, [])
    _stop(tools.store.save_job(ordered), tools, control, now)


def _described(job: JobRecord, tools: JobTools) -> JobRecord:
    if job.status is JobStatus.LOST:
        return job
    try:
        found = tools.jobs.get(job.identifier)
    except NotFoundError:
        return _unanswered(job, tools) if job.status is JobStatus.INTENDED else observing.missing(job)
    ours = job.arn is not None or found.token == job.request.token
    return _explained(observing.described(job, found), tools.journal) if ours else job


def _explained(job: JobRecord, journal: Journal) -> JobRecord:
    """A job found stopped without an order: one of ours, where the record is of a restored table."""
    if job.status is not JobStatus.STOPPED or job.stop is not None:
        return job
    return with_events(job, told_of(job, journal))


def _unanswered(job: JobRecord, tools: JobTools) -> JobRecord:
    """An intent that no job answers: kept while its run may still create it, else closed."""
    now = tools.clock.now()
    if now < job.intended_at + observing.INTENT_GIVEN_UP:
        return job
    run = tools.store.run(job.key.run_id)
    return observing.never_created(job, now) if run.ended or run.aborted else job


def _through_breaker(
    before: JobRecord, after: JobRecord, tools: JobTools, now: datetime, unread: list[str]
) -> JobRecord:
    """The record; a new order for a finding is taken back where the hour has no place for one more stop.

    The place is taken before the order is written, so that a crash between the two costs a place and never
    makes a stop too many. Where the stops of the hour cannot be read there is no place.

    Raises:
        StaleRecordError: Another tick took a place at the same moment; the next one looks again.
    """
    order = after.stop
    if order is None or before.stop or order.confirmed_at or order.reason is not StopReason.FINDING:
        return after
    with tools.shared:
        try:
            breaker = tools.store.breaker()
        except UnreadableRecordError as exc:
            unread.append(str(exc))
            return held_uncounted(after, now)
        placed = with_place(breaker, place_of(after), now, tools.stops_per_hour)
        if placed is None:
            return held_by_breaker(after, breaker, now, tools.stops_per_hour)
        tools.store.save_breaker(placed)
    return after


def _tell(
    before: JobRecord,
    after: JobRecord,
    tools: JobTools,
    control: Control,
    now: datetime,
    unread: list[str],
) -> None:
    """Records every alert that the change calls for; each is recorded once, whoever finds it."""
    alerts = list(news(before, after, now))
    withheld = ordering_stops.withheld(after, now) if control.kill_switch else None
    if withheld:
        alerts.append(held_back(after, withheld, now))
    # Bedrock cannot confirm what the switch has kept from it.
    late = unheeded(after, now) if withheld is None or withheld.called_at else None
    if late:
        alerts.append(late)
    if not alerts:
        return
    _refuse_stale(before, tools.store)
    for alert in alerts:
        tools.store.add_alert(alert)
    try:
        _log_events(after, tools)
    except ServiceError as exc:
        # A limit and an order need no evidence but the record; the next alert writes the log anew.
        if after.stop is None or after.stop.reason is StopReason.FINDING:
            raise
        unread.append(f"{after.key.run_id} {after.key.short}: {type(exc).__name__}: {exc}")


def _log_events(job: JobRecord, tools: JobTools) -> None:
    mine = [alert for alert in tools.store.alerts(job.key.run_id) if alert.job == job.key.short]
    log = events_key(job.request.job_name)
    tools.journal.keep(log, event_lines(mine).encode(), "application/x-ndjson")


def _refuse_stale(job: JobRecord, store: RunStore) -> None:
    """Looks once more before anything is told: an old record may lack the order that explains it."""
    stored = store.job(job.key)
    if stored.version != job.version:
        raise StaleRecordError(f"Job {job.key.short} is at version {stored.version}, not {job.version}.")


def _known(job: JobRecord, store: RunStore, unread: list[str]) -> BaseModelFacts | None:
    """What is known of the job's base; None where it cannot be read, and so is not written over either."""
    try:
        return store.base_model(job.request.base_model_id)
    except UnreadableRecordError as exc:
        unread.append(str(exc))
        return None


def _learn(job: JobRecord, tools: JobTools, now: datetime) -> None:
    """Read anew: another job of the base may have closed since this one was compared with what was known."""
    with tools.shared:
        known = tools.store.base_model(job.request.base_model_id)
        facts = learnt(known, job, now)
        if facts is not known:
            tools.store.learn(facts)


def _stop(job: JobRecord, tools: JobTools, control: Control, now: datetime) -> Looked:
    """Calls Stop when it is due, after the order and its evidence are written."""
    if not ordering_stops.stop_due(job, now, control):
        return Looked(job)
    # Asked again: the switch may have been turned on since the tick began.
    if tools.store.control().kill_switch:
        return Looked(job)
    # The service refuses a stop in some states, and after the end (docs/bedrock.md, 1.3); the next Get tells.
    with suppress(NameTakenError):
        tools.jobs.stop(job.identifier)
    return Looked(tools.store.save_job(ordering_stops.stop_called(job, now)), stop_called=True)
