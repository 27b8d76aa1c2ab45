"""The plan as it is drawn before anything is asked, at 80 and at 120 columns."""

import io
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from finetune_guard.cli.plan_table import plan_table
from finetune_guard.core.config import RehearsalOrders, RunOrders
from finetune_guard.core.decisions import Mode
from finetune_guard.core.duration import expect
from finetune_guard.core.estimating import Demand, estimate
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.steps import Batch
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.core.plans import Price, TokenRange
from finetune_guard.usecases.advise import CostAdvice
from tests.cli.test_cost_table import advised

PACES = tuple(JobPace(f"r{n}/full-0-0", 6.0, 100, None, waited) for n, waited in enumerate((60, 600, 900)))


def drawn(cost: CostAdvice, width: int = 80) -> list[str]:
    """The table's lines; control codes and padding aside."""
    out = io.StringIO()
    Console(file=out, width=width).print(plan_table(cost, width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_plain_run_has_a_line_for_each_job_and_their_sum() -> None:
    head, rehearsal, full, whole = drawn(advised(hyperparameters={"epochCount": "2"}))

    assert head.split() == ["job", "from", "records", "epochs", "steps", "rate", "tokens", "about", "takes"]
    assert re.fullmatch(r"rehearsal +base +1,600 +1 +100 +0\.00001 +[\d.]+k +\$[\d.]+ +\?", rehearsal)
    assert re.fullmatch(r"full run +base +1,800 +2 +226 +0\.00001 +[\d.]+k +\$[\d.]+ +\?", full)
    assert re.fullmatch(r"2 jobs +326 +[\d.]+k +\$[\d.]+ +\?", whole)


def test_one_job_has_no_sum() -> None:
    assert [line.split()[0] for line in drawn(advised(Mode.MINI_RUN))] == ["job", "rehearsal"]


def test_rates_of_a_sweep_are_one_line_and_what_comes_after_takes_the_best() -> None:
    cost = advised(rehearsal={"sweep": True, "steps": 20}, run={"segments": 2})
    _, rehearsals, probe, first, second, whole = drawn(cost)

    assert rehearsals.startswith("rehearsal × 3 base")
    assert "3 rates" in rehearsals
    assert re.match(r"probe +rehearsal +8 +1 +1 +the best", probe)
    assert re.match(r"segment 1/2 +base .* the best", first)
    assert re.match(r"segment 2/2 +segment 1 .* 50% of it", second)
    assert whole.startswith("6 jobs")


def test_where_there_is_room_the_share_of_the_peak_stands_beside_the_rate() -> None:
    lines = drawn(advised(run={"segments": 2}, rehearsal={"steps": 20}), 120)

    assert "learningRate" in lines[0]
    assert re.match(r"segment 1 of 2 +base model ", lines[3])
    assert re.search(r"segment 2 of 2 +segment 1 .* 0\.000005 \(50% of the peak\)", lines[4])


def test_time_is_told_for_each_job_where_this_account_has_seen_some() -> None:
    lines = drawn(advised(Mode.REHEARSE_THEN_RUN, *PACES, rehearsal={"sweep": True}), 120)

    assert lines[1].endswith("11–25 min each")
    assert lines[2].endswith("  24–38 min")
    assert lines[-1].endswith("  46–88 min"), "two rounds of rehearsals, then the full run"


def test_what_is_not_known_is_a_question_mark() -> None:
    cost = advised(price_per_1k_tokens_usd=0.002)
    unread = replace(
        cost,
        jobs=tuple(replace(j, records=None, steps=None, tokens=None, cost_usd=None) for j in cost.jobs),
        total_usd=None,
    )

    lines = drawn(unread)

    assert lines[1].split() == ["rehearsal", "base", "all", "1", "?", "0.00001", "?", "?", "?"]
    assert lines[-1].split() == ["2", "jobs", "?", "?", "?", "?"]


@pytest.mark.parametrize("width", [80, 120])
@given(
    records=st.integers(1_000, 20_000),
    epochs=st.integers(1, 5),
    segments=st.one_of(st.none(), st.integers(1, 20)),
    sweep=st.booleans(),
    rate=st.sampled_from(["0.00001", "0.0000333", "0.000077"]),
    seconds=st.floats(0.01, 300),
)
def test_nothing_is_cut_off_at_any_size(
    width: int, records: int, epochs: int, segments: int | None, sweep: bool, rate: str, seconds: float
) -> None:
    base = find("nova-lite")
    assert base
    setting = Setting(
        base, {"epochCount": str(epochs), "learningRate": rate}, records, 0, False, Batch(1.0, "a test")
    )
    demand = Demand(
        setting,
        TokenRange(records * 500, records * 1_000),
        Mode.REHEARSE_THEN_RUN,
        Price(Decimal("0.002"), "a test"),
        RehearsalOrders(sweep=sweep),
        RunOrders(segments=segments),
    )
    found = estimate(demand)
    paces = tuple(JobPace(f"r{n}/full-0-0", seconds, 100, None, 600.0) for n in range(3))
    cost = CostAdvice(
        jobs=found.jobs,
        duration=expect(found, BaseModelFacts(base.model_id, paces=paces)),
        total_usd=found.cost_usd,
        rate_key=found.rate_key,
    )

    lines = drawn(cost, width)

    assert not any("…" in line for line in lines)
    assert max(map(len, lines)) <= width
    assert len(lines) == 1 + len({job.part for job in found.jobs}) + 1
