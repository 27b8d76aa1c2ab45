"""The counts behind the stack's own cost are those of the template and of the functions."""

import re
from pathlib import Path

import pytest

from finetune_guard.core import stack_cost
from tests.infra.deployed import Deployed

LAMBDAS = Path(__file__).parents[2] / "lambdas"
IDLE = ("watch", "clean_up")


def metrics_of(handler: str) -> set[str]:
    """The metrics that a function writes into its log."""
    return set(re.findall(r'add_metric\("(\w+)"', (LAMBDAS / f"{handler}.py").read_text("utf-8")))


def test_alarms_and_dashboards_are_all_counted(deployed: Deployed) -> None:
    assert len(deployed.resources("AWS::CloudWatch::Alarm")) == stack_cost.ALARMS
    assert len(deployed.resources("AWS::CloudWatch::Dashboard")) == stack_cost.DASHBOARDS


def test_the_clocks_call_as_often_as_is_counted(deployed: Deployed) -> None:
    rates = sorted(
        schedule["ScheduleExpression"] for schedule in deployed.resources("AWS::Scheduler::Schedule").values()
    )

    assert rates == ["rate(1 hour)", "rate(1 minute)"]
    assert (stack_cost.CLEAN_UPS_AN_HOUR, stack_cost.TICKS_AN_HOUR) == (1, 60)


@pytest.mark.parametrize(
    ("handler", "memory"),
    [
        ("watch", stack_cost.WATCH_MB),
        ("clean_up", stack_cost.CLEAN_UP_MB),
        ("preflight", stack_cost.READING_STEP_MB),
        ("plan", stack_cost.READING_STEP_MB),
        ("next_action", stack_cost.STEP_MB),
        ("create_jobs", stack_cost.STEP_MB),
        ("wait_for_run", stack_cost.STEP_MB),
        ("report", stack_cost.STEP_MB),
    ],
)
def test_each_function_has_the_memory_that_is_counted(handler: str, memory: int, deployed: Deployed) -> None:
    assert deployed.functions()[handler]["MemorySize"] == memory


def test_every_function_is_among_them(deployed: Deployed) -> None:
    assert len(deployed.functions()) == 8


def test_our_own_metrics_are_all_counted(deployed: Deployed) -> None:
    idle = {name for handler in IDLE for name in metrics_of(handler)}
    steps = {name for handler in deployed.functions() for name in metrics_of(handler)} - idle

    assert (len(idle), len(steps)) == (stack_cost.IDLE_METRICS, stack_cost.STEP_METRICS)


def test_nothing_is_deployed_that_costs_by_the_hour_and_is_not_counted(deployed: Deployed) -> None:
    """A bought key, a cluster, an address or a gateway would belong into the table of docs/cost.md."""
    kinds = {resource["Type"].split("::")[1] for resource in deployed.template["Resources"].values()}

    assert kinds <= {
        "CDK",
        "CloudWatch",
        "DynamoDB",
        "Events",
        "IAM",
        "Lambda",
        "Logs",
        "S3",
        "SNS",
        "SQS",
        "Scheduler",
        "StepFunctions",
    }
