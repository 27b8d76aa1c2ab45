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


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through the segments: what was accepted and decided so far, and at which rate they are made.

    Attributes:
        plan: The run's plan.
        rate: The run's peak rate; lower once a segment was done again.
        accepted: The segments that stand, in their order.
        best: The one with the best model; None while there is none.
        judged: Decisions so far.
        redone: Segments that were done again.
    """

    plan: Plan
    rate: LearningRate | None
    accepted: tuple[JobRecord, ...] = ()
    best: JobRecord | None = None
    judged: tuple[Judged, ...] = ()
    redone: int = 0

    def deciding(self, job: JobRecord) -> "_Walk":
        """After one more closed job of a segment."""
        decision = decide_segment(Standing(self.plan, self.rate, self.best, self.redone), job)
        walk = replace(self, judged=(*self.judged, Judged(job.key.short, decision)))
        if decision.kind is DecisionKind.RETRY_LOWER and self.rate:
            return replace(walk, rate=lowered(self.rate), redone=self.redone + 1)
        return walk

    def accepting(self, job: JobRecord) -> "_Walk":
        """After a segment that stands."""
        best = better(self.best, job) if job.model else self.best
        return replace(self, accepted=(*self.accepted, job), best=best)

    def wants(self, moved: Moved) -> Progress:
        """The walk ends here, with this move after all that was decided."""
        return Progress(self.accepted, self.best, Moved(moved.move, (*self.judged, *moved.judged)))


def progress(run: Run, plan: Plan, segments: Segmentation, full: StagePlan, rehearsed: Passed) -> Progress:
    """Walks through the segments as far as they have come."""
    walk, parts = _Walk(plan, rehearsed.rate), segments.parts
    if segments.rehearsed and rehearsed.job:
        walk = replace(walk, accepted=(rehearsed.job,), best=rehearsed.job)
        parts = parts[1:]
    for part in parts:
        jobs = run.standing(part.stage, part.segment)
        for job in jobs:
            walk = walk.deciding(job)
        if jobs and _refuses_custom_models(segments, walk.accepted, jobs[-1]):
            return _in_one_job(walk, _whole(run, plan, full, rehearsed.rate))
        move = _open(part, jobs, walk)
        if move:
            return walk.wants(Moved(move))
        walk = walk.accepting(jobs[-1])
    last = walk.judged[-1].decision
    return walk.wants(Moved(_completed(last, walk.accepted[-1], walk.best)))


def _open(part: StagePlan, jobs: tuple[JobRecord, ...], walk: _Walk) -> Try | Ended | None:
    """What a segment wants that is not accepted; None where it is."""
    last = walk.judged[-1].decision if jobs else None
    if last is None or last.kind is DecisionKind.RETRY_LOWER:
        number = jobs[-1].key.candidate + 1 if jobs else 0
        return _try(part, Candidate(number, walk.rate), walk.accepted, walk.best)
    return None if last.kind in CARRY_ON else _ended(last, jobs[-1], walk.best)


def _in_one_job(walk: _Walk, whole: Moved) -> Progress:
    """The full run as one job after all: the last decision says why."""
    refused = walk.judged[-1]
    told = Judged(refused.about, _unsegmented(refused.decision.reason))
    return replace(walk, judged=(*walk.judged[:-1], told)).wants(whole)


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
