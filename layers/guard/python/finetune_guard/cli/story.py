"""A run told as a story: what was planned, what ran, what was decided and why, money, what is left."""

import textwrap
from collections.abc import Iterator

from finetune_guard.cli import phrases
from finetune_guard.cli.printable import printable
from finetune_guard.core.decisions import DatedDecision
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.plans import StagePlan
from finetune_guard.core.reporting import CostResult, Outcome, Result, result_of
from finetune_guard.core.runs import Problem, Run

_HEADLINES = {
    Outcome.COMPLETED: "COMPLETED",
    Outcome.REFUSED: "REFUSED",
    Outcome.STOPPED: "STOPPED",
    Outcome.FAILED: "FAILED",
}


def story(run: Run, width: int) -> str:
    """The story as text, wrapped to `width` columns."""
    result = result_of(run)
    chapters = (
        _headline(run, result),
        _chapter("What pre-flight found", _problems(run.problems), width),
        _chapter("What was planned", _plan(run), width),
        _chapter("What ran", _jobs(run), width),
        _chapter("What was decided", _decisions(run.decisions), width),
        _chapter("Money", _money(result.cost), width),
        _chapter("What is left", _left(run, result), width),
    )
    return "\n\n".join(chapter for chapter in chapters if chapter)


def _headline(run: Run, result: Result) -> str:
    what = _HEADLINES[result.outcome] if run.ended else "STILL RUNNING"
    until = f", took {phrases.elapsed(run.started_at, run.ended_at)}" if run.ended_at else ""
    first = f"{what}: {printable(run.job_name)} ({run.mode})"
    return f"{first}\nRun {run.run_id}, started {phrases.moment(run.started_at)}{until}"


def _chapter(title: str, lines: Iterator[str], width: int) -> str:
    """A title and its lines; a line that begins with a blank belongs below the one before it."""
    told = [_wrapped(line, width) for line in lines]
    return "\n".join((title, *told)) if told else ""


def _wrapped(line: str, width: int) -> str:
    """One line, hanging below its own beginning; an ARN is never broken, so that it can be copied."""
    depth = len(line) - len(line.lstrip())
    first, rest = ("    " + "  " * (depth - 1),) * 2 if depth else ("  - ", "    ")
    return textwrap.fill(
        printable(line.strip()),
        width=max(width, 40),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _problems(problems: tuple[Problem, ...]) -> Iterator[str]:
    for problem in problems:
        where = f" at {problem.key}" if problem.key else ""
        yield f"{problem.severity} {problem.code}{where}: {problem.message}"
        if problem.suggestion:
            yield f" {problem.suggestion}"


def _plan(run: Run) -> Iterator[str]:
    plan = run.plan
    if plan is None:
        return
    yield f"base {plan.base_model_id}, auto_stop {plan.auto_stop}, at most {plan.max_hours:g} hours a job"
    for name, stage in (("rehearsal", plan.rehearsal), ("full run", plan.full)):
        if stage:
            yield f"{name}: {_stage(stage)}"
    for note in plan.notes:
        yield f"note: {note}"


def _stage(stage: StagePlan) -> str:
    passes = "once" if stage.epochs == 1 else f"{stage.epochs} times"
    about = f", about {stage.planned_steps} steps ({stage.steps_basis})" if stage.planned_steps else ""
    cost = f", {phrases.usd(stage.estimated_usd)}"
    return f"{stage.records:,} records, {passes}{about}{cost}"


def _jobs(run: Run) -> Iterator[str]:
    for job in phrases.in_order(run):
        yield f"{phrases.stage(job)}: {phrases.phase(job)}, {phrases.verdict(job)}{_curve(run, job)}"
        if job.verdict_reason:
            yield f" {job.verdict_reason}"
        yield from _found(job)
        yield from _stops(job)
        if job.failure:
            yield f" Bedrock's own message: {job.failure}"
        yield f" {job.arn or job.request.job_name}"


def _curve(run: Run, job: JobRecord) -> str:
    rate = run.plan.learning_rate if run.plan else None
    at = f", {rate.key} {job.request.hyperparameters.get(rate.key, rate.value)}" if rate else ""
    if not job.seen.rows:
        return at
    losses = f"loss {phrases.loss(job.seen.first_loss)} → {phrases.loss(job.seen.last_loss)}"
    return f", {phrases.steps(job)}, {losses}{at}"


def _found(job: JobRecord) -> Iterator[str]:
    for finding in job.findings:
        yield f" {phrases.finding_line(finding)}"
        yield f"  {finding.advice}"
    more = job.findings_total - len(job.findings)
    if more > 0:
        yield f" and {more} more findings, which the metrics log has"


_RIGHT = {
    True: " Rightly: its curve had diverged at its end.",
    False: " Wrongly: its curve had not diverged at its end.",
    None: "",
}


def _stops(job: JobRecord) -> Iterator[str]:
    if job.shadow_stop:
        yield f" WOULD HAVE STOPPED it, had auto_stop been on: {job.shadow_stop}{_RIGHT[job.shadow_right]}"
    if job.held:
        yield f" NOT STOPPED, breaker, {phrases.moment(job.held.since)}: {phrases.held(job.held)}"
    stop = job.stop
    if stop:
        confirmed = (
            f"confirmed {phrases.moment(stop.confirmed_at)} as {stop.outcome}"
            if stop.confirmed_at
            else "not confirmed by Bedrock yet"
        )
        yield f" Stop ordered {phrases.moment(stop.decided_at)} ({stop.reason}), {confirmed}: {stop.sentence}"


def _decisions(decisions: tuple[DatedDecision, ...]) -> Iterator[str]:
    for dated in decisions:
        decision = dated.decision
        yield f"{decision.kind} about {dated.about}, by policy {decision.policy}: {decision.reason}"


def _money(cost: CostResult) -> Iterator[str]:
    bound = "at most " if cost.spent_is_upper_bound else "about "
    planned = f" of {phrases.usd(cost.estimated_usd)} planned" if cost.estimated_usd is not None else ""
    if cost.spent_usd is None:
        yield f"about {cost.tokens:,} tokens; {cost.price_source}"
        return
    yield f"spent {bound}{phrases.usd(cost.spent_usd)}{planned} ({cost.tokens:,} tokens; {cost.price_source})"
    if cost.saved_usd:
        yield f"not spent, since it ended early: about {phrases.usd(cost.saved_usd)}"


def _left(run: Run, result: Result) -> Iterator[str]:
    if result.model_arn:
        yield f"your model: {result.model_arn}"
    for job in phrases.in_order(run):
        yield from _left_of(job, result)
    if result.report_uri:
        yield f"the whole report: {result.report_uri}"
    yield f"the execution: {run.execution_arn}"


def _left_of(job: JobRecord, result: Result) -> Iterator[str]:
    name = phrases.stage(job)
    if not job.terminal and job.arn:
        yield f"STILL RUNNING AND BILLING: {job.request.job_name} ({name})"
    if job.model_arn and job.model_arn != result.model_arn:
        if job.model_deleted_at:
            yield f"the model of the {name} was deleted {phrases.moment(job.model_deleted_at)}"
        elif job.throw_away:
            yield f"the model of the {name}, which will be deleted: {job.model_arn}"
        else:
            yield f"a model that should not be used as it is ({name}): {job.model_arn}"
