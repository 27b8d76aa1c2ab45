"""What is foretold of a config is what the plan then makes of it."""

import json

import pytest

from finetune_guard.core.config import examine_config
from finetune_guard.core.decisions import Mode
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.plans import Stage
from finetune_guard.core.wire import dumps
from finetune_guard.usecases.advise import AdviceTools, validate
from finetune_guard.usecases.check_data import check_data
from finetune_guard.usecases.estimates import foretell
from finetune_guard.usecases.plan import make_plan
from tests.configs import LEAST
from tests.usecases.test_plan import checked, tools_of
from tests.usecases.test_preflight import STARTED, conversation, world

#: Records of very different lengths: a sample that ignored the lengths would cost something else.
UNEVEN = b"".join(conversation(number, "Where is it? " * (1 + number % 40)) for number in range(2_000))


@pytest.mark.parametrize("mode", list(Mode))
def test_each_stage_costs_what_it_was_said_to(mode: Mode) -> None:
    around = world(UNEVEN)
    config = {**LEAST, "rehearsal": {"steps": 40}}
    reading, base = examine_config(config), find("nova-lite")
    assert base
    foretold = foretell(reading, base, check_data(reading, base, around.files), None, mode)

    plan = make_plan(checked(around, mode, rehearsal={"steps": 40}).run_id, tools_of(around)).plan

    assert plan
    planned = {stage.stage: stage for stage in (plan.rehearsal, plan.full) if stage}
    assert [stage.stage for stage in foretold.estimate.stages] == list(planned)
    for stage in foretold.estimate.stages:
        made = planned[stage.stage]
        assert stage.cost_usd
        assert made.estimated_usd
        assert stage.epochs == made.epochs
        assert stage.records == pytest.approx(made.records, rel=0.03)
        assert float(stage.cost_usd.middle) == pytest.approx(float(made.estimated_usd), rel=0.03)


def test_the_answer_for_machines_has_every_part_of_the_cost() -> None:
    around = world(UNEVEN)
    tools = AdviceTools(around.files, around.jobs, around.store, "us-east-1")

    cost = json.loads(dumps(validate(LEAST, STARTED, tools)))["cost"]

    assert [stage["stage"] for stage in cost["stages"]] == [Stage.REHEARSAL, Stage.FULL]
    assert set(cost["stages"][0]) == {"stage", "records", "epochs", "steps", "tokens", "cost_usd"}
    assert set(cost["total_usd"]) == {"low", "middle", "high"}
    assert cost["estimated_usd"] == cost["stages"][1]["cost_usd"]["middle"]
    assert cost["models_kept"] == 1
    assert set(cost["stack"]) == {
        "idle_low_usd_per_month",
        "idle_high_usd_per_month",
        "run_usd",
        "prices_as_of",
    }
    assert set(cost["duration"]) == {"stages", "jobs", "basis", "source"}
    assert cost["duration"]["stages"][0] == {"stage": "rehearsal", "waiting": None, "training": None}
