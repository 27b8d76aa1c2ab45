"""Builders of records for tests: every field has a plain default, a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import AutoStop, Mode, OnAbort
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.jobs import JobRecord, JobStatus, Phase, Phases, PhaseStatus, StopOrder, StopReason
from finetune_guard.core.names import JobKey
from finetune_guard.core.next_action import Create, next_action
from finetune_guard.core.plans import (
    LearningRate,
    Plan,
    Price,
    Segmentation,
    Stage,
    StagePlan,
    TokenRange,
)
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import Evidence, VerdictKind

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BASE = "meta.llama3-1-8b-instruct-v1:0:128k"


def later(**delta: float) -> datetime:
    return START + timedelta(**delta)


def stage_plan(stage: Stage = Stage.FULL, **changes: Any) -> StagePlan:
    plan = StagePlan(
        stage=stage,
        hyperparameters={"epochCount": "1", "learningRate": "0.0001"},
        training_uri=f"s3://bucket/runs/r/{stage}.jsonl",
        validation_uri="s3://bucket/runs/r/validation.jsonl",
        records=100,
        epochs=1,
        tokens=TokenRange(10_000, 20_000),
        planned_steps=100,
        steps_basis="a first guess for the family",
        estimated_usd=Decimal("1.00") if stage is Stage.REHEARSAL else Decimal("9.00"),
        throw_away=stage is Stage.REHEARSAL,
    )
    return replace(plan, **changes)


def plan(**changes: Any) -> Plan:
    made = Plan(
        base_model_id=BASE,
        family="meta-llama-3-1",
        role_arn="arn:aws:iam::123456789012:role/bedrock",
        output_uri="s3://bucket/output",
        rehearsal=stage_plan(Stage.REHEARSAL),
        full=stage_plan(Stage.FULL, hyperparameters={"epochCount": "3", "learningRate": "0.0001"}, epochs=3),
        learning_rate=LearningRate("learningRate", Decimal("0.0001"), Decimal("0.000005")),
        auto_stop=AutoStop.SHADOW,
        on_inconclusive=None,
        on_abort=OnAbort.ALERT,
        max_hours=24,
        price=Price(Decimal("0.00149"), "a test"),
    )
    return replace(made, **changes)


#: Where a run's end is told; a run that has it is over and done with.
REPORT = "s3://guard-data/runs/report.json"


def run(**changes: Any) -> Run:
    made = Run(
        run_id="support-bot-0123456789",
        mode=Mode.REHEARSE_THEN_RUN,
        config="{}",
        job_name="support-bot",
        execution_arn="arn:aws:states:us-west-2:123456789012:execution:RehearseThenRun:one",
        started_at=START,
        plan=plan(),
    )
    return replace(made, **changes)


def intent(of: Run | None = None, stage: Stage = Stage.REHEARSAL, candidate: int = 0) -> JobRecord:
    """An intent as next_action makes it, for any stage and candidate."""
    owner = of or run()
    bare = replace(owner, jobs=(), plan=replace(owner.plan or plan(), rehearsal=None))
    if stage is Stage.REHEARSAL:
        bare = replace(owner, jobs=())
    action = next_action(bare, START)
    assert isinstance(action, Create)
    key = JobKey(owner.run_id, stage, candidate)
    made = action.jobs[0]
    request = replace(made.request, job_name=key.job_name, model_name=key.model_name, token=key.token)
    return replace(made, key=key, request=request)


def arn(record: JobRecord) -> str:
    return f"arn:aws:bedrock:us-west-2:123456789012:model-customization-job/{BASE}/{record.key.token[:12]}"


TRAINING = Phases(
    validation=Phase(PhaseStatus.COMPLETED, START, later(minutes=3)),
    data_processing=Phase(PhaseStatus.COMPLETED, later(minutes=3), later(minutes=4)),
    training=Phase(PhaseStatus.IN_PROGRESS, later(minutes=4), later(minutes=4)),
)


def running(
    of: Run | None = None, stage: Stage = Stage.REHEARSAL, candidate: int = 0, **changes: Any
) -> JobRecord:
    made = intent(of, stage, candidate)
    return replace(
        replace(made, arn=arn(made), status=JobStatus.IN_PROGRESS, created_at=START, phases=TRAINING),
        **changes,
    )


def completed(
    of: Run | None = None,
    stage: Stage = Stage.REHEARSAL,
    candidate: int = 0,
    verdict: VerdictKind = VerdictKind.HEALTHY,
    **changes: Any,
) -> JobRecord:
    made = running(of, stage, candidate)
    ended = replace(
        made,
        status=JobStatus.COMPLETED,
        ended_at=later(hours=1),
        closed=True,
        verdict=verdict,
        verdict_reason=f"The curve is {verdict}.",
        evidence=Evidence.CURVE_AT_COMPLETION,
        seen=CurveSeen(rows=100, last_step=100, first_loss=2.0, last_loss=1.0),
        model_arn=f"arn:aws:bedrock:us-west-2:123456789012:custom-model/{BASE}/{made.key.token[:12]}",
    )
    return replace(ended, **changes)


def finding(
    signal: Signal = Signal.DIVERGENCE, severity: Severity = Severity.CRITICAL, **changes: Any
) -> Finding:
    made = Finding(
        signal=signal,
        severity=severity,
        first_step=60,
        last_step=72,
        detected_step=70,
        observed=5.1,
        threshold=2.9,
        sentence="The loss rose from 1.9 to 5.1 and stayed there.",
        advice="Lower the learning rate.",
        detector_version="1",
    )
    return replace(made, **changes)


SWEEP = (Decimal("0.0001"), Decimal("0.0003"), Decimal("0.0000333"))


def segment_plan(segment: int, **changes: Any) -> StagePlan:
    """A segment of 100 steps for three dollars."""
    made = stage_plan(
        Stage.FULL,
        segment=segment,
        training_uri=f"s3://bucket/runs/r/training-{segment}.jsonl",
        estimated_usd=Decimal("3.00"),
        throw_away=True,
    )
    return replace(made, **changes)


def probe_plan(**changes: Any) -> StagePlan:
    """A probe for ten cents."""
    made = stage_plan(Stage.PROBE, records=8, estimated_usd=Decimal("0.10"), throw_away=True)
    return replace(made, **changes)


def segmented(parts: int = 3, *, probe: bool = False, rehearsed: bool = False, **changes: Any) -> Plan:
    """A plan whose full run is cut; where the rehearsal is the first segment it is the same job."""
    pieces = tuple(segment_plan(segment) for segment in range(1, parts + 1))
    cut = Segmentation(pieces, rehearsed, probe_plan() if probe else None)
    if rehearsed:
        changes = {"rehearsal": replace(pieces[0], stage=Stage.REHEARSAL, segment=0), **changes}
    return plan(segments=cut, **changes)


def swept(**changes: Any) -> Plan:
    """A plan whose rehearsal tries three rates."""
    return plan(**{"sweep": SWEEP, **changes})


def closed(job: JobRecord, loss: float | None = 1.0, **changes: Any) -> JobRecord:
    """The intent as a completed job with a healthy curve that ends, and validates, at `loss`."""
    ended = replace(
        job,
        arn=arn(job),
        status=JobStatus.COMPLETED,
        created_at=job.intended_at,
        ended_at=job.intended_at + timedelta(hours=1),
        phases=TRAINING,
        closed=True,
        verdict=VerdictKind.HEALTHY,
        verdict_reason="The curve is healthy.",
        evidence=Evidence.CURVE_AT_COMPLETION,
        seen=CurveSeen(
            rows=100, last_step=100, first_loss=2.0, last_loss=1.0, last_validation=loss, training_level=loss
        ),
        model_arn=f"arn:aws:bedrock:us-west-2:123456789012:custom-model/{BASE}/{job.key.token[:12]}",
    )
    return replace(ended, **changes)


def broken(job: JobRecord, step: int = 60, **changes: Any) -> JobRecord:
    """The intent as a completed job that began where a good one ended; its loss rose at `step` and stayed."""
    made = closed(
        job,
        loss=9.0,
        **{
            "verdict": VerdictKind.DIVERGED,
            "verdict_reason": "The curve is diverged.",
            "too_hot": job.rehearsal,
            "findings": (finding(first_step=step),),
            **changes,
        },
    )
    return made if "seen" in changes else replace(made, seen=replace(made.seen, first_loss=1.0))


def ended_as(job: JobRecord, status: JobStatus, stop: StopReason | None = None) -> JobRecord:
    """The intent as a closed job without a model, stopped by whoever is said."""
    order = StopOrder(stop, "Why it was stopped.", job.intended_at) if stop else None
    return closed(job, status=status, stop=order, model_arn=None)
