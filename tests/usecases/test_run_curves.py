from finetune_guard.core.errors import AccessRefusedError
from finetune_guard.core.metrics_log import MetricLine, metric_lines
from finetune_guard.usecases.run_curves import read_logs
from tests import example_runs
from tests.fakes.seam import Faults
from tests.fakes.world import World

RUN = example_runs.keep_best()
ROWS = (MetricLine(1, 0.0, "training_loss", 2.0),)


def kept(world: World, place: int, data: bytes) -> None:
    name = RUN.jobs[place].request.job_name
    world.journal.keep(f"metrics/{name}/metrics.jsonl", data, "application/x-ndjson")


def test_every_log_that_is_there_is_read() -> None:
    world = World()
    kept(world, 0, metric_lines(ROWS).encode())
    read = read_logs(RUN, world.journal)
    assert read.logs == {RUN.jobs[0].request.job_name: ROWS}
    assert read.trouble == ""


def test_a_log_that_is_none_is_left_out_and_told() -> None:
    world = World()
    kept(world, 0, b"not ours\n")
    kept(world, 1, metric_lines(ROWS).encode())
    read = read_logs(RUN, world.journal)
    assert list(read.logs) == [RUN.jobs[1].request.job_name]
    assert read.trouble


def test_a_bucket_that_may_not_be_read_leaves_the_run_to_be_told() -> None:
    world = World()
    refused = [AccessRefusedError("You may not read it.") for _ in RUN.jobs]
    world.seam.interrupt = Faults().add("journal.read", *refused)
    read = read_logs(RUN, world.journal)
    assert (dict(read.logs), read.trouble) == ({}, "You may not read it.")
