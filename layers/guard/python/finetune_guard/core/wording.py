"""What people are told: the alerts of a tick and of the end of a run, as an e-mail reads.

Never a prompt, a completion or a failureMessage, which may quote a record: it stays in record and report.
"""

from datetime import datetime, timedelta

from finetune_guard.core.alerts import Alert, AlertKind, alert_id, body, subject_line
from finetune_guard.core.decisions import AutoStop, OnAbort
from finetune_guard.core.findings import Finding, Severity
from finetune_guard.core.jobs import HeldStop, JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import dollars, spent_on

#: A stop that Bedrock has not confirmed after this is told of (fault row 27).
CONFIRMATION_DUE = timedelta(minutes=30)


def news(before: JobRecord, after: JobRecord, now: datetime) -> tuple[Alert, ...]:
    """The alerts that a tick's change of a job's record calls for, most urgent first."""
    stops = (_stop_news(before, after, now), _breaker_news(before, after, now))
    acted = (*stops, _shadow_news(before, after, now))
    told = {alert.finding for alert in acted if alert}
    ends = (_confirmation_news(before, after, now), _end_news(before, after, now))
    found = (finding_alert(after, new, now) for new in _new_findings(before, after) if new not in told)
    return tuple(alert for alert in (*acted, *ends, *found) if alert)


def _new_findings(before: JobRecord, after: JobRecord) -> tuple[Finding, ...]:
    told = {(finding.signal, finding.severity) for finding in before.findings}
    fresh: dict[tuple[str, str], Finding] = {}
    for finding in after.findings:
        if finding.severity is not Severity.INFO and (finding.signal, finding.severity) not in told:
            fresh.setdefault((finding.signal, finding.severity), finding)
    return tuple(fresh.values())


def about(job: JobRecord) -> str:
    """Two to six lines that say which job this is and what can be seen of it."""
    seen = job.seen
    lines = [
        f"Job:       {job.request.job_name}",
        f"Run:       {job.key.run_id} ({job.key.told})",
        f"Base:      {job.request.base_model_id}",
        f"Status:    {job.status}",
        f"Evidence:  {job.evidence}",
    ]
    if seen.rows and seen.last_loss is not None and seen.first_loss is not None:
        planned = f" of about {job.orders.planned_steps}" if job.orders.planned_steps else ""
        losses = f"loss {seen.first_loss:.4g} at first, {seen.last_loss:.4g} now"
        lines.append(f"Curve:     step {seen.last_step}{planned}, {losses}")
    return "\n".join(lines)


def _alert(
    job: JobRecord,
    kind: AlertKind,
    severity: Severity,
    subject: str,
    paragraphs: tuple[str, ...],
    now: datetime,
    finding: Finding | None = None,
) -> Alert:
    detail = f"{finding.signal}/{finding.severity}" if finding and kind is AlertKind.FINDING else ""
    text = "\n\n".join((*paragraphs, about(job), "Finetune Guard")) + "\n"
    return Alert(
        alert_id=alert_id(job.key.run_id, job.key.short, kind, detail),
        kind=kind,
        severity=severity,
        run_id=job.key.run_id,
        job=job.key.short,
        subject=subject_line(subject),
        text=body(text),
        created_at=now,
        finding=finding,
    )


def _steps(finding: Finding) -> str:
    if finding.first_step is None:
        return ""
    to = "" if finding.last_step in (None, finding.first_step) else f" to {finding.last_step}"
    return f" (step {finding.first_step}{to})"


def finding_alert(job: JobRecord, finding: Finding, now: datetime) -> Alert:
    """The one alert about this signal at this severity on this job."""
    signal = finding.signal.replace("_", " ")
    paragraphs = (
        f"{finding.severity.capitalize()}: {signal}{_steps(finding)}.\n{finding.sentence}",
        f"What to do: {finding.advice}",
    )
    subject = f"{finding.severity.upper()} {signal}: {job.request.job_name}"
    return _alert(job, AlertKind.FINDING, finding.severity, subject, paragraphs, now, finding)


def _advice(finding: Finding | None) -> tuple[str, ...]:
    return (f"What to do: {finding.advice}",) if finding else ()


