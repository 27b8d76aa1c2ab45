"""What a run does next: one pure function over its record, the heart of the workflow.

Rehearsal, retry, sweep, question, probe, segments, budget, abort, resume and the bound on waiting are its
cases and nothing else's. It is asked by the `Next` state, by CreateJobs and by the watch, and gives each the
same answer for the same record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from finetune_guard.core.affording import over_budget
from finetune_guard.core.decisions import Decision, DecisionKind, RunStatus
from finetune_guard.core.intents import intent
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.keeping import best_so_far
from finetune_guard.core.moves import Asked, Ended, Judged, Moved, Passed, Try
from finetune_guard.core.plans import Plan
from finetune_guard.core.rehearsing import rehearse
from finetune_guard.core.runs import Run
from finetune_guard.core.segmenting import train

#: A run is given up this long after a job's own limit; the job may then still be running and billing.
GRACE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Create:
    """Create these jobs; an intent that stands already is among them as it is.

    Attributes:
        jobs: The intents.
        judged: Decisions that led here, oldest first.
    """

    jobs: tuple[JobRecord, ...]
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitForJobs:
    """Nothing to decide until a job is closed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person is asked, or has been and has time to answer.

    Attributes:
        asked: What, how long, and what is done without an answer.
        judged: Decisions that led here, oldest first.
    """

    asked: Asked
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is over.

    Attributes:
        decision: The last decision.
        status: How it ended.
        judged: Decisions that led here, oldest first.
        kept: Short key of the job whose model is the result; "" where there is none.
    """

    decision: Decision
    status: RunStatus
    judged: tuple[Judged, ...] = ()
    kept: str = ""


Action = Create | WaitForJobs | Ask | Finish


def next_action(run: Run, now: datetime) -> Action:
    """What `run` does next.

    Args:
        run: The run with all its jobs.
        now: UTC; only bounds the waiting, for jobs and for an answer.
    """
    refused = _refused_by_preflight(run)
    if refused:
        return refused
    plan = run.plan
    if plan is None:
        return Finish(Decision(DecisionKind.REFUSE, "plan.missing", "No plan was made."), RunStatus.FAILED)
    if run.aborted:
        return WaitForJobs() if run.open_jobs else _given_up(run, _aborted_decision(), RunStatus.STOPPED, now)
    intended = tuple(job for job in run.open_jobs if job.status is JobStatus.INTENDED)
    if run.open_jobs and _overdue(run, now):
        return _given_up(run, _overdue_decision(run), RunStatus.FAILED, now)
    if intended:
        return Create(intended)
    return WaitForJobs() if run.open_jobs else _through_stages(run, plan, now)


def _given_up(run: Run, decision: Decision, status: RunStatus, now: datetime) -> Finish:
    """The end of a run before its time; the best model that there is stays."""
    return Finish(decision, status, kept=best_so_far(run, now))


def _refused_by_preflight(run: Run) -> Finish | None:
    errors = [problem for problem in run.problems if problem.severity == "error"]
    if not errors:
        return None
    what = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    codes = ", ".join(dict.fromkeys(error.code for error in errors))
    reason = f"Pre-flight refuses, with {what} to mend ({codes}); nothing was created."
    return Finish(Decision(DecisionKind.REFUSE, "preflight.refused", reason), RunStatus.REFUSED)


def _aborted_decision() -> Decision:
    reason = "The execution was aborted or timed out; nothing more was started."
    return Decision(DecisionKind.ENDED_BY_A_PERSON, "run.aborted", reason)


def _overdue(run: Run, now: datetime) -> bool:
    return any(now > job.intended_at + timedelta(hours=job.orders.max_hours) + GRACE for job in run.open_jobs)


def _overdue_decision(run: Run) -> Decision:
    names = ", ".join(job.request.job_name for job in run.open_jobs)
    reason = f"Past its max_hours and {GRACE}; still running and billing: {names}. Stop it by hand."
    return Decision(DecisionKind.REFUSE, "run.overdue", reason)


def _through_stages(run: Run, plan: Plan, now: datetime) -> Action:
    moved = rehearse(run, plan, now)
    if isinstance(moved.move, Passed):
        further = _further(run, plan, moved.move, moved.judged)
        moved = Moved(further.move, (*moved.judged, *further.judged))
    return _action(run, plan, moved, now)


def _further(run: Run, plan: Plan, passed: Passed, judged: tuple[Judged, ...]) -> Moved:
    """The full run's move; a run that has none is over with its rehearsal."""
    if plan.full is None:
        return Moved(Ended(judged[-1].decision, RunStatus.COMPLETED))
    return train(run, plan, plan.full, passed)


def _action(run: Run, plan: Plan, moved: Moved, now: datetime) -> Action:
    match moved.move:
        case Try() as wanted:
            return _create(run, plan, wanted, moved.judged, now)
        case Asked() as asked:
            return Ask(asked, moved.judged)
        case Ended(decision, status, kept):
            return Finish(decision, status, moved.judged, kept)
        case Passed():
            raise AssertionError("Only the rehearsal passes, and the full run follows it.")


def _create(run: Run, plan: Plan, wanted: Try, judged: tuple[Judged, ...], now: datetime) -> Action:
    """As many of the jobs as the budget has room for; without any the run ends with the best model so far."""
    over = over_budget(run, plan, wanted.stage)
    if over:
        return _unaffordable(over, wanted, judged)
    affordable = tuple(
        candidate
        for place, candidate in enumerate(wanted.candidates)
        if over_budget(run, plan, wanted.stage, before=place) is None
    )
    return Create(tuple(intent(run, plan, wanted, candidate, now) for candidate in affordable), judged)


def _unaffordable(over: Decision, wanted: Try, judged: tuple[Judged, ...]) -> Finish:
    if not wanted.best:
        return Finish(over, RunStatus.REFUSED, judged)
    best = next((job.key.named for job in wanted.before if job.key.short == wanted.best), wanted.best)
    reason = f"{over.reason} The best model so far is kept, that of {best}."
    kept = Decision(DecisionKind.KEEP_BEST, over.policy, reason)
    return Finish(kept, RunStatus.COMPLETED, judged, wanted.best)
