"""The `Plan` state: cuts the data and writes down what the run will do, once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from finetune_guard.core.access.versions import changed_while_read
from finetune_guard.core.config import RunConfig, examine_config
from finetune_guard.core.config_keys import TRAINING
from finetune_guard.core.datasets.manifest import Manifest
from finetune_guard.core.datasets.measuring import Measures, Parts, cut, measure
from finetune_guard.core.datasets.records import tokens_of
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import InvalidInputError, StaleRecordError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.steps import Batch, batch_of
from finetune_guard.core.journal_keys import run_key
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.planning import Basis, StageData, explicit, learning_rate, make, sample_size
from finetune_guard.core.plans import Plan
from finetune_guard.core.rebuilding import as_kept
from finetune_guard.core.runs import Problem, Run
from finetune_guard.core.shaping import Question, Shape, shape
from finetune_guard.ports import DatasetFiles, RunStore
from finetune_guard.usecases.arming import armed_notes
from finetune_guard.usecases.checks import refuses
from finetune_guard.usecases.cut_data import Cutting, piece_of, probe_of, write_parts
from finetune_guard.usecases.knowledge import known_of
from finetune_guard.usecases.versions import PinnedFiles, changed_since

#: The same file is always split and sampled alike, so that runs over the same data can be compared.
SEED = "finetune-guard"


@dataclass(frozen=True, slots=True)
class PlanTools:
    """What `make_plan` needs of the world.

    Attributes:
        bucket: The stack's own; samples go below samples/, where they expire, since they hold prompts.
        role_arn: The stack's own Bedrock role, used where the config names none.
    """

    files: DatasetFiles
    store: RunStore
    bucket: str
    role_arn: str


@dataclass(frozen=True, slots=True)
class _Job:
    """What is worked on: the run, what it asks, and its training file as it was found."""

    run: Run
    config: RunConfig
    base: BaseModel
    batch: Batch
    source: FileFacts
    measures: Measures
    parts: Parts
    shape: Shape


def make_plan(run_id: str, tools: PlanTools) -> Run:
    """Plans a run; nothing is done where it is refused or has a plan. The same again writes the same files.

    Data that is not what pre-flight checked, or that is written meanwhile, refuses the run (DS009).

    Raises:
        NotFoundError: No such run.
        StaleRecordError: Somebody wrote the run in between; ask again.
        ServiceError: A file could not be read or written.
    """
    run = tools.store.run(run_id)
    if run.plan is not None or refuses(run.problems):
        return _kept(run, tools)
    changed = tuple(changed_since(run.sources, tools.files))
    if changed:
        return _refused(run, changed, tools)
    plan = _planned(run, replace(tools, files=PinnedFiles(tools.files)))
    changed = tuple(changed_since(run.sources, tools.files))
    if plan is None or changed:
        return _refused(run, changed or (_written_meanwhile(run),), tools)
    return _saved(run, replace(run, plan=plan), tools)


def _refused(run: Run, problems: tuple[Problem, ...], tools: PlanTools) -> Run:
    return _saved(run, replace(run, problems=(*run.problems, *problems)), tools)


def _planned(run: Run, tools: PlanTools) -> Plan | None:
    """The plan; None where the data was written while it was read."""
    try:
        basis = _basis(_measured(run, tools), tools)
    except StaleRecordError:
        return None
    return make(basis)


def _written_meanwhile(run: Run) -> Problem:
    """For data that was written while it was read, and by now is again what it was."""
    uri = next((source.file.uri for source in run.sources if source.key == TRAINING), "")
    return changed_while_read(TRAINING, uri)


def _saved(run: Run, changed: Run, tools: PlanTools) -> Run:
    return replace(tools.store.save_run(_kept(changed, tools)), jobs=run.jobs)


def _kept(run: Run, tools: PlanTools) -> Run:
    """The run, after the bucket has it, too: from there the table can be rebuilt."""
    tools.files.write(f"s3://{tools.bucket}/{run_key(run.run_id)}", (as_kept(run).encode(),))
    return run


def _measured(run: Run, tools: PlanTools) -> _Job:
    config = examine_config(run.config).config
    base = find(config.base_model_id) if config else None
    if config is None or base is None:
        raise InvalidInputError(
            f"Run {run.run_id} passed pre-flight with a config that this version cannot read; start it again."
        )
    source = tools.files.facts(config.training_data_path)
    measures = measure(tools.files.chunks(source.uri), base.limits.schema, SEED)
    seen = known_of(base.model_id, tools.store)
    batch = batch_of(base, config.hyperparameters, seen)
    wanted = None if run.mode is Mode.FULL_RUN else sample_size(base, batch, config.rehearsal.steps)
    may_split = config.validation_data_path is None
    parts = cut(measures, base.limits, wanted, SEED, split=may_split)
    values = explicit(base, config.hyperparameters)
    question = Question(
        mode=run.mode,
        base=base,
        values=values,
        rate=learning_rate(base, values),
        batch=batch,
        records=parts.train,
        sample=None if wanted is None else min(wanted, parts.train),
        rehearsal=config.rehearsal,
        run=config.run,
        seen=seen,
    )
    return _Job(run, config, base, batch, source, measures, parts, shape(question))


def _basis(job: _Job, tools: PlanTools) -> Basis:
    cutting = Cutting(job.run.run_id, tools.bucket, job.source, SEED, job.measures, job.parts, job.shape)
    parts = write_parts(cutting, tools.files, whole_is_used=job.run.mode is not Mode.MINI_RUN)
    rehearses = job.run.mode is not Mode.FULL_RUN
    full = StageData(
        training_uri=parts.training.uri if parts.training else job.source.uri,
        validation_uri=_validation_uri(job, parts),
        records=job.parts.train,
        tokens=tokens_of(job.parts.characters),
    )
    return Basis(
        config=job.config,
        base=job.base,
        role_arn=job.config.role_arn or tools.role_arn,
        batch=job.batch,
        rehearsal=_rehearsal(job, parts, full) if rehearses else None,
        full=full,
        mini=job.run.mode is Mode.MINI_RUN,
        notes=(*_notes(job), *armed_notes(job.config, tools.store)),
        shape=job.shape,
        pieces=tuple(piece_of(piece, parts, full, job.parts) for piece in job.shape.pieces),
        probe=probe_of(parts, full, job.parts),
    )


def _validation_uri(job: _Job, parts: Manifest) -> str | None:
    if not job.base.limits.validation:
        return None
    return parts.validation.uri if parts.validation else job.config.validation_data_path


def _rehearsal(job: _Job, parts: Manifest, full: StageData) -> StageData:
    if parts.rehearsal is None:
        return full
    tokens = tokens_of(job.parts.sample_characters)
    return replace(full, training_uri=parts.rehearsal.uri, records=parts.rehearsal.records, tokens=tokens)


def _notes(job: _Job) -> Iterator[str]:
    source = job.source
    version = f", version {source.version}" if source.version else ""
    yield f"Training data: {job.measures.records} records, ETag {source.etag}{version}."
    if job.parts.split:
        yield (
            f"No validation file was given: {job.parts.split.validation} records were set apart by a hash of "
            f"their prompts; {job.parts.train} are left for training."
        )
    if job.run.mode is not Mode.FULL_RUN:
        yield _of_rehearsal(job)
    yield from (problem.message for problem in job.run.problems if problem.severity == "warning")


def _of_rehearsal(job: _Job) -> str:
    asked = job.config.rehearsal.steps
    if job.shape.rehearsed:
        return f"The rehearsal is the first of {len(job.shape.pieces)} segments."
    if job.parts.sample is None:
        return f"The rehearsal takes all {job.parts.train} records: {asked} steps want no fewer."
    drawn = len(job.parts.sample.chosen)
    return f"The rehearsal takes {drawn} records for about {asked} steps ({job.batch.basis})."
