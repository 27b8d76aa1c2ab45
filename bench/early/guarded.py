"""A guarded run, from its plan to its report: the real use cases over a world in memory."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bench.early.cases import FORMATS, Case
from bench.early.data import Data
from bench.early.service import TrainingService
from finetune_guard.core.decisions import DatedDecision, Mode
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.plans import Plan, Stage
from finetune_guard.core.policy import CARRY_ON
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import share_trained, spent_by
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.judge_curve import judge
from finetune_guard.usecases.plan import PlanTools, make_plan
from finetune_guard.usecases.watch import tick
from local.bedrock.model import Floats
from tests.fakes.world import World
from tests.usecases.machine import Machine, start, watch_tools

TRAINING, VALIDATION = "s3://guard-bucket/data/training.jsonl", "s3://guard-bucket/data/validation.jsonl"
ROLE: Final = "arn:aws:iam::123456789012:role/bedrock"
EXECUTION: Final = "arn:aws:states:us-east-1:123456789012:execution:RehearseThenRun:bench"
RUN_ID: Final = "bench-0123456789"
#: Files are stable over two looks, so a job that has ended is closed by the third; more is a fault.
MOST_TICKS: Final = 10


@dataclass(frozen=True, slots=True)
class Guarded:
    """A guarded run that is over.

    Attributes:
        run: Its record.
        plan: Its plan.
        weights: Of the model that it kept; None where it kept none.
        learnt: What the account knows of the base afterwards.
    """

    run: Run
    plan: Plan
    weights: Floats | None
    learnt: BaseModelFacts

    @property
    def full_tokens(self) -> int:
        """Tokens of the full run as one job, at the middle of the range."""
        assert self.plan.full is not None
        return self.plan.full.tokens.middle * self.plan.full.epochs

    @property
    def tokens(self) -> int:
        """Tokens that its jobs trained, estimated."""
        return spent_by(self.run).tokens

    @property
    def tokens_at_most(self) -> int:
        """The same with every job that began counted in full."""
        return sum(job.orders.tokens for job in self.run.jobs if share_trained(job)[0] > 0)

    @property
    def turning(self) -> DatedDecision | None:
        """The first decision that was not to go on as planned; None where there was none."""
        return next((each for each in self.run.decisions if each.decision.kind not in CARRY_ON), None)

    @property
    def full_run_broke(self) -> bool:
        """Whether the full run as one job was paid for and diverged."""
        jobs = self.run.of(Stage.FULL)
        return any(job.verdict is VerdictKind.DIVERGED and not job.key.segment for job in jobs)

    def tokens_until(self, moment: datetime) -> int:
        """Tokens of the jobs that had ended by then."""
        return sum(job.orders.tokens for job in self.run.jobs if job.ended_at and job.ended_at <= moment)


def guarded(case: Case, data: Data, known: BaseModelFacts | None = None) -> Guarded:
    """Plays a case to its end.

    Args:
        case: What is asked.
        data: What it is trained on.
        known: What earlier runs of the account have shown of the base; None for a first run.

    Raises:
        RuntimeError: A tick failed, or the run came to no end.
    """
    world = World()
    record = FORMATS[case.setting.base]
    world.datasets.put(TRAINING, data.training_file(record))
    world.datasets.put(VALIDATION, data.validation_file(record))
    if known:
        world.store.learn(known)
    machine = start(world, _run(case, world.clock.now()))
    make_plan(RUN_ID, PlanTools(world.datasets, world.store, "guard-bucket", ROLE))
    service = TrainingService(world, case.setting.then)
    while machine.state != "Ended":
        if not machine.step():
            service.run()
            _watch(world, machine)
            clean_up(CleanUpTools(world.store, world.jobs, world.clock))
    return _ended(world, service)


def _run(case: Case, now: datetime) -> Run:
    return Run(
        run_id=RUN_ID,
        mode=Mode.REHEARSE_THEN_RUN,
        config=json.dumps(config(case)),
        job_name="bench",
        execution_arn=EXECUTION,
        started_at=now,
    )


def config(case: Case) -> dict[str, object]:
    """The config.json of a case."""
    return {
        "job_name": "bench",
        "base_model_id": case.setting.base,
        "training_data_path": TRAINING,
        "validation_data_path": VALIDATION,
        "output_data_path": "s3://guard-bucket/output/",
        "hyperparameters": case.setting.hyperparameters,
        "monitoring": {"auto_stop": "on"},
        "run": {"segments": case.segments} if case.segments else {},
        "rehearsal": {"sweep": True} if case.sweep else {},
        "accept": list(case.accept),
    }


def _watch(world: World, machine: Machine) -> None:
    """Ticks until the machine has something to do."""
    tools = replace(watch_tools(world), judge=judge)
    for _ in range(MOST_TICKS):
        now = world.clock.advance(minutes=1)
        ticked = tick(tools, deadline=now + timedelta(seconds=50))
        if ticked.errors:
            raise RuntimeError(f"A tick failed: {'; '.join(ticked.errors)}")
        if machine.token in world.workflow.completed:
            return
    raise RuntimeError(f"Nothing was decided in {MOST_TICKS} ticks; the machine is in {machine.state}.")


def _ended(world: World, service: TrainingService) -> Guarded:
    run = world.store.run(RUN_ID)
    if run.plan is None:
        raise RuntimeError(f"The run was refused before a plan was made: {run.problems}")
    kept, learnt = run.kept_job, world.store.base_model(run.plan.base_model_id)
    if kept is None:
        return Guarded(run, run.plan, None, learnt)
    if kept.model_arn not in world.jobs.models:
        raise RuntimeError(f"The model of {kept.key.short} is the result and was deleted.")
    return Guarded(run, run.plan, service.weights[kept.model_arn], learnt)
