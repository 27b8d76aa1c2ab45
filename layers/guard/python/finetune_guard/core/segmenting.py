"""The full run's move: one job, or a probe and then segment after segment."""

from dataclasses import dataclass, replace

from finetune_guard.core.decisions import Decision, DecisionKind, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.moves import Candidate, Ended, Judged, Moved, Passed, Try
from finetune_guard.core.plans import LearningRate, Plan, Segmentation, Stage, StagePlan
from finetune_guard.core.policy import CARRY_ON, decide, ended_by_a_person, lowered, of_unfinished, status_of
from finetune_guard.core.runs import Run
from finetune_guard.core.segment_policy import Standing, better, decide_segment

#: The policy line of a segment that has nothing to start from.
NO_MODEL = "segment.no_model"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a segmented run has come.

    Attributes:
        accepted: The segments that stand, in their order.
        best: The one with the best model; None while there is none.
        moved: What it wants next, with the decisions so far.
    """

    accepted: tuple[JobRecord, ...]
    best: JobRecord | None
    moved: Moved


def train(run: Run, plan: Plan, full: StagePlan, rehearsed: Passed) -> Moved:
    """What the full run wants next.

    Args:
        run: The run with all its jobs, none of them open.
        plan: Its plan.
        full: The full run as one job.
        rehearsed: The rehearsal's rate and job.
    """
    segments = plan.segments
    if segments is None or run.standing(Stage.FULL):
        return _whole(run, plan, full, rehearsed.rate)
    if segments.probe is None:
        return progress(run, plan, segments, full, rehearsed).moved
    return _after_probe(run, plan, segments, segments.probe, full, rehearsed)


def _whole(run: Run, plan: Plan, full: StagePlan, rate: LearningRate | None) -> Moved:
    """The full run as one job."""
    jobs = run.standing(Stage.FULL)
    if not jobs:
        return Moved(Try(full, (Candidate(0, rate),)))
    job = jobs[-1]
    decision = decide(plan, job)
    judged = (Judged(job.key.short, decision),)
    if decision.kind in CARRY_ON:
        return Moved(Ended(decision, RunStatus.COMPLETED, job.key.short), judged)
    return Moved(Ended(decision, status_of(job, decision)), judged)


def _after_probe(
    run: Run, plan: Plan, segments: Segmentation, probe: StagePlan, full: StagePlan, rehearsed: Passed
) -> Moved:
    """Finds out whether the base accepts a custom model as its base, before a segment is paid."""
    jobs = run.standing(Stage.PROBE)
    if not jobs and rehearsed.job and rehearsed.job.model:
        return Moved(Try(probe, (Candidate(0, rehearsed.rate),), start=rehearsed.job))
    if not jobs:
        decision = _unsegmented("There is no model of a rehearsal to try it with.")
        return _told(_whole(run, plan, full, rehearsed.rate), Judged(Stage.PROBE, decision))
    job = jobs[-1]
    if ended_by_a_person(job):
        decision = of_unfinished(plan, job)
        return Moved(Ended(decision, RunStatus.STOPPED), (Judged(job.key.short, decision),))
    if job.status is JobStatus.COMPLETED:
        decision = Decision(
            DecisionKind.PROCEED, "probe.accepted", "A custom model of this base can be trained further."
        )
        return _told(progress(run, plan, segments, full, rehearsed).moved, Judged(job.key.short, decision))
    decision = _unsegmented(of_unfinished(plan, job).reason)
    return _told(_whole(run, plan, full, rehearsed.rate), Judged(job.key.short, decision))


def _unsegmented(why: str) -> Decision:
    reason = (
        f"{why} So it is not known to work that a job starts from a custom model: the full run is one job."
    )
    return Decision(DecisionKind.PROCEED_WITH_WARNING, "probe.unsegmented", reason)


def _told(moved: Moved, before: Judged) -> Moved:
    return replace(moved, judged=(before, *moved.judged))


def progress(run: Run, plan: Plan, segments: Segmentation, full: StagePlan, rehearsed: Passed) -> Progress:
    """Walks through the segments as far as they have come."""
    accepted: tuple[JobRecord, ...] = ()
    best: JobRecord | None = None
    judged: tuple[Judged, ...] = ()
    rate, redone = rehearsed.rate, 0
    parts = segments.parts
    if segments.rehearsed and rehearsed.job:
        accepted, best, parts = (rehearsed.job,), rehearsed.job, parts[1:]
    for part in parts:
        jobs = run.standing(part.stage, part.segment)
        for job in jobs:
            decision = decide_segment(Standing(plan, rate, best, redone), job)
            judged = (*judged, Judged(job.key.short, decision))
            if decision.kind is DecisionKind.RETRY_LOWER and rate:
                rate, redone = lowered(rate), redone + 1
        last = judged[-1].decision if jobs else None
        if last is None or last.kind is DecisionKind.RETRY_LOWER:
            wanted = Candidate(jobs[-1].key.candidate + 1 if jobs else 0, rate)
            return Progress(accepted, best, Moved(_try(part, wanted, accepted, best), judged))
        job = jobs[-1]
        if _refuses_custom_models(segments, accepted, job):
            moved = _whole(run, plan, full, rehearsed.rate)
            told = (*judged[:-1], Judged(job.key.short, _unsegmented(last.reason)), *moved.judged)
            return Progress(accepted, best, Moved(moved.move, told))
        if last.kind not in CARRY_ON:
            return Progress(accepted, best, Moved(_ended(last, job, best), judged))
        accepted, best = (*accepted, job), better(best, job) if job.model else best
    return Progress(accepted, best, Moved(_completed(judged[-1].decision, accepted[-1], best), judged))


def _try(
    part: StagePlan, wanted: Candidate, accepted: tuple[JobRecord, ...], best: JobRecord | None
) -> Try | Ended:
    """A segment from the model of the one before; from the base in its stead it would be another run."""
    if not accepted:
        return Try(part, (wanted,))
    if accepted[-1].model:
        return Try(part, (wanted,), accepted[-1], accepted, _short(best))
    reason = (
        f"{part.words.capitalize()} cannot be started: the model of {accepted[-1].key.words}, from which it "
        "would start, does not exist, or does no longer. Start a new run."
    )
    return Ended(Decision(DecisionKind.REFUSE, NO_MODEL, reason), RunStatus.FAILED, _short(best))


def _short(job: JobRecord | None) -> str:
    return job.key.short if job else ""


def _refuses_custom_models(segments: Segmentation, accepted: tuple[JobRecord, ...], job: JobRecord) -> bool:
    """Whether the rehearsal was the first segment, and the second shows that no job may start from it."""
    return segments.rehearsed and len(accepted) == 1 and job.status is JobStatus.REFUSED


def _ended(decision: Decision, job: JobRecord, best: JobRecord | None) -> Ended:
    status = RunStatus.COMPLETED if decision.kind is DecisionKind.KEEP_BEST else status_of(job, decision)
    return Ended(decision, status, _short(best))


def _completed(decision: Decision, last: JobRecord, best: JobRecord | None) -> Ended:
    """After the last segment: its own model, or an earlier one that is better."""
    if best is None or best.key == last.key:
        return Ended(decision, RunStatus.COMPLETED, last.key.short)
    reason = (
        f"{decision.reason} The model of {best.key.named} has the lower validation loss (where none is "
        "reported, the lower training loss): it is kept."
    )
    return Ended(
        Decision(DecisionKind.KEEP_BEST, "segment.best_was_earlier", reason),
        RunStatus.COMPLETED,
        _short(best),
    )
