"""Rebuilds what the table lacks, from the bucket and from Bedrock's own jobs; writes over nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from finetune_guard.core import observing
from finetune_guard.core.decisions import Reply
from finetune_guard.core.errors import NotFoundError, UnreadableRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.journal_keys import (
    RUNS,
    report_key,
    run_key,
)
from finetune_guard.core.learning import learnt
from finetune_guard.core.names import JobKey
from finetune_guard.core.next_action import Ask, Create, next_action
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.rebuilding import (
    kept_run,
    presumed,
    reopened,
    reported,
)
from finetune_guard.core.runs import Run
from finetune_guard.ports import Clock, Journal, RunStore, TrainingJobs
from finetune_guard.usecases.find_job import FindTools, found_job
from finetune_guard.usecases.judge import Judge

#: No run has more rounds of jobs: segments are far fewer, and each is tried at most three times.
MOST_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class RebuildTools:
    """What a rebuild needs of the world; `judge` is the watch's."""

    store: RunStore
    jobs: TrainingJobs
    journal: Journal
    judge: Judge
    clock: Clock

    @property
    def finding(self) -> FindTools:
        """Those that finding one job needs."""
        return FindTools(self.jobs, self.journal, self.judge)


@dataclass(frozen=True, slots=True)
class Missing:
    """What the table lacks of one run, as it was made again.

    Attributes:
        run: The run with all its jobs, those that the table has among them.
        itself: Whether the run's own record is absent.
        jobs: The absent records of its jobs.
    """

    run: Run
    itself: bool
    jobs: tuple[JobRecord, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What can be rebuilt.

    Attributes:
        runs: Those of which something is absent, in the order of their ids.
        whole: How many runs the table has with all their jobs.
        bases: What is learnt anew of bases of which the table knows nothing.
        left_out: One sentence for each run that cannot be rebuilt.
    """

    runs: tuple[Missing, ...] = ()
    whole: int = 0
    bases: tuple[BaseModelFacts, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class _Noted:
    """A survey while it is made."""

    runs: list[Missing] = field(default_factory=list)
    whole: int = 0
    left_out: list[str] = field(default_factory=list)


def survey(tools: RebuildTools, run_ids: tuple[str, ...] = ()) -> Survey:
    """Finds what the table lacks, and makes it again; writes nothing.

    Args:
        tools: What it needs of the world.
        run_ids: Which runs; all that the bucket knows where none is named.

    Raises:
        ServiceError: The bucket, the table or Bedrock cannot be asked.
    """
    noted = _Noted()
    for run_id in run_ids or _known_to_the_bucket(tools.journal):
        try:
            _note(_missing(run_id, tools), noted)
        except (NotFoundError, UnreadableRecordError) as exc:
            noted.left_out.append(f"{run_id}: {exc}")
    return Survey(tuple(noted.runs), noted.whole, _bases(noted.runs, tools.store), tuple(noted.left_out))


def write(found: Survey, store: RunStore) -> None:
    """Writes each record if it is still absent.

    Jobs before their run, which is never seen without them; what they teach of bases before all, since it is
    learnt from runs that are absent.
    """
    for facts in found.bases:
        store.learn(facts)
    for missing in found.runs:
        for job in missing.jobs:
            store.add_job(job)
        if missing.itself:
            store.add_run(replace(missing.run, jobs=()))


def _known_to_the_bucket(journal: Journal) -> tuple[str, ...]:
    ids = (file.key.removeprefix(RUNS).split("/")[0] for file in journal.kept(RUNS))
    return tuple(sorted(set(ids)))


def _note(missing: Missing, noted: _Noted) -> None:
    if missing.itself or missing.jobs:
        noted.runs.append(missing)
    else:
        noted.whole += 1


def _missing(run_id: str, tools: RebuildTools) -> Missing:
    try:
        present = tools.store.run(run_id)
    except NotFoundError:
        present = None
    kept = present or _from_bucket(run_id, tools.journal)
    report = _read(report_key(run_id), tools.journal)
    told = reported(kept, report) if report else kept
    known = replace(present, jobs=_together(present.jobs, told.jobs)) if present else told
    whole = _with_jobs(known, tools)
    have = {job.key for job in present.jobs} if present else set()
    return Missing(whole, present is None, tuple(job for job in whole.jobs if job.key not in have))


def _from_bucket(run_id: str, journal: Journal) -> Run:
    try:
        return kept_run(journal.read(run_key(run_id)), run_id)
    except NotFoundError as exc:
        raise NotFoundError(
            f"The bucket has no {run_key(run_id)}: the run was planned by an older release, or never. "
            "Restore the table to a point in time; the run's report, if it has one, is still in the bucket."
        ) from exc


def _with_jobs(known: Run, tools: RebuildTools) -> Run:
    """The run with every job that Bedrock has of it, as far as its curves lead, beside those that are known.

    A job after which another was created had been closed. Of the last ones nobody knows, so those whose files
    may still come are left to the watch.
    """
    if known.ended:
        return known
    have = {job.key: job for job in known.jobs}
    run, newest = replace(known, jobs=()), frozenset[JobKey]()
    for more in _rounds(run, have, tools):
        newest = frozenset(job.key for job in more.jobs) - {job.key for job in run.jobs} - set(have)
        run = more
    now = tools.clock.now()
    walked = (reopened(job) if job.key in newest and _is_fresh(job, now) else job for job in run.jobs)
    return replace(run, jobs=_together(known.jobs, tuple(walked)))


def _rounds(run: Run, have: Mapping[JobKey, JobRecord], tools: RebuildTools) -> Iterator[Run]:
    """The run with more and more of its jobs: first those from before it was taken up, then those since."""
    for attempt in range(run.attempt + 1):
        for _ in range(MOST_ROUNDS):
            more = _next_jobs(replace(run, attempt=attempt), have, tools)
            if more is None:
                break
            run = replace(more, attempt=run.attempt)
            yield run


def _together(jobs: tuple[JobRecord, ...], others: tuple[JobRecord, ...]) -> tuple[JobRecord, ...]:
    """All of them in the order of a run's jobs; the first win."""
    by_key = {job.key: job for job in (*others, *jobs)}
    return tuple(sorted(by_key.values(), key=lambda job: job.key.place))


def _is_fresh(job: JobRecord, now: datetime) -> bool:
    return now < (job.ended_at or job.last_modified or now) + observing.FILES_DUE


def _next_jobs(run: Run, have: Mapping[JobKey, JobRecord], tools: RebuildTools) -> Run | None:
    """The run with the jobs that come next; None where none of them was created."""
    action = next_action(run, tools.clock.now())
    if isinstance(action, Ask):
        # Whether a person said yes is known by the job that was created then; a no leaves no trace.
        yes = presumed(run, action.asked, Reply.PROCEED, tools.clock.now())
        return _next_jobs(yes, have, tools)
    if not isinstance(action, Create):
        return None
    met = {job.key for job in run.jobs}
    wanted = (job for job in action.jobs if job.key not in met)
    more = tuple(job for job in (_present(job, have, tools) for job in wanted) if job)
    return replace(run, jobs=(*run.jobs, *more)) if more else None


def _present(intent: JobRecord, have: Mapping[JobKey, JobRecord], tools: RebuildTools) -> JobRecord | None:
    """The job as it is now: a record that is open may be of a table that was restored to the past."""
    known = have.get(intent.key)
    return known if known and known.closed else found_job(intent, tools.finding) or known


def _bases(runs: list[Missing], store: RunStore) -> tuple[BaseModelFacts, ...]:
    """What the closed jobs teach, by base, of those of which nothing is known."""
    facts: dict[str, BaseModelFacts] = {}
    jobs = [job for missing in runs for job in missing.run.jobs if job.closed and job.ended_at]
    for job in sorted(jobs, key=lambda job: job.ended_at or job.intended_at):
        base = job.request.base_model_id
        known = facts.get(base, BaseModelFacts(base))
        facts[base] = learnt(known, job, job.ended_at or job.intended_at)
    return tuple(each for each in facts.values() if each.jobs_seen and _unknown(each.base_model_id, store))


def _unknown(base_model_id: str, store: RunStore) -> bool:
    try:
        return store.base_model(base_model_id) == BaseModelFacts(base_model_id)
    except UnreadableRecordError:
        return False


def _read(key: str, journal: Journal) -> bytes:
    try:
        return journal.read(key)
    except NotFoundError:
        return b""
