"""Items of the table at several points of runs, as the release that this runs on stores them.

    python -m tests.records.samples > tests/data/records/NAME.jsonl

Run it once for each release, on that release, and keep the file: later ones must read it and go on from it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace

from finetune_guard.aws import dynamo_rows as rows
from finetune_guard.core.alerts import Alert, AlertState
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import Control
from finetune_guard.core.runs import Problem, Run
from tests.builders import plan, run
from tests.fakes.world import World
from tests.usecases.machine import Machine, csv, put, start, watch

GOOD, BAD = csv(2.0, 1.5, 1.2), csv(2.0, 50.0, 60.0)
EXECUTION = "arn:aws:states:us-west-2:123456789012:execution:RehearseThenRun:"
WRONG = Problem("HP002", "error", "hyperparameters", "1", "That is too much.", "Take less.", "a test")


def named(name: str, **changes: object) -> Run:
    return run(run_id=f"{name}-0123456789", job_name=name, execution_arn=EXECUTION + name, **changes)


def on(machine: Machine) -> None:
    while machine.step():
        pass


def job(world: World, machine: Machine) -> JobRecord:
    """The job that is not over; releases differ in the order of a run's jobs."""
    (found,) = (each for each in world.store.run(machine.run_id).jobs if not each.closed)
    return found


def rehearses(world: World, name: str) -> Machine:
    """Waits for its rehearsal, whose curve grows."""
    machine = start(world, named(name))
    on(machine)
    world.jobs.train(job(world, machine).arn or "")
    put(world, job(world, machine), csv(2.0, 1.5))
    watch(world)
    return machine


def closed(world: World, machine: Machine) -> Machine:
    """Its job ends well and is judged; the machine goes on."""
    put(world, job(world, machine), GOOD)
    world.jobs.complete(job(world, machine).arn or "")
    for _ in range(3):
        watch(world)
        world.clock.advance(minutes=1)
    on(machine)
    return machine


def trains(world: World, name: str) -> Machine:
    """Waits for its full run; the rehearsal was healthy."""
    machine = closed(world, rehearses(world, name))
    world.jobs.train(job(world, machine).arn or "")
    watch(world)
    return machine


def stops(world: World, name: str) -> Machine:
    """Waits for the end of a job that diverged; the stop is ordered and called."""
    machine = start(world, named(name, plan=plan(rehearsal=None, auto_stop=AutoStop.ON)))
    on(machine)
    world.jobs.train(job(world, machine).arn or "")
    for rows_of_file in (csv(2.0), BAD):
        put(world, job(world, machine), rows_of_file)
        watch(world)
    return machine


def play() -> World:
    """One run at each point at which a run may be when a release is exchanged."""
    world = World()
    rehearses(world, "rehearses")
    trains(world, "trains")
    closed(world, trains(world, "ended"))
    stops(world, "stops")
    on(start(world, named("refused", plan=None, problems=(WRONG,))))
    world.store.set_control(Control(kill_switch=False))
    return world


def items(world: World) -> Iterator[rows.Row]:
    """Every record as it would lie in the table."""
    runs = [*world.store.open_runs(), *world.store.ended_runs(100)]
    for each in sorted(runs, key=lambda run: run.run_id):
        whole = world.store.run(each.run_id)
        yield rows.run_row(whole)
        yield from map(rows.job_row, whole.jobs)
        for alert in world.store.alerts(each.run_id):
            yield rows.alert_row(_unsent(alert, each), 1)
    jobs = [job for each in runs for job in world.store.run(each.run_id).jobs]
    for model in sorted({job.request.base_model_id for job in jobs}):
        yield rows.base_model_row(world.store.base_model(model))
    yield rows.control_row(world.store.control())


def _unsent(alert: Alert, of: Run) -> Alert:
    """Of one run nothing has been sent yet."""
    pending = replace(alert, state=AlertState.PENDING, claimed_until=None, sent_at=None, message_id="")
    return pending if of.job_name == "stops" else alert


if __name__ == "__main__":
    for row in items(play()):
        keys = {"pk": row.pk, "sk": row.sk, "due_pk": row.due_pk, "due_sk": row.due_sk}
        item = {**keys, "version": row.version, "record": row.record}
        sys.stdout.write(json.dumps(item, ensure_ascii=False) + "\n")
