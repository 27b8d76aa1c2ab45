"""What each stage trains and costs, before it is planned."""

from decimal import Decimal

import pytest

from finetune_guard.core.config import RehearsalOrders, RunOrders
from finetune_guard.core.decisions import Mode
from finetune_guard.core.estimates import Estimate, JobEstimate
from finetune_guard.core.estimating import Demand, estimate
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.steps import Batch
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.plans import Price, Stage, TokenRange

PRICE = Price(Decimal("0.001"), "a test")
TOKENS = TokenRange(100_000, 200_000)


def base() -> BaseModel:
    found = find("amazon.nova-lite-v1:0:300k")
    assert found
    return found


def estimated(
    mode: Mode = Mode.REHEARSE_THEN_RUN,
    records: int | None = 1_000,
    tokens: TokenRange | None = TOKENS,
    splits: bool = False,
    steps: int = 50,
    price: Price | None = PRICE,
    sweep: bool = False,
    run: RunOrders | None = None,
    seen: BaseModelFacts | None = None,
) -> Estimate:
    setting = Setting(base(), {"epochCount": "2"}, records, 0, splits, Batch(2.0, "a test"))
    rehearsal = RehearsalOrders(steps=steps, sweep=sweep)
    return estimate(Demand(setting, tokens, mode, price, rehearsal, run or RunOrders(), seen))


@pytest.mark.parametrize(
    ("mode", "stages"),
    [
        (Mode.MINI_RUN, [Stage.REHEARSAL]),
        (Mode.FULL_RUN, [Stage.FULL]),
        (Mode.REHEARSE_THEN_RUN, [Stage.REHEARSAL, Stage.FULL]),
    ],
)
def test_each_machine_has_its_stages(mode: Mode, stages: list[Stage]) -> None:
    assert [stage.stage for stage in estimated(mode).stages] == stages


def test_a_rehearsal_is_one_pass_over_its_share_of_the_tokens() -> None:
    rehearsal, full = estimated().stages

    assert (rehearsal.records, rehearsal.epochs, rehearsal.steps) == (100, 1, 50)
    assert rehearsal.tokens == TokenRange(10_000, 20_000)
    assert (full.records, full.epochs, full.steps) == (1_000, 2, 1_000)
    assert full.tokens == TokenRange(200_000, 400_000)
    assert full.cost_usd
    assert (full.cost_usd.low, full.cost_usd.high) == (Decimal("0.2"), Decimal("0.4"))


def test_records_that_are_set_apart_are_not_trained_on() -> None:
    full = estimated(Mode.FULL_RUN, splits=True).stages[0]

    assert full.records == 900
    assert full.tokens == TokenRange(180_000, 360_000)


def test_a_rehearsal_has_no_more_records_than_are_left_to_train_on() -> None:
    rehearsal, full = estimated(records=60, steps=100).stages

    assert rehearsal.records == full.records == 60


def test_the_whole_is_the_sum_of_the_stages() -> None:
    found = estimated()
    parts = [stage.cost_usd.middle for stage in found.stages if stage.cost_usd]

    assert found.cost_usd
    assert found.cost_usd.middle == sum(parts)


@pytest.mark.parametrize("missing", ["records", "tokens", "price"])
def test_what_is_not_known_makes_no_cost(missing: str) -> None:
    found = estimated(**{missing: None})  # type: ignore[arg-type]

    assert found.cost_usd is None
    assert all(stage.cost_usd is None for stage in found.stages)


def test_a_stage_that_is_not_run_has_no_job() -> None:
    assert estimated(Mode.MINI_RUN).of(Stage.FULL) == ()


def parts(jobs: tuple[JobEstimate, ...]) -> list[tuple[str, str, int | None, int]]:
    return [(job.part, job.starts_from, job.records, job.epochs) for job in jobs]


def test_a_plain_run_has_a_job_for_each_stage_at_the_peak_rate() -> None:
    found = estimated()

    assert parts(found.jobs) == [("rehearsal", "base", 100, 1), ("full", "base", 1_000, 2)]
    assert {job.rate for job in found.jobs} == {Decimal("0.00001")}
    assert found.rate_key == "learningRate"


def test_each_rate_of_a_sweep_is_a_job_and_leaves_the_rate_of_the_others_open() -> None:
    *rehearsals, full = estimated(sweep=True).jobs

    assert [job.candidate for job in rehearsals] == [0, 1, 2]
    assert rehearsals[0].rate == Decimal("0.00001")
    assert len({job.rate for job in rehearsals}) == 3
    assert (full.rate, full.rate_share) == (None, Decimal(1))


def test_a_probe_and_segments_start_from_the_models_before_them_and_take_less_of_the_peak() -> None:
    jobs = estimated(run=RunOrders(segments=4)).jobs

    assert parts(jobs) == [
        ("rehearsal", "base", 100, 1),
        ("probe", "rehearsal", 8, 1),
        ("segment-1", "base", 500, 1),
        ("segment-2", "segment-1", 500, 1),
        ("segment-3", "segment-2", 500, 1),
        ("segment-4", "segment-3", 500, 1),
    ]
    shares = [job.rate_share for job in jobs[2:]]
    assert shares[0] == 1
    assert shares == sorted(shares, reverse=True)
    assert [job.rate for job in jobs[2:]] == [Decimal("0.00001") * share for share in shares]


def test_a_base_that_is_known_to_accept_its_custom_models_needs_no_probe() -> None:
    seen = BaseModelFacts("amazon.nova-lite-v1:0:300k", accepts_custom_model=True)

    assert estimated(run=RunOrders(segments=2), seen=seen).of(Stage.PROBE) == ()


def test_a_first_segment_that_is_the_rehearsal_is_paid_once() -> None:
    found = estimated(steps=400, run=RunOrders(segments=2))

    assert parts(found.jobs) == [("rehearsal", "base", 1_000, 1), ("segment-2", "rehearsal", 1_000, 1)]
    full = found.stages[-1].cost_usd
    assert full
    assert found.cost_usd == full
    assert any("the first segment is it" in note for note in found.notes)


@pytest.mark.parametrize(
    ("steps", "segments", "share"), [(50, None, ""), (110, None, "33%"), (400, 2, "150%")]
)
def test_rehearsals_of_a_sweep_that_are_dear_together_are_said_to_be(
    steps: int, segments: int | None, share: str
) -> None:
    notes = estimated(sweep=True, steps=steps, run=RunOrders(segments=segments)).notes

    told = [note for note in notes if note.startswith("The 3 rehearsals train")]
    assert told == ([f"The 3 rehearsals train {share} of the full run's tokens together."] if share else [])


def test_of_data_that_was_not_read_segments_are_not_foretold_and_that_is_said() -> None:
    found = estimated(records=None, sweep=True, run=RunOrders(segments=2))

    assert [job.part for job in found.jobs] == ["rehearsal"] * 3 + ["full"]
    assert any("depends on the data" in note for note in found.notes)
    assert not any("not read" in note for note in estimated(Mode.MINI_RUN, None).notes)
