"""A run told as a story: what was planned, what ran, what was decided and why, money, what is left."""

from collections.abc import Iterator

from finetune_guard.cli import phrases
from finetune_guard.cli.printable import printable
from finetune_guard.cli.story_lines import AsIs, Line, chapter
from finetune_guard.cli.story_training import full_run, probe, rehearsal
from finetune_guard.core.asking import how_to_answer, open_question, question_words
from finetune_guard.core.end_mail import money_words
from finetune_guard.core.job_words import in_order, job_words
from finetune_guard.core.leaving import Fate, ModelLeft
from finetune_guard.core.plans import Plan, StagePlan
from finetune_guard.core.reporting import Outcome, Result, result_of
from finetune_guard.core.runs import Problem, Run
from finetune_guard.usecases.run_curves import RunLogs

_HEADLINES = {
    Outcome.COMPLETED: "COMPLETED",
    Outcome.REFUSED: "REFUSED",
    Outcome.STOPPED: "STOPPED",
    Outcome.FAILED: "FAILED",
}
NO_LOGS = RunLogs({})


def story(run: Run, width: int, read: RunLogs = NO_LOGS) -> str:
    """The story as text, wrapped to `width` columns.

    Args:
        run: With all its jobs.
        width: Columns; an ARN is never broken, so a line may be longer.
        read: The run's metrics logs; without them only the last losses are drawn.
    """
    result = result_of(run)
    chapters = (
        headline(run, result),
        chapter("What pre-flight found", _problems(run.problems), width),
        chapter("What was planned", _plan(run), width),
        chapter("The rehearsal", rehearsal(run, read.logs, width), width),
        chapter("The probe", probe(run), width),
        chapter("The full run", full_run(run, read.logs, width), width),
        chapter("What a person was asked", _questions(run), width),
        chapter("What was decided", _decisions(run), width),
        chapter("Money", _money(run, result), width),
        chapter("What is left", _left(run, result), width),
        chapter("How to use the model", _use(result), width),
        chapter("Where to look further", _further(run, result, read.trouble), width),
    )
    return "\n\n".join(part for part in chapters if part)


def headline(run: Run, result: Result) -> str:
    """How the run ended, or that it goes on, in two lines."""
    what = _HEADLINES[result.outcome] if run.ended else "STILL RUNNING"
    until = f", took {phrases.elapsed(run.started_at, run.ended_at)}" if run.ended_at else ""
    first = f"{what}: {printable(run.job_name)} ({run.mode})"
    waiting = phrases.waiting(run)
    told = f"\nIt {waiting}" if waiting else ""
    return f"{first}\nRun {printable(run.run_id)}, started {phrases.moment(run.started_at)}{until}{told}"


def _problems(problems: tuple[Problem, ...]) -> Iterator[Line]:
    for problem in problems:
        where = f" at {problem.key}" if problem.key else ""
        yield f"{problem.severity} {problem.code}{where}: {problem.message}"
        if problem.suggestion:
            yield f" {problem.suggestion}"


def _plan(run: Run) -> Iterator[Line]:
    plan = run.plan
    if plan is None:
        return
    yield f"base {plan.base_model_id}, auto_stop {plan.auto_stop}, at most {plan.max_hours:g} hours a job"
    yield from _planned_rehearsal(plan)
    yield from _planned_full_run(plan)
    if plan.budget_usd is not None:
        yield f"budget: {phrases.usd(plan.budget_usd)}"
    for note in plan.notes:
        yield f"note: {note}"


def _planned_rehearsal(plan: Plan) -> Iterator[Line]:
    if plan.rehearsal is None:
        return
    yield f"rehearsal: {_stage(plan.rehearsal)}"
    if plan.sweep and plan.learning_rate:
        rates = ", ".join(f"{rate:f}" for rate in sorted(plan.sweep))
        yield f" once for each {plan.learning_rate.key} of {rates}, up to {plan.at_once} at a time"


def _planned_full_run(plan: Plan) -> Iterator[Line]:
    if plan.full is None:
        return
    yield f"full run: {_stage(plan.full)}"
    if plan.segments is None:
        return
    yield f" in {len(plan.segments.parts)} segments, each of which starts from the model of the one before:"
    for place, part in enumerate(plan.segments.parts):
        same = " (the rehearsal is it)" if plan.segments.rehearsed and not place else ""
        yield f"  {part.words}{same}: {_stage(part)}"
    if plan.segments.probe:
        yield f" before them a probe: {_stage(plan.segments.probe)}"


def _stage(stage: StagePlan) -> str:
    passes = "once" if stage.epochs == 1 else f"{stage.epochs} times"
    about = f", about {stage.planned_steps} steps ({stage.steps_basis})" if stage.planned_steps else ""
    cost = f", {phrases.usd(stage.estimated_usd)}"
    return f"{stage.records:,} records, {passes}{about}{cost}"


def _questions(run: Run) -> Iterator[Line]:
    for question in run.questions:
        asked, answer = question_words(question).split("\n", 1)
        yield asked
        yield f" {answer}"
    if open_question(run):
        yield AsIs(how_to_answer(run.run_id))


def _decisions(run: Run) -> Iterator[Line]:
    evidence = {job.key.short: f", evidence {job.evidence}" for job in run.jobs}
    for dated in run.decisions:
        decision, seen = dated.decision, evidence.get(dated.about, "")
        yield f"{decision.kind} about {dated.about}, by policy {decision.policy}{seen}: {decision.reason}"


def _money(run: Run, result: Result) -> Iterator[Line]:
    yield f"spent {money_words(result.cost)}" if run.jobs else "nothing was spent: no job was created"


def _left(run: Run, result: Result) -> Iterator[Line]:
    for job in result.left.running:
        yield f"STILL RUNNING AND BILLING: {job.job_name} ({job.part})"
    for model in sorted(result.left.models, key=lambda model: model.fate is not Fate.KEPT):
        yield _model(model)
    for gone in (job for job in in_order(run) if job.model_deleted_at):
        yield f"the model of {job_words(run, gone)} was deleted {phrases.moment(gone.model_deleted_at)}"


def _model(model: ModelLeft) -> str:
    month = f", {phrases.usd(model.usd_per_month)} a month to keep" if model.usd_per_month else ""
    if model.fate is Fate.KEPT:
        return f"your model: {model.model_arn} (of {model.words}{month})"
    if model.fate is Fate.NOT_TO_BE_USED:
        return f"a model that should not be used as it is (of {model.words}{month}): {model.model_arn}"
    when = f"after {phrases.moment(model.delete_after)}" if model.delete_after else "once it is not needed"
    return f"the model of {model.words}, which will be deleted {when}: {model.model_arn}"


def _use(result: Result) -> Iterator[Line]:
    for line in result.how_to_use.splitlines():
        yield AsIs(line) if line.startswith(("aws ", " ")) else line


def _further(run: Run, result: Result, trouble: str) -> Iterator[Line]:
    if trouble:
        yield f"not all metrics logs could be read, so only the last losses are drawn: {trouble}"
    if result.report_uri:
        yield f"the whole report: {result.report_uri}"
    for before in run.executions:
        yield f"an execution before the run was resumed: {before}"
    yield f"the execution: {run.execution_arn}"
