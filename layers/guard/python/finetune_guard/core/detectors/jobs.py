"""What can be seen of a job without a curve: a phase that stalls, no progress, rejected records, slow growth.

Imports no numpy: the watch's quiet tick loads this module. Times are the service's own, UTC; `now` is
passed in.
"""

from datetime import datetime, timedelta

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.detectors.pace import growth
from finetune_guard.core.findings import Answer, Finding, NotEnoughData, Quiet, Severity, Signal
from finetune_guard.core.jobs import JobRecord, JobStatus, Phase, Phases, PhaseStatus, RecordCounts
from finetune_guard.core.limits import NoProgressLimits, PhaseStallLimits, RejectedRecordsLimits
from finetune_guard.core.thresholds import ThresholdPack

VERSION = "1"
#: Rows that must have been seen to grow before a job has a rhythm of its own.
ROWS_FOR_A_RHYTHM = 3


def findings_of(job: JobRecord, now: datetime, pack: ThresholdPack) -> tuple[Finding, ...]:
    """Every finding on the job itself, as it stands now; stalls are looked for while it runs."""
    answers: list[Answer] = [
        rejected_records(job.counts, pack.rejected_records),
        growth(job.seen, pack.step_time),
    ]
    if job.status is JobStatus.IN_PROGRESS:
        answers.append(phase_stall(job.phases, now, pack.phase_stall))
        answers.append(no_progress(job, now, pack.no_progress))
    return tuple(answer for answer in answers if isinstance(answer, Finding))


def phase_stall(phases: Phases, now: datetime, limits: PhaseStallLimits) -> Answer:
    """Whether a phase does not begin, or does not end, in time.

    The silent stall has been seen for 25 to 74 hours: validated data, training NotStarted, no message. Good
    jobs went on within minutes and validated in 2 to 4 (docs/bedrock.md, 2.3).
    """
    if phases.validation is None and phases.training is None:
        return NotEnoughData(Signal.PHASE_STALL, 0, 1)
    checks = (
        _unstarted(phases, now, limits.training_start_hours),
        _unfinished("validation", phases.validation, now, limits.validation_hours),
        _unfinished("data processing", phases.data_processing, now, limits.processing_hours),
    )
    for check in checks:
        if check is not None:
            hours, limit, sentence, advice = check
            return _finding(Signal.PHASE_STALL, limits.severity, (hours, limit), sentence, advice)
    return Quiet(Signal.PHASE_STALL)


def no_progress(job: JobRecord, now: datetime, limits: NoProgressLimits) -> Answer:
    """Whether a running job has stopped moving, measured by its own rhythm where it has a live curve.

    Without a live curve nothing is visible between two phases, so only a long silence counts; there the limit
    must be longer than a whole training of the kind takes.
    """
    training = job.phases.training
    if job.seen.live and job.seen.grew_at and training and training.started:
        return _stuck_curve(job.seen, training.started, now, limits)
    changed = _last_change(job)
    if changed is None:
        return NotEnoughData(Signal.NO_PROGRESS, 0, 1)
    hours = _hours(now - changed)
    if hours <= limits.silent_hours:
        return Quiet(Signal.NO_PROGRESS)
    sentence = (
        f"Neither the status nor a phase of the job has changed for {hours:.1f} hours (at most "
        f"{limits.silent_hours:g} are granted), and no loss is visible."
    )
    advice = (
        "Look at the job in the Bedrock console; set run.max_hours so that a job without an end is stopped."
    )
    return _finding(Signal.NO_PROGRESS, limits.severity, (hours, limits.silent_hours), sentence, advice)


def rejected_records(counts: RecordCounts | None, limits: RejectedRecordsLimits) -> Answer:
    """Whether the service left records out; the job goes on all the same (docs/bedrock.md, 2.3)."""
    if counts is None or counts.total <= 0:
        return NotEnoughData(Signal.REJECTED_RECORDS, 0, 1)
    lost = counts.total - counts.accepted
    if lost <= 0:
        return Quiet(Signal.REJECTED_RECORDS)
    share = lost / counts.total
    severity = _severity_of_share(share, limits)
    threshold = limits.critical_share if severity is Severity.CRITICAL else limits.warn_share
    partly = f" ({counts.partially_accepted:,} of them in part)" if counts.partially_accepted else ""
    sentence = (
        f"Bedrock did not accept {lost:,} of {counts.total:,} records{partly}, {share:.1%}; it trains on "
        "the rest."
    )
    advice = "Run `finetune-guard validate` on the file: it names the records and what is wrong with them."
    return _finding(Signal.REJECTED_RECORDS, severity, (share, threshold), sentence, advice)


