"""What must be the same at a run's end, whatever happened to it on the way."""

from dataclasses import dataclass
from typing import Any

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import ShadowCounts
from finetune_guard.core.runs import Run
from tests.fakes.seam import Calm
from tests.fakes.world import World
from tests.usecases.long_run import Play


@dataclass(frozen=True)
class End:
    """What must be the same whatever crashed: everything but times, versions and tokens."""

    status: str
    decisions: tuple[tuple[str, str], ...]
    jobs: tuple[tuple[Any, ...], ...]
    alerts: frozenset[str]
    told: frozenset[str]
    bedrock_jobs: int
    journal: frozenset[str | bool]
    report: bool
    known: tuple[bool | None, int, ShadowCounts]


def the_end(world: World, of: Run) -> End:
    """How the run has ended."""
    world.seam.interrupt = Calm()
    stored = world.store.run(of.run_id)
    facts = world.store.base_model(stored.plan.base_model_id) if stored.plan else None
    return End(
        status=stored.status,
        decisions=tuple((d.about, d.decision.policy) for d in stored.decisions),
        jobs=tuple(_job(job) for job in stored.jobs),
        alerts=frozenset(alert.alert_id for alert in world.store.alerts(of.run_id)),
        told=frozenset(alert.alert_id for alert in world.alerts.published),
        bedrock_jobs=len(world.jobs.requests),
        journal=frozenset(key for key in world.journal.objects if key.startswith("metrics/"))
        | frozenset(
            copy_of(job, sighting.etag) in world.journal.objects
            for job in stored.jobs
            for sighting in job.sightings
        ),
        report=f"runs/{of.run_id}/report.json" in world.journal.objects,
        known=(facts.live_metrics, facts.jobs_seen, facts.shadow) if facts else (None, 0, ShadowCounts()),
    )


def _job(job: JobRecord) -> tuple[Any, ...]:
    stop = job.stop and job.stop.outcome
    judged = (job.verdict, job.evidence, job.findings)
    return (job.key.short, job.arn, job.status, *judged, job.closed, stop, bool(job.model_deleted_at))


def copy_of(job: JobRecord, etag: str) -> str:
    """Where the journal keeps a version of a training file."""
    version = etag.strip('"')
    return f"journal/{job.request.job_name}/{version}-step_wise_training_metrics.csv"


@dataclass(frozen=True)
class LongEnd:
    """What must be the same whatever crashed, with the models that are left."""

    end: End
    kept: str
    models: frozenset[str]
    questions: tuple[tuple[str, str | None], ...]


def end_of(play: Play) -> LongEnd:
    """How the run of a story that was played has ended."""
    done = play.run
    return LongEnd(
        the_end(play.world, play.story.run),
        done.kept,
        frozenset(play.world.jobs.models),
        tuple((question.about, question.reply) for question in done.questions),
    )


@dataclass(frozen=True)
class Outcome:
    """What a run that was taken up shares with one that nobody disturbed."""

    status: RunStatus
    kept: tuple[str, int]
    creates: int
    models: int
    policies: frozenset[str]


def outcome_of(play: Play) -> Outcome:
    """What came of the run of a story that was played."""
    done = play.run
    kept = done.kept_job
    policies = {decided.decision.policy for decided in done.decisions} - {"run.aborted"}
    return Outcome(
        done.status,
        (kept.key.part, kept.key.candidate) if kept else ("", 0),
        len(play.world.jobs.requests),
        len(play.world.jobs.models),
        frozenset(policies),
    )


def nothing_is_lost(play: Play) -> None:
    """No job that no record knows, none started from a dead model, the kept model is there."""
    done = play.run
    assert set(play.world.jobs.requests) == {job.arn for job in done.jobs if job.arn}
    assert play.world.jobs.dead_starts == []
    assert done.kept_job is None or done.kept_job.model in play.world.jobs.models
    tokens = [request.token for request in play.world.jobs.requests.values()]
    assert len(set(tokens)) == len(tokens)