def _evidence_finding(job: JobRecord) -> Finding | None:
    return next((finding for finding in job.findings if finding.may_stop), None)


def _stop_news(before: JobRecord, after: JobRecord, now: datetime) -> Alert | None:
    if after.stop is None or before.stop is not None:
        return None
    by = {
        StopReason.FINDING: "auto_stop is on, and this failure does not recover by itself.",
        StopReason.MAX_HOURS: "run.max_hours is your own order; it holds whatever auto_stop says.",
        StopReason.PERSON: "A person asked for it.",
        StopReason.ABORTED: "The execution was aborted and run.on_abort is stop.",
    }[after.stop.reason]
    finding = _evidence_finding(after) if after.stop.reason is StopReason.FINDING else None
    paragraphs = (
        f"The job is being stopped.\n{after.stop.sentence}",
        *_advice(finding),
        f"Why it is stopped: {by}",
        "A stopped job cannot be resumed, keeps no model, and bills the tokens it used. "
        "A second mail follows when Bedrock has confirmed the stop.",
    )
    subject = f"STOPPING {after.request.job_name}"
    return _alert(after, AlertKind.STOPPING, Severity.CRITICAL, subject, paragraphs, now, finding)


def _breaker_news(before: JobRecord, after: JobRecord, now: datetime) -> Alert | None:
    held = after.held
    if held is None or before.held is not None:
        return None
    finding = _evidence_finding(after)
    possible = held.until + timedelta(seconds=59)
    paragraphs = (
        _why_held(held),
        f"Why this job was to be stopped: {held.sentence}",
        *_advice(finding),
        f"It runs on and bills. To stop it by hand: finetune-guard stop {after.key.run_id}\n"
        f"The next stop is possible at {possible:%H:%M} UTC; if this one is still due then, it is made.",
    )
    subject = f"NOT STOPPED, breaker: {after.request.job_name}"
    return _alert(after, AlertKind.BREAKER_TRIPPED, Severity.CRITICAL, subject, paragraphs, now, finding)


def _why_held(held: HeldStop) -> str:
    if not held.stops:
        return (
            "NOT STOPPED, breaker: the record of the stops of the last hour cannot be read, so nobody knows "
            "whether one more may be made. The watch's log names the record and says what to do."
        )
    jobs = "1 job was" if held.stops == 1 else f"{held.stops} jobs were"
    return (
        f"NOT STOPPED, breaker: in the last hour {jobs} stopped for what their curves showed, and no more "
        "may be (deploy option stopsPerHour). So many at once more likely means a fault of the service or of "
        "Finetune Guard than of each job, and a stopped job keeps no model."
    )


def _confirmation_news(before: JobRecord, after: JobRecord, now: datetime) -> Alert | None:
    stop = after.stop
    if stop is None or stop.confirmed_at is None or (before.stop and before.stop.confirmed_at):
        return None
    spent = spent_on(after)
    used = f"about {spent.tokens:,} tokens" + (f", {dollars(spent.usd)}" if spent.usd is not None else "")
    bound = " at most" if spent.upper_bound else ""
    if stop.outcome == JobStatus.STOPPED:
        what = f"Bedrock confirms that the job is stopped. It used{bound} {used}."
        subject = f"STOPPED {after.request.job_name}"
    else:
        what = f"The job ended as {stop.outcome} before the stop took hold. It used{bound} {used}."
        subject = f"{stop.outcome.upper()} before the stop: {after.request.job_name}"
    paragraphs = (what, f"Why it was to be stopped: {stop.sentence}")
    return _alert(after, AlertKind.STOP_CONFIRMED, Severity.WARNING, subject, paragraphs, now)


def _shadow_news(before: JobRecord, after: JobRecord, now: datetime) -> Alert | None:
    if not after.shadow_stop or before.shadow_stop:
        return None
    finding = _evidence_finding(after)
    paragraphs = (
        f"WOULD HAVE STOPPED this job.\n{after.shadow_stop}",
        *_advice(finding),
        f"auto_stop is {AutoStop.SHADOW}: nothing was stopped, the job runs on and bills. To stop such jobs, "
        'set "monitoring": {"auto_stop": "on"} in the config, or use `finetune-guard run --auto-stop`. '
        f"To stop this one: finetune-guard stop {after.key.run_id}",
    )
    subject = f"WOULD HAVE STOPPED {after.request.job_name}"
    return _alert(after, AlertKind.WOULD_HAVE_STOPPED, Severity.CRITICAL, subject, paragraphs, now, finding)


