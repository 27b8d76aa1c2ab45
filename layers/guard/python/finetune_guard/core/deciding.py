"""Which job decided how a run ended: the one that the run's verdict and evidence speak of."""

from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.plans import Plan, Stage
from finetune_guard.core.runs import Run
from finetune_guard.core.sweeping import Chosen, choose, tried


def deciding_job(run: Run) -> JobRecord | None:
    """The job that the last decision is about; where it is about none, or the run goes on, the last job."""
    if not run.ended or not run.decisions:
        return last_job(run)
    about = run.decisions[-1].about.removesuffix(".answer")
    if about == Stage.REHEARSAL and run.plan:
        chosen = chosen_of(run, run.plan)
        return chosen.tried.job if chosen else last_job(run)
    return next((job for job in run.jobs if job.key.short == about), None) or last_job(run)


def last_job(run: Run) -> JobRecord | None:
    """The last job of the full run, else of the rehearsal; None where neither has one."""
    jobs = run.of(Stage.FULL) or run.of(Stage.REHEARSAL)
    return max(jobs, key=lambda job: (job.intended_at, job.key.place)) if jobs else None


def chosen_of(run: Run, plan: Plan) -> Chosen | None:
    """What a sweep chose; None where the run has none, or no rate could be chosen."""
    rate = plan.learning_rate
    if not plan.sweep or rate is None:
        return None
    return choose(tried(run.standing(Stage.REHEARSAL), rate.key, rate.value))
