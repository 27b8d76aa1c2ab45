"""The mail that tells of the end of a run: what came of it, why, for how much, and what is left."""

from collections.abc import Iterator

from finetune_guard.core.alerts import Alert, AlertKind, alert_id, body, subject_line
from finetune_guard.core.asking import question_words
from finetune_guard.core.billing import CostResult, spent_words
from finetune_guard.core.deciding import chosen_of, last_job
from finetune_guard.core.decisions import Decision, DecisionKind, RunStatus
from finetune_guard.core.findings import Severity
from finetune_guard.core.job_words import in_order, job_words, rate_words
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.leaving import Fate, Left, ModelLeft
from finetune_guard.core.refusal_cause import line
from finetune_guard.core.reporting import Result, result_of
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import dollars, spent_on

_END_KINDS = {
    RunStatus.COMPLETED: (AlertKind.RUN_COMPLETED, Severity.INFO),
    RunStatus.REFUSED: (AlertKind.RUN_REFUSED, Severity.WARNING),
    RunStatus.STOPPED: (AlertKind.RUN_STOPPED, Severity.WARNING),
    RunStatus.FAILED: (AlertKind.RUN_FAILED, Severity.CRITICAL),
}
#: What a subject says of a decision that is better known by its policy line than by its kind. A line that a
#: rehearsal and a segment share stands here without its first word.
_IN_SHORT = {
    "preflight.refused": "pre-flight",
    "too_hot.again": "too hot twice",
    "too_hot.no_lower_rate": "too hot",
    "inconclusive.refuse": "rehearsal inconclusive",
    "create_refused": "Bedrock refused the job",
    "job_lost": "job lost",
    "job_failed": "job failed",
    "max_hours": "max_hours reached",
    "stopped": "stopped for its curve",
    "budget.reached": "budget reached",
    "sweep.none": "no rate can be used",
    "rehearsal.unanswered.refuse": "nobody answered",
    "rehearsal.answered.refuse": "a person answered refuse",
    "run.aborted": "execution aborted",
    "run.overdue": "still running and billing",
}


def end_alert(run: Run) -> Alert:
    """The mail that tells of the end of a run: what came of it, why, for how much, and what is left."""
    kind, severity = _END_KINDS[run.status]
    result = result_of(run)
    what = "DO NOT USE THE MODEL" if _trained_in_vain(run) else run.status.upper()
    note = _note(run)
    text = "\n\n".join(part for part in _paragraphs(run, result) if part) + "\n"
    return Alert(
        alert_id=alert_id(run.run_id, "", kind, str(run.attempt or "")),
        kind=kind,
        severity=severity,
        run_id=run.run_id,
        job="",
        subject=subject_line(f"{what}: {run.job_name}" + (f" ({note})" if note else "")),
        text=body(text),
        created_at=run.ended_at or run.started_at,
    )


def _trained_in_vain(run: Run) -> bool:
    """Whether a full run completed and its model should not be used, and there is no other."""
    last = last_job(run)
    completed = last is not None and not last.throw_away and last.status is JobStatus.COMPLETED
    return run.status is RunStatus.REFUSED and completed and run.kept_job is None


def _note(run: Run) -> str:
    """The decision in a few words, and which model is kept where it is not simply the last."""
    if not run.decisions:
        return ""
    said = _decision_in_short(run, run.decisions[-1].decision)
    kept = run.kept_job
    one_of_many = kept is not None and (kept.key.segment or kept.rehearsal)
    return f"{said}, {job_words(run, kept)} kept" if kept and one_of_many and said else said


def _decision_in_short(run: Run, decision: Decision) -> str:
    short = _IN_SHORT.get(decision.policy) or _IN_SHORT.get(decision.policy.partition(".")[2])
    if short:
        return short
    chosen = chosen_of(run, run.plan) if run.plan and decision.policy.startswith("sweep.") else None
    if chosen and run.plan and run.plan.learning_rate:
        return f"{run.plan.learning_rate.key} {chosen.tried.rate:f} chosen"
    tells = run.status is RunStatus.COMPLETED or decision.kind is DecisionKind.ENDED_BY_A_PERSON
    return decision.kind.value if tells else ""


