"""Whole runs for tests that look at how a run is told: each as its own decisions leave it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from finetune_guard.core.asking import with_question
from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import OnInconclusive
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.names import JobKey
from finetune_guard.core.next_action import Ask, Create, Finish, next_action
from finetune_guard.core.plans import Plan, Segmentation, Stage
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import Evidence, VerdictKind
from finetune_guard.usecases.advance import finished, with_decisions
from tests import builders
from tests.builders import later, plan, stage_plan

MONTH = Decimal("1.95")
TAIL = (2.0, 1.6, 1.4, 1.3, 1.2)


def seen(validation: float | None = None, steps: int = 50, border: int = 0, level: float = 1.0) -> CurveSeen:
    return CurveSeen(
        rows=steps,
        last_step=steps,
        first_loss=2.0,
        last_loss=level,
        last_validation=validation,
        training_level=level,
        tail=TAIL,
        border=border,
    )


def segmented_plan(parts: int = 3, **changes: object) -> Plan:
    stages = tuple(
        stage_plan(Stage.FULL, segment=n, planned_steps=50, estimated_usd=Decimal("3.00"), throw_away=True)
        for n in range(1, parts + 1)
    )
    probe = stage_plan(Stage.PROBE, estimated_usd=Decimal("0.50"), throw_away=True, planned_steps=10)
    return plan(segments=Segmentation(stages, probe=probe), storage_usd_per_month=MONTH, **changes)


def sweep_plan(**changes: object) -> Plan:
    rates = (Decimal("0.0001"), Decimal("0.0003"), Decimal("0.00003"))
    return plan(sweep=rates, full=None, storage_usd_per_month=MONTH, **changes)


def ended_job(job: JobRecord, **changes: object) -> JobRecord:
    """The job, completed an hour after it was wanted, with a model; or as the changes say."""
    arn = builders.arn(job)
    done = replace(
        job,
        arn=arn,
        status=JobStatus.COMPLETED,
        created_at=job.intended_at,
        ended_at=job.intended_at + timedelta(hours=1),
        phases=builders.TRAINING,
        closed=True,
        verdict=VerdictKind.HEALTHY,
        verdict_reason="The curve is healthy.",
        evidence=Evidence.CURVE_AT_COMPLETION,
        seen=seen(),
        model_arn=arn.replace("model-customization-job", "custom-model"),
    )
    return replace(done, **changes)  # type: ignore[arg-type]


def played(run: Run, ends: Sequence[Mapping[str, object]]) -> Run:
    """The run after its jobs have ended so, one after the other, as far as the ends reach."""
    coming, hours = list(ends), 0
    while True:
        action = next_action(run, later(hours=hours))
        if isinstance(action, Finish):
            return finished(run, action, later(hours=hours))
        if isinstance(action, Ask):
            asking = with_decisions(run, action.judged, later(hours=hours))
            return with_question(asking, action.asked, later(hours=hours))
        if not isinstance(action, Create) or not coming:
            return run
        run = with_decisions(run, action.judged, later(hours=hours))
        made = [ended_job(job, **coming.pop(0)) for job in action.jobs if coming]
        run = replace(run, jobs=(*run.jobs, *made))
        hours += 1


def keep_best() -> Run:
    """Segment 2 was the best: the validation loss rose in segment 3."""
    run = builders.run(plan=segmented_plan(4))
    worse = {"seen": seen(1.3, border=100, level=0.7)}
    return played(run, ({}, {}, {"seen": seen(1.5)}, {"seen": seen(1.2, border=50, level=0.9)}, worse))


def budget_reached() -> Run:
    """The budget had room for one segment."""
    run = builders.run(plan=segmented_plan(3, budget_usd=Decimal("5.00")))
    return played(run, ({}, {}, {"seen": seen(1.5)}))


def sweep_chosen() -> Run:
    """Three rates; the middle one was the best."""
    run = builders.run(plan=sweep_plan())
    return played(run, ({"seen": seen(1.2)}, {"seen": seen(1.6), "too_hot": True}, {"seen": seen(1.4)}))


def sweep_none() -> Run:
    """Every rate ran too hot."""
    run = builders.run(plan=sweep_plan())
    return played(run, ({"too_hot": True},) * 3)


def ended_by_a_person() -> Run:
    """A person stopped segment 2; segment 1 is kept."""
    run = builders.run(plan=segmented_plan(3))
    order = StopOrder(StopReason.PERSON, "A person ordered the stop at a terminal.", later(hours=4))
    stopped = {
        "status": JobStatus.STOPPED,
        "stop": replace(order, called_at=later(hours=4), confirmed_at=later(hours=4), outcome="Stopped"),
        "model_arn": None,
        "verdict": VerdictKind.HEALTHY,
        "seen": seen(steps=20, border=50),
    }
    return played(run, ({}, {}, {"seen": seen(1.5)}, stopped))


def asking() -> Run:
    """The rehearsal has no clear answer, and a person is asked."""
    run = builders.run(plan=plan(on_inconclusive=OnInconclusive.ASK))
    unclear = {
        "verdict": VerdictKind.INCONCLUSIVE,
        "verdict_reason": "Only 6 rows.",
        "seen": seen(steps=6),
    }
    return played(run, (unclear,))


def key(run: Run, part: str) -> JobKey:
    return next(job.key for job in run.jobs if job.key.part == part)
