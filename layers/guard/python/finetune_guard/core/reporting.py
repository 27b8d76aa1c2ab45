"""The end of a run as values: the result that every machine and command gives, and the report behind it.

The result is the stable JSON that others build on (docs/architecture.md, "What others build on"); it is small
enough for an execution's output with any number of findings.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from finetune_guard.core.cost import price_words
from finetune_guard.core.decisions import DatedDecision, RunStatus
from finetune_guard.core.findings import Finding
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.plans import Stage
from finetune_guard.core.refusal_cause import cause
from finetune_guard.core.runs import Problem, Run
from finetune_guard.core.spending import saved_by, spent_by, spent_on
from finetune_guard.core.verdict import Evidence, VerdictKind

#: A result carries this many findings in all; the report has every one that the records keep.
MOST_IN_RESULT = 20
#: The last decision's reason, in the characters that a result gives it.
LONGEST_SENTENCE = 4_000


class Outcome(StrEnum):
    """Which way the machine leaves its last choice."""

    COMPLETED = "completed"
    REFUSED = "refused"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StageResult:
    """One job of the run, as the result shows it."""

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


@dataclass(frozen=True, slots=True)
class CostResult:
    """Money, in US dollars; None where no price is known. `price_source` is the price, whose and when."""

    estimated_usd: Decimal | None
    spent_usd: Decimal | None
    saved_usd: Decimal | None
    spent_is_upper_bound: bool
    tokens: int
    price_source: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to.

    Attributes:
        outcome: The way the machine goes; "completed" only when the answer is yes.
        sentence: The last decision's reason, shortened.
        cause: What the console shows of an end that is no success: the sentence, and below it a line for each
            problem that refused the run.
        model_arn: The model that may be used; None where there is none, or it should not be used.
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
    """

    result: Result
    config: str
    decisions: tuple[DatedDecision, ...]
    jobs: tuple[JobRecord, ...]
    notes: tuple[str, ...]
    schema_version: int = 1


def result_of(run: Run) -> Result:
    """What a run came to, or where it stands while it is running."""
    last = run.decisions[-1].decision if run.decisions else None
    main = main_job(run)
    sentence = (last.reason if last else "")[:LONGEST_SENTENCE]
    return Result(
        run_id=run.run_id,
        execution_arn=run.execution_arn,
        status=run.status.value,
        outcome=_outcome(run),
        decision=last.kind.value if last else "",
        sentence=sentence,
        verdict=(main.verdict or VerdictKind.INCONCLUSIVE).value if main else None,
        evidence=(main.evidence if main else Evidence.NOTHING_YET).value,
        stages=_bounded(tuple(_stage_result(run, job) for stage in Stage for job in run.of(stage))),
        model_arn=_usable_model(run, main),
        cost=_cost(run),
        report_uri=run.report_uri,
        problems=run.problems[:MOST_IN_RESULT],
        cause=cause(sentence, run.problems),
    )


def main_job(run: Run) -> JobRecord | None:
    """The job that the run's verdict speaks of: the last of the latest stage."""
    jobs = run.of(Stage.FULL) or run.of(Stage.REHEARSAL)
    return jobs[-1] if jobs else None


def _outcome(run: Run) -> Outcome:
    return {
        RunStatus.COMPLETED: Outcome.COMPLETED,
        RunStatus.REFUSED: Outcome.REFUSED,
        RunStatus.STOPPED: Outcome.STOPPED,
    }.get(run.status, Outcome.FAILED)


def _usable_model(run: Run, main: JobRecord | None) -> str | None:
    wanted = main is not None and not main.throw_away and main.status is JobStatus.COMPLETED
    return main.model_arn if main and wanted and _outcome(run) is Outcome.COMPLETED else None


def _stage_result(run: Run, job: JobRecord) -> StageResult:
    spent = spent_on(job)
    rate = run.plan.learning_rate if run.plan else None
    return StageResult(
        stage=job.key.stage.value,
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
        learning_rate=job.request.hyperparameters.get(rate.key, str(rate.value)) if rate else None,
    )


def _bounded(stages: tuple[StageResult, ...]) -> tuple[StageResult, ...]:
    room = MOST_IN_RESULT
    kept = []
    for stage in reversed(stages):
        kept.append(replace(stage, findings=stage.findings[:room]))
        room -= len(kept[-1].findings)
    return tuple(reversed(kept))


def _cost(run: Run) -> CostResult:
    spent = spent_by(run)
    early = run.ended and _outcome(run) is not Outcome.COMPLETED
    return CostResult(
        estimated_usd=run.plan.estimated_usd if run.plan else None,
        spent_usd=spent.usd,
        saved_usd=saved_by(run) if early else Decimal(0) if spent.usd is not None else None,
        spent_is_upper_bound=spent.upper_bound,
        tokens=spent.tokens,
        price_source=price_words(run.plan.price if run.plan else None),
    )


def report_of(run: Run) -> Report:
    """Everything about a run."""
    notes = run.plan.notes if run.plan else ()
    return Report(result_of(run), run.config, run.decisions, run.jobs, notes)