def _paragraphs(run: Run, result: Result) -> tuple[str, ...]:
    problems = "\n".join(f"- {line(problem)}" for problem in run.problems)
    return (
        f"Run {run.run_id}: {run.status}.\nDecision: {result.decision}. {result.sentence}",
        f"What pre-flight found:\n{problems}" if problems else "",
        "\n".join(question_words(question) for question in run.questions),
        _ran(run, result),
        _money(result),
        left_words(run, result.left),
        f"How to use your model:\n{result.how_to_use}" if result.how_to_use else "",
        _whole_story(run),
        f"Execution: {run.execution_arn}",
        "Finetune Guard",
    )


def _ran(run: Run, result: Result) -> str:
    lines = [f"- {_job_line(run, job, result.model_arn)}" for job in in_order(run)]
    return "What ran:\n" + "\n".join(lines) if lines else "No job was created; nothing was spent."


def _job_line(run: Run, job: JobRecord, model_arn: str | None) -> str:
    rate, spent = rate_words(run, job), spent_on(job)
    cost = "" if spent.usd is None else f"{'at most ' if spent.upper_bound else ''}{dollars(spent.usd)}"
    validation = job.seen.last_validation
    parts = (
        f"{job_words(run, job)}: {job.status}",
        "too hot" if job.too_hot else "",
        f"{job.verdict or 'not judged'} ({job.evidence})",
        f"{job.seen.last_step or 0} steps",
        "" if validation is None else f"validation loss {validation:.4g}",
        f"rate {rate}" if rate else "",
        cost,
        "ITS MODEL IS KEPT" if model_arn and job.model_arn == model_arn else "",
    )
    return ", ".join(part for part in parts if part)


def _money(result: Result) -> str:
    if not result.stages:
        return ""
    return f"Cost: {money_words(result.cost)}"


def money_words(cost: CostResult) -> str:
    """What was spent, of what, at which price, and what was saved and how that was found."""
    if cost.spent_usd is None:
        return f"{spent_words(cost)} trained; {cost.price_source}."
    planned = f" of {dollars(cost.estimated_usd)} planned" if cost.estimated_usd is not None else ""
    used = f"{spent_words(cost)}{planned} ({cost.tokens:,} tokens; price: {cost.price_source})."
    return f"{used} {cost.saved_how}".rstrip()


def left_words(run: Run, left: Left) -> str:
    """What is in the account, a line each; "" where nothing is."""
    return "\n".join(_left_lines(run, left))


def _left_lines(run: Run, left: Left) -> Iterator[str]:
    for job in left.running:
        usd = f", up to {dollars(job.usd)}" if job.usd is not None else ""
        yield f"STILL RUNNING AND BILLING: {job.job_name}{usd}. To stop it: finetune-guard stop {run.run_id}"
    for model in _of_fate(left, Fate.KEPT):
        yield f"Your model ({model.words}{_month(model)}): {model.model_arn}"
    for model in _of_fate(left, Fate.NOT_TO_BE_USED):
        yield f"Not to be used, delete it yourself ({model.words}{_month(model)}): {model.model_arn}"
    yield from _deleted_later(_of_fate(left, Fate.DELETED_LATER))


def _of_fate(left: Left, fate: Fate) -> tuple[ModelLeft, ...]:
    return tuple(model for model in left.models if model.fate is fate)


def _month(model: ModelLeft) -> str:
    return f", {dollars(model.usd_per_month)} a month to keep" if model.usd_per_month else ""


def _deleted_later(models: tuple[ModelLeft, ...]) -> Iterator[str]:
    """Models that nobody has to care for, gathered by when they go; the report has their ARNs."""
    for after in dict.fromkeys(model.delete_after for model in models):
        words = "; ".join(model.words for model in models if model.delete_after == after)
        when = f"after {after:%Y-%m-%d %H:%M} UTC, within the hour" if after else "once they are not needed"
        yield f"Models that are deleted for you {when}: {words}"


def _whole_story(run: Run) -> str:
    report = f"\nThe whole report: {run.report_uri}" if run.report_uri else ""
    return f"The whole story: finetune-guard report {run.run_id}{report}"
