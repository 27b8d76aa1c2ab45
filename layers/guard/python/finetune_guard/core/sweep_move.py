"""The move of a rehearsal that is a sweep: candidates a few at a time, one refinement, then the choice."""

from decimal import Decimal

from finetune_guard.core.affording import leaves_too_little
from finetune_guard.core.decisions import Decision, DecisionKind, RunStatus
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.moves import Candidate, Ended, Judged, Moved, Passed, Try
from finetune_guard.core.plans import LearningRate, Plan, StagePlan
from finetune_guard.core.policy import ended_by_a_person, of_unfinished
from finetune_guard.core.runs import Run
from finetune_guard.core.sweeping import Chosen, Tried, choose, refinement, table, tried
from finetune_guard.core.verdict import VerdictKind


def sweep(run: Run, plan: Plan, stage: StagePlan, centre: LearningRate) -> Moved:
    """What a sweep wants next; a person who stops one of its jobs ends it."""
    seen = tried(run.standing(stage.stage), centre.key, centre.value)
    judged = tuple(Judged(one.job.key.short, _of(plan, one)) for one in seen)
    stopped = next((one for one in seen if ended_by_a_person(one.job)), None)
    if stopped:
        return Moved(Ended(_of(plan, stopped), RunStatus.STOPPED), judged)
    missing = _missing(plan, seen)
    if missing:
        return Moved(_try(stage, centre, missing[: plan.at_once]), judged)
    chosen = choose(seen)
    if chosen is None:
        return _none(seen, judged)
    further = _further(run, plan, stage, seen, chosen, centre)
    if further is not None:
        return Moved(_try(stage, centre, ((len(plan.sweep), further),)), judged)
    decision = _choice(seen, chosen, centre)
    return Moved(
        Passed(centre.at(chosen.tried.rate), chosen.tried.job), (*judged, Judged(stage.stage, decision))
    )


def _missing(plan: Plan, seen: tuple[Tried, ...]) -> tuple[tuple[int, Decimal], ...]:
    there = {one.job.key.candidate for one in seen}
    return tuple((number, rate) for number, rate in enumerate(plan.sweep) if number not in there)


def _try(stage: StagePlan, centre: LearningRate, wanted: tuple[tuple[int, Decimal], ...]) -> Try:
    return Try(stage, tuple(Candidate(number, centre.at(rate)) for number, rate in wanted))


def _further(
    run: Run, plan: Plan, stage: StagePlan, seen: tuple[Tried, ...], chosen: Chosen, centre: LearningRate
) -> Decimal | None:
    """One more rate, once, and only where the budget then still has room for the full run."""
    if any(one.job.key.candidate >= len(plan.sweep) for one in seen) or leaves_too_little(run, plan, stage):
        return None
    return refinement(seen, chosen, centre)


def _of(plan: Plan, one: Tried) -> Decision:
    if one.job.status is not JobStatus.COMPLETED and not one.job.stopped_for_its_curve:
        return of_unfinished(plan, one.job)
    if one.why:
        seen = one.job.stop.sentence if one.job.stop else one.job.verdict_reason
        return Decision(DecisionKind.REFUSE, "sweep.out", f"{one.rate:f} is out: {one.why}. {seen}")
    return Decision(
        DecisionKind.PROCEED, "sweep.tried", f"{one.rate:f}: {one.level:.4g}. {one.job.verdict_reason}"
    )


def _none(seen: tuple[Tried, ...], judged: tuple[Judged, ...]) -> Moved:
    """No rate can be chosen: refused, or failed where not one job was completed."""
    completed = [one for one in seen if one.job.status is JobStatus.COMPLETED]
    stopped = [one for one in seen if one.job.status is JobStatus.STOPPED]
    status = RunStatus.REFUSED if completed or stopped else RunStatus.FAILED
    reason = f"None of the rates can be used ({table(seen)}): no full run is paid for."
    decision = Decision(DecisionKind.REFUSE, "sweep.none", reason)
    return Moved(Ended(decision, status), (*judged, Judged("rehearsal", decision)))


def _choice(seen: tuple[Tried, ...], chosen: Chosen, centre: LearningRate) -> Decision:
    reason = f"{centre.key} {chosen.reason} Tried: {table(seen)}."
    healthy = chosen.tried.job.verdict is VerdictKind.HEALTHY
    kind = DecisionKind.PROCEED if healthy else DecisionKind.PROCEED_WITH_WARNING
    line = "sweep.tie" if chosen.tie else "sweep.chosen"
    return Decision(kind, line, reason if healthy else f"{reason} {chosen.tried.job.verdict_reason}")
