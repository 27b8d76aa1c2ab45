"""Reads the kept items of older releases, and makes the world around them: the jobs, files and executions."""

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import BaseModelFacts, Control, Execution, JobDescription
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import ALERT, BASE, CONTROL, JOB, RUN, Shape, read
from tests.fakes.store import Row, key_of
from tests.fakes.world import World
from tests.usecases.machine import Machine

FOLDER = Path(__file__).resolve().parents[1] / "data" / "records"
FILES = sorted(FOLDER.glob("*.jsonl"))

#: What an item's sort key begins with.
BY_SORT_KEY: dict[str, Shape[Any]] = {
    "JOB#": JOB,
    "RUN": RUN,
    "ALERT#": ALERT,
    "FACTS": BASE,
    "CONTROL": CONTROL,
}


@dataclass(frozen=True)
class Item:
    """One item as it lay in the table."""

    pk: str
    sk: str
    due_pk: str
    due_sk: str
    version: int
    record: str

    @property
    def name(self) -> str:
        return f"{self.pk} {self.sk}"

    @property
    def shape(self) -> Shape[Any]:
        kinds: dict[str, Shape[Any]] = {
            "JOB#": JOB,
            "RUN": RUN,
            "ALERT": ALERT,
            "FACTS": BASE,
            "CONTROL": CONTROL,
        }
        return next(shape for begin, shape in kinds.items() if self.sk.startswith(begin))

    @property
    def value(self) -> Any:
        return read(self.record, self.shape, self.name)


@cache
def items(path: Path) -> tuple[Item, ...]:
    return tuple(Item(**json.loads(line)) for line in path.read_text().splitlines())


def world_of(path: Path) -> World:
    """The world in which a release left these items, with every job as its record says."""
    world = World()
    for item in items(path):
        value = item.value
        world.store.rows[key_of(value)] = Row(item.record, item.version, ("an older release", ""))
        match value:
            case JobRecord():
                _there(world, value)
                world.clock.set(max(world.clock.now(), value.ticked_at or value.intended_at))
            case Run():
                status = "SUCCEEDED" if value.ended else "RUNNING"
                started = Execution(value.execution_arn, status, value.started_at, value.ended_at)
                world.workflow.executions[value.execution_arn] = started
            case Control() | BaseModelFacts() | _:
                pass
    return world


def machines(world: World) -> tuple[Machine, ...]:
    """The executions of the runs that are open, each waiting on the token that is stored."""
    found = []
    for run in world.store.open_runs():
        assert run.wait is not None
        token = world.workflow.wait_on(run.wait.token)
        found.append(Machine(world, run.run_id, "Waiting", token, tokens=100 * len(run.run_id)))
    return tuple(found)


def _there(world: World, job: JobRecord) -> None:
    """The job as Bedrock shows it."""
    arn = job.arn or ""
    world.jobs.requests[arn] = job.request
    shown = JobDescription(
        arn=arn,
        name=job.request.job_name,
        status=job.status.value,
        base_model_arn="",
        output_uri=job.request.output_uri,
        created_at=job.created_at or job.intended_at,
        phases=job.phases,
        last_modified=job.last_modified,
        ended_at=job.ended_at,
        model_arn=job.model_arn,
        token=job.request.token,
    )
    stop_was_called = job.stop is not None and job.stop.called_at is not None
    world.jobs.described[arn] = replace(shown, status="Stopping") if stop_was_called else shown
    if job.model:
        world.jobs.models.add(job.model)
