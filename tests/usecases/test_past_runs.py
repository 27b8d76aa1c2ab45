"""Which finished runs are quoted beside advice, and what of them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.plans import Plan, Stage
from finetune_guard.usecases.past_runs import LOOKED_AT, QUOTED, PastRun, past_runs
from tests import builders
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
    ended = replace(added, status=RunStatus.COMPLETED, ended_at=builders.later(hours=number + 1))
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
    store.save_run(replace(refused, status=RunStatus.REFUSED, ended_at=builders.later(hours=9)))
    unstarted = store.add_run(builders.run(run_id="without-jobs"))
    store.save_run(replace(unstarted, status=RunStatus.FAILED, ended_at=builders.later(hours=9)))
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
