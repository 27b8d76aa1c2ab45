"""The answer of `get-optimal` in words."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from finetune_guard.cli.optimal_lines import optimal_lines
from finetune_guard.usecases.optimal import get_optimal
from finetune_guard.usecases.past_runs import PastRun

NOW = datetime(2026, 11, 28, tzinfo=UTC)
PAST = PastRun(
    run_id="answers-1",
    job_name="answers",
    ended_at=NOW,
    records=300,
    epochs=1,
    rate_key="learningRate",
    rate="0.0001",
    verdict="healthy",
    validation_loss=1.25,
    training_loss=1.0,
    cost_usd=Decimal(9),
    cost_is_upper_bound=False,
)


@pytest.mark.parametrize(("records", "asks"), [(2_000, True), (100, False)])
def test_it_is_said_whether_the_config_asks_for_the_sweep(records: int, asks: bool) -> None:
    [line] = [line for line in optimal_lines(get_optimal("llama-3.1-8b", records, NOW)) if "sweep" in line]

    assert ("the config asks for it" in line) is asks


@pytest.mark.parametrize(
    ("segments", "segment", "words"),
    [
        (1, 0, "300 records: healthy"),
        (3, 3, "300 records in 3 segments: healthy"),
        (3, 2, "300 records in 3 segments, of which the model of segment 2 counts: healthy"),
    ],
)
def test_a_past_run_in_segments_is_told_to_be_one(segments: int, segment: int, words: str) -> None:
    found = get_optimal("llama-3.1-8b", 300, NOW)
    past = replace(PAST, segments=segments, segment=segment)

    lines = tuple(optimal_lines(replace(found, seen=(past,))))

    assert any(f"learningRate 0.0001, 1 epoch, {words}" in line for line in lines)
