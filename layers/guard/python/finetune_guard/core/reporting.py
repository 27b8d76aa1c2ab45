"""The end of a run as values: the result that every machine and command gives, and the report behind it.

The result is the stable JSON that others build on (docs/architecture.md, "What others build on"); it is small
enough for an execution's output with any number of findings.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from finetune_guard.core.billing import CostResult, cost_result
from finetune_guard.core.deciding import deciding_job, last_job
from finetune_guard.core.decisions import DatedDecision, RunStatus
from finetune_guard.core.findings import Finding
from finetune_guard.core.job_words import in_order, rate_words
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.leaving import Left, left_by
from finetune_guard.core.names import slug
from finetune_guard.core.refusal_cause import cause
from finetune_guard.core.runs import Problem, Question, Run
from finetune_guard.core.serving import how_to_use
from finetune_guard.core.spending import spent_on
from finetune_guard.core.verdict import Evidence, VerdictKind

#: A result carries this many findings in all; the report has every one that the records keep.
MOST_IN_RESULT = 20
#: The last decision's reason, in the characters that a result gives it.
LONGEST_SENTENCE = 4_000
#: Of a deployment's name; the service takes 63.
LONGEST_DEPLOYMENT = 40


class Outcome(StrEnum):
    """Which way the machine leaves its last choice."""

    COMPLETED = "completed"
    REFUSED = "refused"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StageResult:
    """One job of the run, as the result shows it.

    Attributes:
        stage: "rehearsal", "probe", "full", or "segment-1" and so on.
        candidate: Setting tried in it, from 0.
        cost_usd: Estimated; None where no price is known.
        segment: Which segment of the full run, from 1; 0 where it is none.
        attempt: How often the run had been resumed when it was created.
        start_from: ARN of the custom model that it started from; "" where it started from the base.
        validation_loss: The last; may be non-finite, None where there was none.
        kept: Whether its model is the run's result.
    """

    stage: str
    candidate: int
    job_name: str
    job_arn: str | None
    status: str
    verdict: str | None
    evidence: str
    steps: int
    findings: tuple[Finding, ...]
    cost_usd: Decimal | None
    cost_is_upper_bound: bool
    learning_rate: str | None
    segment: int = 0
    attempt: int = 0
    start_from: str = ""
    validation_loss: float | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to.

    Attributes:
        outcome: The way the machine goes; "completed" only when the answer is yes.
        sentence: The last decision's reason, shortened.
        cause: What the console shows of an end that is no success: the sentence, and below it a line for each
            problem that refused the run.
        verdict: What the curve of the job is that decided; evidence is that job's, too.
        model_arn: The model that may be used; None where there is none, or it should not be used.
        left: What is in the account.
        how_to_use: How the model is put to use, with how sure that is; "" without a model.
    """

    run_id: str
    execution_arn: str
    status: str
    outcome: Outcome
    decision: str
    sentence: str
    verdict: str | None
    evidence: str
    stages: tuple[StageResult, ...]
    model_arn: str | None
    cost: CostResult
    report_uri: str
    problems: tuple[Problem, ...] = ()
    cause: str = ""
    left: Left = field(default_factory=Left)
    how_to_use: str = ""
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class Report:
    """Everything about a run, as kept in the bucket.

    Attributes:
        result: What it came to.
        config: The config as given, JSON text.
        decisions: Every decision, oldest first.
        jobs: The records of all jobs, the service's messages among them.
        notes: What was asked and was not possible.
        questions: What persons were asked, and what they answered.
        executions: ARNs of all executions that carried it, oldest first.
    """

    result: Result
    config: str
    decisions: tuple[DatedDecision, ...]
    jobs: tuple[JobRecord, ...]
    notes: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    executions: tuple[str, ...] = ()
    schema_version: int = 1


def result_of(run: Run) -> Result:
    """What a run came to, or where it stands while it is running."""
    last = run.decisions[-1].decision if run.decisions else None
    decided, model_arn = deciding_job(run), usable_model(run)
    sentence = (last.reason if last else "")[:LONGEST_SENTENCE]
    return Result(
        run_id=run.run_id,
        execution_arn=run.execution_arn,
        status=run.status.value,
        outcome=_outcome(run),
        decision=last.kind.value if last else "",
        sentence=sentence,
        verdict=(decided.verdict or VerdictKind.INCONCLUSIVE).value if decided else None,
        evidence=(decided.evidence if decided else Evidence.NOTHING_YET).value,
        stages=_bounded(tuple(_stage_result(run, job, model_arn) for job in in_order(run))),
        model_arn=model_arn,
        cost=cost_result(run),
        report_uri=run.report_uri,
        problems=run.problems[:MOST_IN_RESULT],
        cause=cause(sentence, run.problems),
        left=left_by(run, model_arn),
        how_to_use=_how_to_use(run, model_arn),
    )


def _outcome(run: Run) -> Outcome:
    return {
        RunStatus.COMPLETED: Outcome.COMPLETED,
        RunStatus.REFUSED: Outcome.REFUSED,
        RunStatus.STOPPED: Outcome.STOPPED,
    }.get(run.status, Outcome.FAILED)


def usable_model(run: Run) -> str | None:
    """The model that was kept, however the run ended; None where there is none.

    A record from before models were marked has no `kept`: there it is the completed full run's.
    """
    job = run.kept_job or _completed_full_run(run)
    return job.model_arn if job and not job.model_deleted_at else None


def _completed_full_run(run: Run) -> JobRecord | None:
    job = last_job(run)
    wanted = job is not None and not job.throw_away and job.status is JobStatus.COMPLETED
    return job if wanted and run.status is RunStatus.COMPLETED else None


def _how_to_use(run: Run, model_arn: str | None) -> str:
    if model_arn is None or run.plan is None:
        return ""
    return how_to_use(run.plan.base_model_id, model_arn, slug(run.run_id, LONGEST_DEPLOYMENT))


def _stage_result(run: Run, job: JobRecord, model_arn: str | None) -> StageResult:
    spent = spent_on(job)
    return StageResult(
        stage=job.key.part,
        candidate=job.key.candidate,
        job_name=job.request.job_name,
        job_arn=job.arn,
        status=job.status.value,
        verdict=job.verdict.value if job.verdict else None,
        evidence=job.evidence.value,
        steps=job.seen.last_step or 0,
        findings=job.findings,
        cost_usd=spent.usd,
        cost_is_upper_bound=spent.upper_bound,
        learning_rate=rate_words(run, job) or None,
        segment=job.key.segment,
        attempt=job.key.attempt,
        start_from=job.request.start_from,
        validation_loss=job.seen.last_validation,
        kept=model_arn is not None and job.model_arn == model_arn,
    )


def _bounded(stages: tuple[StageResult, ...]) -> tuple[StageResult, ...]:
    room = MOST_IN_RESULT
    kept = []
    for stage in reversed(stages):
        kept.append(replace(stage, findings=stage.findings[:room]))
        room -= len(kept[-1].findings)
    return tuple(reversed(kept))


def report_of(run: Run) -> Report:
    """Everything about a run."""
    notes = run.plan.notes if run.plan else ()
    executions = (*run.executions, run.execution_arn)
    return Report(result_of(run), run.config, run.decisions, run.jobs, notes, run.questions, executions)
