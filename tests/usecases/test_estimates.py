"""What is foretold of a config is what the plan then makes of it."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune_guard.core.config import examine_config
from finetune_guard.core.decisions import Mode
from finetune_guard.core.estimates import JobEstimate
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.next_action import Create, next_action
from finetune_guard.core.observations import BaseModelFacts, FoundationModel, JobPace
from finetune_guard.core.plans import Plan, Stage, StagePlan
from finetune_guard.core.runs import Run
from finetune_guard.core.wire import dumps
from finetune_guard.usecases.advise import AdviceTools, validate
from finetune_guard.usecases.check_data import check_data
from finetune_guard.usecases.estimates import Foretold, foretell
from finetune_guard.usecases.plan import make_plan
from tests.configs import LEAST
from tests.fakes.access import FakeBuckets
from tests.fakes.jobs import FakeTrainingJobs
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


LITE, MICRO, LLAMA = (
    "amazon.nova-lite-v1:0:300k",
    "amazon.nova-micro-v1:0:128k",
    "meta.llama3-1-8b-instruct-v1:0:128k",
)
PROMPTS = b"".join(
    dumps({"prompt": f"Where is {number}?", "completion": "On its way. " * (1 + number % 40)}).encode()
    + b"\n"
    for number in range(2_000)
)
PACES = tuple(JobPace(f"r{number}/full-0-0", 30.0, 100, None, 600.0) for number in range(3))
SEEN = {
    "nothing": BaseModelFacts(""),
    "paces": BaseModelFacts("", paces=PACES),
    "accepts": BaseModelFacts("", accepts_custom_model=True, paces=PACES),
    "refuses": BaseModelFacts("", accepts_custom_model=False),
}


def both(
    base_model_id: str, seen: str, mode: Mode = Mode.REHEARSE_THEN_RUN, **config: object
) -> tuple[Foretold, Run]:
    """What is foretold of a config, and the run that is planned from it."""
    llama = base_model_id == LLAMA
    around = replace(world(PROMPTS if llama else UNEVEN), region="us-west-2" if llama else "us-east-1")
    assert isinstance(around.buckets, FakeBuckets)
    assert isinstance(around.jobs, FakeTrainingJobs)
    around.buckets.region = around.region
    around.jobs.catalog = (FoundationModel(base_model_id, ("FINE_TUNING",), "ACTIVE"),)
    facts = replace(SEEN[seen], base_model_id=base_model_id)
    around.store.learn(facts)
    config = {**config, "base_model_id": base_model_id}
    reading, base = examine_config({**LEAST, **config}), find(base_model_id)
    assert base
    foretold = foretell(reading, base, check_data(reading, base, around.files), facts, mode)
    run = make_plan(checked(around, mode, **config).run_id, tools_of(around))
    return foretold, run


@settings(max_examples=20, deadline=None)
@given(
    base=st.sampled_from([LITE, MICRO, LLAMA]),
    seen=st.sampled_from(list(SEEN)),
    mode=st.sampled_from(Mode),
    steps=st.sampled_from([20, 100]),
    sweep=st.sampled_from([None, True, [0.00001, 0.00002]]),
    segments=st.sampled_from([None, 1, 2, 3, 5, "auto"]),
    minutes=st.sampled_from([None, 20, 200]),
    epochs=st.integers(1, 4),
)
def test_every_job_that_is_foretold_is_planned_and_no_other(
    base: str,
    seen: str,
    mode: Mode,
    steps: int,
    sweep: object,
    segments: object,
    minutes: int | None,
    epochs: int,
) -> None:
    foretold, run = both(
        base,
        seen,
        mode,
        hyperparameters={"epochCount": str(epochs), "learningRate": "0.00001"},
        rehearsal={"steps": steps, "sweep": sweep},
        run={"segments": segments, "validation_interval_minutes": minutes},
    )
    plan, jobs = run.plan, foretold.estimate.jobs

    assert plan
    assert [(job.stage, job.segment) for job in jobs] == [(made.stage, made.segment) for made in plan.jobs]
    for job, made in zip(jobs, plan.jobs, strict=True):
        same_job(job, made)
    assert tuple(job.rate for job in jobs if job.rate and plan.sweep) == plan.sweep
    assert_costs(foretold, plan)
    first = next_action(run, STARTED)
    assert isinstance(first, Create)
    sent = first.jobs[0].request.hyperparameters["learningRate"]
    assert jobs[0].rate == Decimal(sent)
    assert set(map(without_figures, foretold.estimate.notes)) <= set(map(without_figures, plan.notes))


def without_figures(note: str) -> str:
    """A sentence whose figures may differ by the records that the hash sets apart."""
    return re.sub(r"\d+", "#", note)


def same_job(job: JobEstimate, made: StagePlan) -> None:
    """What is foretold of one job is what its plan says, as far as it can be known without cutting."""
    assert (job.epochs, job.rate_share) == (made.epochs, made.rate_share)
    assert job.records == pytest.approx(made.records, rel=0.03)
    assert job.steps == pytest.approx(made.planned_steps, rel=0.05, abs=1)
    assert job.tokens
    assert job.tokens.middle == pytest.approx(made.tokens.middle * made.epochs, rel=0.05, abs=500)


def assert_costs(foretold: Foretold, plan: Plan) -> None:
    """The whole costs what the plan says."""
    assert foretold.estimate.cost_usd
    assert plan.estimated_usd
    assert float(foretold.estimate.cost_usd.middle) == pytest.approx(float(plan.estimated_usd), rel=0.03)


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
    assert set(cost["duration"]) == {"stages", "jobs", "basis", "source", "each", "total"}
    first = cost["duration"]["stages"][0]
    assert first == {"stage": "rehearsal", "waiting": None, "training": None, "jobs": 1, "at_once": 1}
    assert cost["duration"]["total"] == {"low": 2.0, "high": 4.0}
    assert [job["part"] for job in cost["jobs"]] == ["rehearsal", "full"]
    assert set(cost["jobs"][0]) == {
        "stage",
        "segment",
        "candidate",
        "part",
        "starts_from",
        "records",
        "epochs",
        "steps",
        "rate",
        "rate_share",
        "tokens",
        "cost_usd",
    }
    assert len(cost["duration"]["each"]) == len(cost["jobs"])
    assert len(cost["notes"]) == 1
