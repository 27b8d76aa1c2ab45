"""Which finished runs are quoted beside advice, and what of them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.plans import Plan, Segmentation, Stage
from finetune_guard.usecases.past_runs import LOOKED_AT, QUOTED, PastRun, past_runs
from tests import builders, example_runs
from tests.fakes.store import FakeRunStore


def base(name: str = builders.BASE) -> BaseModel:
    found = find(name)
    assert found is not None
    return found


def finished(
    store: FakeRunStore, number: int = 1, plan: Plan | None = None, stage: Stage = Stage.FULL
) -> None:
    """A run of 100 records, a full one of 9 dollars; the higher the number the later."""
    run = builders.run(
        run_id=f"answers-{number}",
        job_name=f"answers {number}",
        started_at=builders.later(hours=number),
        plan=plan or builders.plan(),
    )
    seen = replace(builders.completed(run, stage).seen, last_validation=1.25)
    store.add_job(builders.completed(run, stage, seen=seen))
    added = store.add_run(run)
    over = builders.later(hours=number + 1)
    ended = replace(added, status=RunStatus.COMPLETED, ended_at=over, report_uri=builders.REPORT)
    store.save_run(ended)


def names(found: tuple[PastRun, ...]) -> list[str]:
    return [run.run_id for run in found]


def test_a_finished_run_is_quoted_with_its_values_and_what_came_of_them() -> None:
    store = FakeRunStore()
    finished(store)
    (run,) = past_runs(base(), 100, store)
    assert (run.rate_key, run.rate, run.epochs, run.records) == ("learningRate", "0.0001", 3, 100)
    assert (run.verdict, run.validation_loss, run.training_loss) == ("healthy", 1.25, 1.0)
    assert (run.cost_usd, run.cost_is_upper_bound) == (Decimal("9.0000"), False)
    assert run.ended_at == builders.later(hours=2)


@pytest.mark.parametrize(
    ("records", "quoted"), [(33, False), (34, True), (100, True), (300, True), (301, False)]
)
def test_a_run_within_a_factor_of_three_in_size_is_similar(records: int, quoted: bool) -> None:
    store = FakeRunStore()
    finished(store)
    assert bool(past_runs(base(), records, store)) is quoted


def test_runs_of_other_bases_and_runs_that_are_open_or_were_refused_are_not_quoted() -> None:
    store = FakeRunStore()
    finished(store, 1, builders.plan(base_model_id="amazon.nova-lite-v1:0:300k"))
    store.add_run(builders.run(run_id="open"))
    refused = store.add_run(builders.run(run_id="refused", plan=None))
    store.save_run(replace(refused, status=RunStatus.REFUSED, report_uri=builders.REPORT))
    unstarted = store.add_run(builders.run(run_id="without-jobs"))
    store.save_run(replace(unstarted, status=RunStatus.FAILED, report_uri=builders.REPORT))
    assert past_runs(base(), 100, store) == ()


def test_the_newest_come_first_and_reads_are_bounded_however_many_runs_there_are() -> None:
    store = FakeRunStore()
    for number in range(QUOTED + 4):
        finished(store, number)
    store.seam.calls.clear()
    newest = [f"answers-{number}" for number in range(QUOTED + 3, 3, -1)]
    assert names(past_runs(base(), 100, store)) == newest
    assert store.calls == ["ended_runs", *["run"] * QUOTED]
    assert LOOKED_AT == 100


def test_a_rehearsal_alone_is_compared_by_its_own_size() -> None:
    store = FakeRunStore()
    finished(store, 1, builders.plan(full=None), Stage.REHEARSAL)
    assert past_runs(base(), 100, store)


def segmented(store: FakeRunStore, kept: int, *, rehearsed: bool = False) -> None:
    """A run of 300 records once, cut into three segments of 100, each sent less of the peak 0.0001."""
    rates = ("0.0001", "0.00006", "0.00003")
    parts = tuple(builders.stage_plan(Stage.FULL, segment=number) for number in (1, 2, 3))
    whole = builders.stage_plan(Stage.FULL, records=300, epochs=1)
    plan = builders.plan(full=whole, segments=Segmentation(parts, rehearsed))
    run = builders.run(plan=plan)
    model = ""
    for number, rate in enumerate(rates, 1):
        first = rehearsed and number == 1
        made = builders.completed(run, Stage.REHEARSAL if first else Stage.FULL)
        key = replace(made.key, segment=0 if first else number)
        sent = replace(made.request, start_from=model, hyperparameters={"learningRate": rate})
        model = f"arn:model-{number}"
        seen = replace(made.seen, last_validation=2.0 - number / 10)
        orders = replace(made.orders, records=100)
        store.add_job(replace(made, key=key, request=sent, model_arn=model, seen=seen, orders=orders))
    added = store.add_run(run)
    short = "rehearsal-0-0" if rehearsed and kept == 1 else f"segment-{kept}-0-0"
    over = replace(added, status=RunStatus.COMPLETED, ended_at=builders.later(hours=9))
    ended = replace(over, kept=short, report_uri=builders.REPORT)
    store.save_run(ended)


@pytest.mark.parametrize("rehearsed", [False, True])
@pytest.mark.parametrize(("kept", "loss"), [(1, 1.9), (2, 1.8), (3, 1.7)])
def test_a_run_in_segments_is_quoted_whole_with_its_peak_and_the_model_that_was_kept(
    rehearsed: bool, kept: int, loss: float
) -> None:
    store = FakeRunStore()
    segmented(store, kept, rehearsed=rehearsed)
    (run,) = past_runs(base(), 300, store)
    assert (run.records, run.epochs, run.rate) == (300, 1, "0.0001")
    assert (run.segments, run.segment) == (3, kept)
    assert run.validation_loss == pytest.approx(loss)


def test_a_run_in_segments_is_compared_by_the_size_of_the_whole() -> None:
    store = FakeRunStore()
    segmented(store, 3)
    assert past_runs(base(), 900, store)
    assert not past_runs(base(), 99, store)


def test_a_run_of_one_job_has_no_segments() -> None:
    store = FakeRunStore()
    finished(store)
    (run,) = past_runs(base(), 100, store)
    assert (run.segments, run.segment) == (1, 0)


def test_of_a_segmented_run_the_kept_model_is_quoted_with_the_size_of_the_whole() -> None:
    store, of = FakeRunStore(), example_runs.keep_best()
    for job in of.jobs:
        store.add_job(job)
    store.add_run(replace(of, jobs=(), report_uri=builders.REPORT))
    (run,) = past_runs(base(), 100, store)
    assert (run.records, run.epochs, run.validation_loss) == (100, 3, 1.2)
