"""What a run costs and takes, as it is read at 80 columns."""

import io
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from rich.console import Console

from finetune_guard.cli.cost_table import cost_lines, cost_table
from finetune_guard.core.decisions import Mode
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.usecases.advise import AdviceTools, CostAdvice, validate
from tests.configs import LEAST
from tests.usecases.test_preflight import STARTED, data, world


def advised(mode: Mode = Mode.REHEARSE_THEN_RUN, *paces: JobPace, **changes: object) -> CostAdvice:
    around = world(data())
    config = {**LEAST, **changes}
    if paces:
        around.store.learn(BaseModelFacts(str(config["base_model_id"]), paces=paces))
    tools = AdviceTools(around.files, around.jobs, around.store, "us-east-1")
    return validate(config, STARTED, tools, mode).cost


def shown(cost: CostAdvice, width: int = 80) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(cost_table(cost))
    return out.getvalue().splitlines()


def test_each_part_is_a_line_of_80_columns_with_its_range() -> None:
    lines = shown(advised())

    assert max(map(len, lines)) <= 80
    assert [line.split(":")[0].split("  ")[0] for line in lines] == [
        "US dollars",
        "rehearsal",
        "full run",
        "in all",
        "keeping the model, a month",
        "the stack itself, for this run",
        "the stack itself, idle, a month",
    ]
    assert re.search(r"full run +\$\d.* +\$\d.* +\$\d", lines[2])


def test_the_stages_of_a_run_with_a_sweep_and_segments_add_up() -> None:
    cost = advised(rehearsal={"sweep": True, "steps": 20}, run={"segments": 2})

    assert [line.split("  ")[0] for line in shown(cost)[1:5]] == [
        "3 rehearsals",
        "probe",
        "full run, 2 segments",
        "in all",
    ]


def test_a_rehearsal_keeps_no_model_and_is_its_own_sum() -> None:
    text = "\n".join(shown(advised(Mode.MINI_RUN)))

    assert "keeping the model" not in text
    assert "in all" not in text


def test_the_sum_is_said_with_the_price_its_source_and_its_date() -> None:
    cost = advised()

    first = next(cost_lines(cost))
    assert cost.total_usd
    assert first.startswith("Cost: about $")
    assert "$0.002 per 1,000 tokens" in first
    assert cost.price_source in first


def test_a_price_of_ones_own_is_said_to_be_so() -> None:
    assert "$0.008 per 1,000 tokens, given by you" in next(cost_lines(advised(price_per_1k_tokens_usd=0.008)))


def test_an_unknown_price_is_said_with_the_way_to_give_one() -> None:
    unpriced = replace(advised(), total_usd=None, price_per_1k_tokens_usd=None)

    assert '"price_per_1k_tokens_usd": ' in next(cost_lines(unpriced))


def test_data_that_was_not_read_has_no_cost() -> None:
    cost = validate(LEAST, STARTED).cost

    assert "not known" in "\n".join(shown(cost))
    assert next(cost_lines(cost)) == "Cost: not known, since the data was not read."


def test_a_file_without_a_sound_record_costs_what_nobody_knows() -> None:
    around = world(b'{"prompt": 1}\n' * 200)
    cost = validate(LEAST, STARTED, AdviceTools(around.files)).cost

    assert cost.total_usd is None
    assert next(cost_lines(cost)) == "Cost: not known, since none of the records could be read."


def test_a_base_that_is_not_known_has_one_sentence() -> None:
    assert list(cost_lines(CostAdvice())) == ["Cost: not known, since the data was not read."]


def test_time_is_not_known_before_a_job_of_the_base_has_finished() -> None:
    time = list(cost_lines(advised()))[1]

    assert time.startswith("Time: not known: no job of this base has finished here yet")


@pytest.mark.parametrize(
    ("seconds", "span"), [(6.0, "23 minutes"), (60.0, "3.8 hours"), (0.6, "2.3 minutes")]
)
def test_training_and_queue_are_told_apart_from_what_was_seen(seconds: float, span: str) -> None:
    paces = [JobPace(f"r{n}/full-0-0", seconds, 100, None, waited) for n, waited in enumerate((60, 600, 900))]

    time = list(cost_lines(advised(Mode.REHEARSE_THEN_RUN, *paces)))[1]

    assert f"the full run trains {span.split(maxsplit=1)[0]}" in time
    assert span.split()[1] in time
    assert "checks and queue take 1 to 15 minutes" in time
    assert "from the last 3 finished jobs of this base" in time


def test_the_price_that_is_told_has_no_needless_zeros() -> None:
    assert "$0.008 per" in next(
        cost_lines(replace(advised(), price_per_1k_tokens_usd=Decimal("0.0080"))),
    )
