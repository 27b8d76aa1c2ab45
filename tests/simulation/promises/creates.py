"""Jobs: at most one for each key, none too many, none that nobody knows (docs/architecture.md; I7)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from finetune_guard.core.names import STACK_TAG
from finetune_guard.core.observing import INTENT_DUE
from finetune_guard.core.plans import Stage
from finetune_guard.core.spending import at_most_spent
from tests.simulation.effects import Effect
from tests.simulation.night import Night

#: Until a job is known by its ARN: the intent's own time, two clocks that are off by a quarter of an hour
#: each, a process that hangs, and some ticks that come to nothing.
KNOWN_AFTER = INTENT_DUE + timedelta(minutes=60)


def a_job_is_created_after_its_intent_is_written(night: Night, effect: Effect) -> Iterator[str]:
    if effect.answer not in night.created:
        yield f"{effect.answer} was created, and no record has its token."


def there_is_one_job_for_each_key(night: Night, effect: Effect) -> Iterator[str]:
    times = Counter(night.created.values())
    for key, count in times.items():
        if count > 1:
            yield f"There are {count} jobs for {key.run_id} {key.short}."


def no_more_jobs_run_than_the_account_may_have(night: Night, effect: Effect) -> Iterator[str]:
    jobs = night.world.jobs
    running = sum(job.status in ("InProgress", "Stopping") for job in jobs.described.values())
    if jobs.most_open is not None and running > jobs.most_open:
        yield f"{running} jobs run, {jobs.most_open} may."


def a_run_trains_no_more_jobs_at_once_than_it_planned(night: Night, effect: Effect) -> Iterator[str]:
    """Candidates of a rehearsal as many as the plan says, all else one at a time."""
    key = night.created.get(str(effect.answer))
    if key is None or effect.before is not None:
        return
    plan = night.runs[key.run_id].plan
    most = plan.at_once if plan is not None and key.stage is Stage.REHEARSAL else 1
    running = [
        arn
        for arn, other in night.created.items()
        if other.run_id == key.run_id
        and arn in night.world.jobs.described
        and night.world.jobs.described[arn].status in ("InProgress", "Stopping")
    ]
    if len(running) > most:
        yield f"{len(running)} jobs of {key.run_id} run at once, {most} may."


def no_job_begins_above_the_budget(night: Night, effect: Effect) -> Iterator[str]:
    key = night.created.get(str(effect.answer))
    if key is None or effect.before is not None:
        return
    run = night.whole(key.run_id)
    if run.plan is None or run.plan.budget_usd is None:
        return
    others = tuple(job for job in run.jobs if job.key != key)
    mine = next(job for job in run.jobs if job.key == key).orders.estimated_usd or Decimal(0)
    spent = at_most_spent(replace(run, jobs=others))
    if spent is not None and spent + mine > run.plan.budget_usd:
        yield f"{key.run_id} {key.short} began at {mine} with {spent} spent of {run.plan.budget_usd}."


def no_job_begins_for_a_run_that_is_over(night: Night, effect: Effect) -> Iterator[str]:
    """A process cannot know of an abort while its very call is under way."""
    key, process = night.created.get(str(effect.answer)), effect.process
    if key is None or process is None or effect.before is not None:
        return
    over = night.over.get(key.run_id)
    if over is not None and over <= process.known:
        yield f"{process.name} created {key.short} of {key.run_id}; it could know that the run is over."


def every_job_is_known(night: Night, effect: Effect) -> Iterator[str]:
    """Whatever the service runs with our tag is in a record by its ARN, some ticks after it began."""
    known = {each.job.arn for each in night.jobs.values()}
    for arn, request in night.world.jobs.requests.items():
        if STACK_TAG not in request.tags or arn in known:
            continue
        if effect.call == "end" or effect.at > night.born.get(arn, effect.at) + KNOWN_AFTER:
            yield f"{request.job_name} runs or ran and no record has its ARN."


PROMISES = {
    "jobs.create": (
        a_job_is_created_after_its_intent_is_written,
        there_is_one_job_for_each_key,
        no_more_jobs_run_than_the_account_may_have,
        a_run_trains_no_more_jobs_at_once_than_it_planned,
        no_job_begins_above_the_budget,
        no_job_begins_for_a_run_that_is_over,
    ),
    "tick": (every_job_is_known,),
    "end": (every_job_is_known,),
}
