"""The mail that tells of the end of a run: what came of it, why, for how much, and what is left."""

from finetune_guard.core.alerts import Alert, AlertKind, alert_id, body, subject_line
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.findings import Severity
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.refusal_cause import line
from finetune_guard.core.reporting import Result, main_job, result_of
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import dollars

_END_KINDS = {
    RunStatus.COMPLETED: (AlertKind.RUN_COMPLETED, Severity.INFO),
    RunStatus.REFUSED: (AlertKind.RUN_REFUSED, Severity.WARNING),
    RunStatus.STOPPED: (AlertKind.RUN_STOPPED, Severity.WARNING),
    RunStatus.FAILED: (AlertKind.RUN_FAILED, Severity.CRITICAL),
}


def end_alert(run: Run) -> Alert:
    """The mail that tells of the end of a run: what came of it, why, for how much, and what is left."""
    kind, severity = _END_KINDS[run.status]
    result = result_of(run)
    what = "DO NOT USE THE MODEL" if _trained_in_vain(run) else run.status.upper()
    text = "\n\n".join(part for part in _end_paragraphs(run, result) if part) + "\n"
    return Alert(
        alert_id=alert_id(run.run_id, "", kind, str(run.attempt or "")),
        kind=kind,
        severity=severity,
        run_id=run.run_id,
        job="",
        subject=subject_line(f"{what}: {run.job_name}{_note(run, result)}"),
        text=body(text),
        created_at=run.ended_at or run.started_at,
    )


def _note(run: Run, result: Result) -> str:
    return f" ({result.decision})" if run.status is RunStatus.COMPLETED else ""


def _trained_in_vain(run: Run) -> bool:
    """Whether the full run completed and its model should not be used."""
    main = main_job(run)
    completed = main is not None and not main.throw_away and main.status is JobStatus.COMPLETED
    return run.status is RunStatus.REFUSED and completed


def _end_paragraphs(run: Run, result: Result) -> tuple[str, ...]:
    problems = "\n".join(f"- {line(problem)}" for problem in run.problems)
    return (
        f"Run {run.run_id}: {run.status}.\nDecision: {result.decision}. {result.sentence}",
        f"What pre-flight found:\n{problems}" if problems else "",
        _stage_lines(result),
        _money_lines(result),
        _left_behind(run, result),
        f"The whole story: {run.report_uri}" if run.report_uri else "",
        f"Execution: {run.execution_arn}",
        "Finetune Guard",
    )


def _stage_lines(result: Result) -> str:
    lines = []
    for stage in result.stages:
        rate = f", rate {stage.learning_rate}" if stage.learning_rate else ""
        cost = f", {dollars(stage.cost_usd)}" if stage.cost_usd is not None else ""
        judged = f"{stage.verdict or 'not judged'} ({stage.evidence})"
        lines.append(
            f"- {stage.stage} {stage.candidate}: {stage.status}, {judged}, {stage.steps} steps{rate}{cost}"
        )
    return "What ran:\n" + "\n".join(lines) if lines else "No job was created; nothing was spent."


def _money_lines(result: Result) -> str:
    cost = result.cost
    if not result.stages:
        return ""
    if cost.spent_usd is None:
        return f"Cost: about {cost.tokens:,} tokens trained; {cost.price_source}."
    bound = "at most " if cost.spent_is_upper_bound else "about "
    saved = f" About {dollars(cost.saved_usd)} of the plan was not spent." if cost.saved_usd else ""
    planned = f" of {dollars(cost.estimated_usd)} planned" if cost.estimated_usd is not None else ""
    used = f"{bound}{dollars(cost.spent_usd)}{planned}"
    return f"Cost: {used} ({cost.tokens:,} tokens; price: {cost.price_source}).{saved}"


def _left_behind(run: Run, result: Result) -> str:
    lines = []
    if result.model_arn:
        lines.append(f"Your model: {result.model_arn}")
    still_open = [job.request.job_name for job in run.jobs if not job.terminal and job.arn]
    if still_open:
        lines.append(f"STILL RUNNING AND BILLING: {', '.join(still_open)}")
    return "\n".join(lines)
