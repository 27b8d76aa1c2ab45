"""What an account learns of a base model from each job that ends."""

from dataclasses import replace
from datetime import datetime

from finetune_guard.core.detectors.pace import pace_of
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.observations import MOST_PACES, BaseModelFacts, JobPace
from finetune_guard.core.shadow import counted


def learnt(known: BaseModelFacts, job: JobRecord, now: datetime) -> BaseModelFacts:
    """`known` with what a closed job showed; the very same object when it showed nothing new.

    Live metrics: whether rows were seen to grow before the job's end. Records per step: records of an epoch
    divided by the rows of the first epoch, since the batch a family really uses is not what batchSize says
    (docs/bedrock.md, 2.2). Pace: time of the training phase by step, of the last jobs. A job that did not
    complete says nothing against live metrics: it may have ended before its first row. Shadow: what an armed
    watch would have done to the job, where its end is known.
    """
    source = f"{job.key.run_id}/{job.key.short}"
    told = job.seen.live or job.status is JobStatus.COMPLETED
    if not told or known.learnt_from == source:
        return known
    per_step = known.records_per_step
    if job.seen.steps_per_epoch and job.orders.records:
        per_step = job.orders.records / job.seen.steps_per_epoch
    return replace(
        known,
        live_metrics=job.seen.live or bool(known.live_metrics),
        records_per_step=per_step,
        jobs_seen=known.jobs_seen + 1,
        learnt_from=source,
        learnt_at=now,
        paces=_paces(known, pace_of(job)),
        shadow=counted(known.shadow, job),
        accepts_custom_model=_accepts(known, job),
    )


def _accepts(known: BaseModelFacts, job: JobRecord) -> bool | None:
    """A job that started from a custom model and was completed shows that it can be done."""
    shown = bool(job.request.start_from) and job.status is JobStatus.COMPLETED
    return True if shown else known.accepts_custom_model


def _paces(known: BaseModelFacts, pace: JobPace | None) -> tuple[JobPace, ...]:
    if pace is None:
        return known.paces
    others = tuple(other for other in known.paces if other.source != pace.source)
    return (*others, pace)[-MOST_PACES:]
