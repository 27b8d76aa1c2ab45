"""How a run begins, or is taken up: at a terminal, and in the first states of its machine."""

from collections.abc import Callable
from dataclasses import replace

from finetune_guard.core.decisions import Mode
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.runs import Run
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.plan import PlanTools, make_plan
from finetune_guard.usecases.preflight import Asked, preflight
from finetune_guard.usecases.start_again import AgainTools, start_again
from finetune_guard.usecases.start_run import StartTools, start_run, upload
from tests.builders import ended_as, run, segmented
from tests.configs import BUCKET, LEAST, TRAINING
from tests.crashes.scenes import NAME, Scene, store_run
from tests.fakes.health import ROLE
from tests.fakes.world import World
from tests.playing import played, scripted
from tests.usecases.long_run import preflight_tools
from tests.usecases.test_preflight import data

MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:RehearseThenRun"
ARN = MACHINE.replace(":stateMachine:", ":execution:")


def checked(world: World, **changes: object) -> Run:
    """The `Preflight` state."""
    config = {**LEAST, "run": {"segments": 2}, "rehearsal": {"steps": 20}, **changes}
    asked = Asked(config, Mode.REHEARSE_THEN_RUN, f"{ARN}:one", world.clock.now())
    return preflight(asked, replace(preflight_tools(world), region=world.buckets.region))


def planned(world: World) -> Run:
    """The `Plan` state of the one run there is."""
    (key,) = (key for key in world.store.rows if key[0] == "RUN")
    return make_plan(key[1], PlanTools(world.datasets, world.store, BUCKET, ROLE))


def the_run_and_its_files(world: World) -> object:
    """The run but for when it was started, and every file."""
    (key,) = (key for key in world.store.rows if key[0] == "RUN")
    stored = replace(world.store.run(key[1]), started_at=world.clock.now(), sources=())
    return replace(stored, started_at=run().started_at), contents(world)


def contents(world: World) -> dict[str, bytes]:
    """Every data file; of the run as the bucket keeps it only that it is there, since it tells its start."""
    found = world.datasets.contents.items()
    return {uri: b"" if uri.endswith("/run.json") else content.data for uri, content in found}


def with_data() -> World:
    """A world with the user's own file."""
    world = World()
    world.datasets.put(TRAINING, data(700))
    return world


def begins() -> Scene:
    """The first two states of a run in segments with a validation split."""
    return Scene(with_data(), (("preflight", checked), ("plan", planned)), the_run_and_its_files)


def begins_on_data_that_changes() -> Scene:
    """The user's file is another one by the time it is to be cut: the run is refused."""

    def changes(world: World) -> None:
        world.datasets.put(TRAINING, data(701))

    acts = (("preflight", checked), ("nature", changes), ("plan", planned))
    return Scene(with_data(), acts, the_run_and_its_files)


def starts() -> Scene:
    """A person types `run` with two files of this machine.

    Left: an execution whose start was carried out and not answered is a run of its own, which `runs` lists.
    """
    world = World()
    world.datasets.put("train.jsonl", b"{}\n" * 9)
    world.datasets.put("valid.jsonl", b"{}\n")

    def started(world: World) -> None:
        document = {
            "job_name": "a",
            "training_data_path": "train.jsonl",
            "validation_data_path": "valid.jsonl",
        }
        there = upload(dict(document), BUCKET, world.datasets, lambda file, sent: None)
        start_run(there, "a", MACHINE, StartTools(world.datasets, world.workflow, world.clock))

    return Scene(
        world, (("start_run", started),), lambda world: (contents(world), set(world.workflow.inputs.values()))
    )


def failed_run() -> World:
    """A run of three segments whose third failed; the model of the second is kept."""
    world = World()
    third = scripted(segment_3_0_0=lambda job: ended_as(job, JobStatus.FAILED))
    store_run(world, played(run(plan=segmented(3)), third).run)
    advance(NAME, AdvanceTools(world.store, world.clock))
    return world


def taken_up(world: World) -> None:
    """The first state of each execution that was started for the run, in their order."""
    for arn in world.workflow.executions:
        asked = Asked({"resume": NAME}, Mode.REHEARSE_THEN_RUN, arn, world.clock.now())
        preflight(asked, preflight_tools(world))


def failed_weeks_ago() -> World:
    """The same, so long ago that the clean-up has marked the model as kept for good."""
    world = failed_run()
    world.clock.advance(hours=14 * 24)
    clean_up(CleanUpTools(world.store, world.jobs, world.clock))
    return world


def starts_again(begun: Callable[[], World] = failed_run) -> Scene:
    """A person types `resume`, and the machine takes the run up.

    Left: where the first start was carried out and not answered, the second execution is refused, and told so
    as a run of its own.
    """

    def again(world: World) -> None:
        start_again(world.store.run(NAME), MACHINE, AgainTools(world.store, world.workflow, world.clock))

    def end(world: World) -> object:
        stored = world.store.run(NAME)
        carried = stored.execution_arn == next(iter(world.workflow.executions))
        to_delete = [job.key.short for job in stored.jobs if job.throw_away]
        return stored.attempt, stored.status, carried, to_delete, frozenset(world.jobs.models)

    return Scene(begun(), (("start_again", again), ("preflight", taken_up)), end)


def asks_in_vain() -> Scene:
    """An execution asks for a run that nobody knows: it is refused as a run of its own."""
    world = World()
    world.workflow.start(MACHINE, "one", "{}")

    def end(world: World) -> object:
        return sorted(key for key in world.store.rows), len(world.store.open_runs())

    return Scene(world, (("preflight", taken_up),), end)