def _end_news(before: JobRecord, after: JobRecord, now: datetime) -> Alert | None:
    if before.status is after.status:
        return None
    name = after.request.job_name
    if after.status is JobStatus.FAILED:
        text = (
            "The job failed inside Bedrock. The service's own message is in the report and the run's record."
        )
        return _alert(after, AlertKind.JOB_FAILED, Severity.CRITICAL, f"FAILED {name}", (text,), now)
    if after.status is JobStatus.LOST:
        text = "Bedrock says, three looks in a row, that it has no such job. Its record is kept."
        return _alert(after, AlertKind.JOB_LOST, Severity.CRITICAL, f"LOST {name}", (text,), now)
    if after.status is JobStatus.STOPPED and after.stop is None:
        text = "Somebody stopped the job; Finetune Guard did not. Nothing is retried, no model was kept."
        return _alert(
            after, AlertKind.ENDED_BY_A_PERSON, Severity.WARNING, f"ENDED BY A PERSON {name}", (text,), now
        )
    return None


def unheeded(job: JobRecord, now: datetime) -> Alert | None:
    """The alert about a stop that Bedrock has not confirmed for half an hour."""
    stop = job.stop
    if stop is None or stop.confirmed_at or now < stop.decided_at + CONFIRMATION_DUE:
        return None
    paragraphs = (
        f"A stop was ordered at {stop.decided_at:%Y-%m-%d %H:%M} UTC and Bedrock has not confirmed it. "
        "The job may still be running and billing; look at it in the Bedrock console.",
        f"Why it was to be stopped: {stop.sentence}",
    )
    subject = f"STOP NOT CONFIRMED {job.request.job_name}"
    return _alert(job, AlertKind.STOP_NOT_CONFIRMED, Severity.CRITICAL, subject, paragraphs, now)


def held_back(job: JobRecord, stop: StopOrder, now: datetime) -> Alert:
    """The alert about a stop that is due and that the kill switch holds back."""
    paragraphs = (
        "This job should be stopped now, but the kill switch is on: no job is stopped. It runs on and bills.",
        f"Why it was to be stopped: {stop.sentence}",
        "To let jobs be stopped again: finetune-guard kill-switch off",
    )
    subject = f"NOT STOPPED, kill switch is on: {job.request.job_name}"
    return _alert(job, AlertKind.STOP_HELD_BACK, Severity.CRITICAL, subject, paragraphs, now)


def aborted_alert(run: Run, status: str, open_jobs: tuple[JobRecord, ...], now: datetime) -> Alert:
    """The alert about an execution that ended while its run had not."""
    names = "\n".join(f"- {job.request.job_name} ({job.status})" for job in open_jobs)
    stopping = run.plan is not None and run.plan.on_abort is OnAbort.STOP
    after = (
        "run.on_abort is stop: they are being stopped."
        if stopping
        else (f"run.on_abort is alert: they run on and bill. To stop them: finetune-guard stop {run.run_id}")
    )
    jobs = (
        f"Jobs of the run that are not over:\n{names}\n{after}" if names else "None of its jobs is running."
    )
    what = f"The execution of run {run.run_id} ended as {status}."
    text = "\n\n".join((what, jobs, run.execution_arn, "Finetune Guard")) + "\n"
    return Alert(
        alert_id=alert_id(run.run_id, "", AlertKind.EXECUTION_ABORTED, str(run.attempt or "")),
        kind=AlertKind.EXECUTION_ABORTED,
        severity=Severity.CRITICAL if names else Severity.WARNING,
        run_id=run.run_id,
        job="",
        subject=subject_line(
            f"EXECUTION {status}: {run.job_name}" + (", jobs still running and billing" if names else "")
        ),
        text=body(text),
        created_at=now,
    )
