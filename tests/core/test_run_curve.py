from dataclasses import replace

from finetune_guard.core.metrics_log import MetricLine
from finetune_guard.core.plans import Stage
from finetune_guard.core.run_curve import curve_of_run, rehearsals, stretch_of
from tests import builders, example_runs


def line(step: int, value: float, name: str = "training_loss") -> MetricLine:
    return MetricLine(step, None, name, value)


def test_the_segments_are_one_curve_with_the_steps_of_those_before_as_border() -> None:
    run = example_runs.keep_best()
    logs = {job.request.job_name: (line(1, 2.0), line(40, 1.0)) for job in run.jobs}
    stretches = curve_of_run(run, logs)
    assert [stretch.job.key.segment for stretch in stretches] == [1, 2, 3]
    assert [stretch.border for stretch in stretches] == [0, 40, 80]


def test_a_segment_that_was_done_again_is_there_as_it_was_last_done() -> None:
    run = example_runs.keep_best()
    again = replace(run.jobs[-1], key=replace(run.jobs[-1].key, candidate=1))
    assert curve_of_run(replace(run, jobs=(*run.jobs, again)), {})[-1].job == again


def test_a_full_run_of_one_job_is_one_stretch_and_a_rehearsal_alone_is_none() -> None:
    full = builders.completed(stage=Stage.FULL)
    run = builders.run(jobs=(builders.completed(), full))
    assert [stretch.job for stretch in curve_of_run(run, {})] == [full]
    assert curve_of_run(builders.run(jobs=(builders.completed(),)), {}) == ()
    assert [stretch.job for stretch in rehearsals(run, {})] == [run.jobs[0]]


def test_validation_losses_are_told_apart() -> None:
    job = builders.completed()
    logs = {job.request.job_name: (line(1, 2.0), line(1, 1.9, "validation_loss"))}
    stretch = stretch_of(job, logs)
    assert (stretch.training, stretch.validation) == (((1, 2.0),), ((1, 1.9),))


def test_without_a_log_the_last_losses_of_the_record_stand_at_their_steps() -> None:
    run = example_runs.keep_best()
    assert stretch_of(run.jobs[0], {}).training[-1] == (50, example_runs.TAIL[-1])
    assert len(stretch_of(run.jobs[0], {}).training) == len(example_runs.TAIL)
    assert stretch_of(builders.running(), {}).training == ()