def _severity_of_share(share: float, limits: RejectedRecordsLimits) -> Severity:
    if share >= limits.critical_share:
        return Severity.CRITICAL
    return limits.severity if share > limits.warn_share else Severity.INFO


_Check = tuple[float, float, str, str]


def _unstarted(phases: Phases, now: datetime, limit: float) -> _Check | None:
    validation, training = phases.validation, phases.training
    if validation is None or validation.status is not PhaseStatus.COMPLETED or validation.changed is None:
        return None
    if training is not None and training.status is not PhaseStatus.NOT_STARTED:
        return None
    ready = _ready(phases, validation.changed)
    if ready is None or _hours(now - ready) <= limit:
        return None
    hours = _hours(now - ready)
    sentence = (
        f"The data were ready {_span(hours)} ago and training has not started (at most {_span(limit)} "
        "are granted); jobs that stalled like this never started by themselves."
    )
    advice = (
        "Stop the job and create it again; if it stalls once more, ask AWS Support. Nothing is billed for "
        "tokens yet."
    )
    return hours, limit, sentence, advice


def _ready(phases: Phases, validated: datetime) -> datetime | None:
    """When training could have started; None while the data are still being processed."""
    processing = phases.data_processing
    if processing is None or processing.status is PhaseStatus.NOT_STARTED:
        return validated
    if processing.status is not PhaseStatus.COMPLETED:
        return None
    return max(validated, processing.changed or validated)


def _unfinished(name: str, phase: Phase | None, now: datetime, limit: float) -> _Check | None:
    if phase is None or phase.status is not PhaseStatus.IN_PROGRESS:
        return None
    since = phase.started or phase.changed
    if since is None or _hours(now - since) <= limit:
        return None
    hours = _hours(now - since)
    sentence = (
        f"The phase {name} has been in progress for {_span(hours)} (at most {_span(limit)} are granted)."
    )
    advice = "Look at the job in the Bedrock console; a stop now is free of token costs."
    return hours, limit, sentence, advice


def _stuck_curve(seen: CurveSeen, started: datetime, now: datetime, limits: NoProgressLimits) -> Answer:
    if seen.rows < ROWS_FOR_A_RHYTHM or seen.grew_at is None:
        return NotEnoughData(Signal.NO_PROGRESS, seen.rows, ROWS_FOR_A_RHYTHM)
    rhythm = max(_hours(seen.grew_at - started), 0.0) / seen.rows
    limit = max(limits.rhythm * rhythm, limits.least_hours)
    hours = _hours(now - seen.grew_at)
    if hours <= limit:
        return Quiet(Signal.NO_PROGRESS)
    sentence = (
        f"No new row of the loss for {_span(hours)}, after {seen.rows} rows at about {_span(rhythm)} each "
        f"(at most {_span(limit)} are granted); the last is step {seen.last_step}."
    )
    advice = (
        "Look at the job in the Bedrock console; set run.max_hours so that a job without an end is stopped."
    )
    return _finding(Signal.NO_PROGRESS, limits.severity, (hours, limit), sentence, advice)


def _last_change(job: JobRecord) -> datetime | None:
    phases = (job.phases.validation, job.phases.data_processing, job.phases.training)
    times = [time for phase in phases if phase for time in (phase.started, phase.changed) if time]
    return max([*times, *([job.created_at] if job.created_at else [])], default=None)


def _span(hours: float) -> str:
    """A duration as a person says it."""
    if hours >= 1:
        return f"{hours:.1f} hours"
    return f"{hours * 60:.0f} minutes" if hours * 60 >= 1 else f"{hours * 3600:.0f} seconds"


def _hours(span: timedelta) -> float:
    return span.total_seconds() / 3600.0


def _finding(
    signal: Signal, severity: Severity, numbers: tuple[float, float], sentence: str, advice: str
) -> Finding:
    observed, threshold = numbers
    return Finding(signal, severity, None, None, None, observed, threshold, sentence, advice, VERSION)
