"""The contract of Schedules, on the fake and on EventBridge Scheduler by moto."""

import boto3
import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.scheduler_schedules import SchedulerSchedules
from finetune_guard.core.doctoring.facts import ScheduleFacts
from finetune_guard.core.errors import NotFoundError
from finetune_guard.ports import Schedules
from tests.contracts.moto_world import REGION
from tests.fakes.health import FakeSchedules

TARGET = "arn:aws:lambda:us-east-1:123456789012:function:guard-watch"


def _fake() -> Schedules:
    schedules = FakeSchedules()
    schedules.change("tick", state="DISABLED", target=TARGET)
    return schedules


def _scheduler(clients: Clients) -> Schedules:
    boto3.client("scheduler", region_name=REGION).create_schedule(
        Name="tick",
        ScheduleExpression="rate(1 minute)",
        State="DISABLED",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": TARGET, "RoleArn": "arn:aws:iam::123456789012:role/tick"},
    )
    return SchedulerSchedules(clients.scheduler)


@pytest.fixture(params=["fake", "scheduler"])
def schedules(request: pytest.FixtureRequest) -> Schedules:
    return _fake() if request.param == "fake" else _scheduler(request.getfixturevalue("clients"))


def test_a_schedule_tells_its_state_its_rhythm_and_its_target(schedules: Schedules) -> None:
    assert schedules.facts("tick") == ScheduleFacts("DISABLED", "rate(1 minute)", TARGET)


def test_an_absent_schedule_is_not_found(schedules: Schedules) -> None:
    with pytest.raises(NotFoundError):
        schedules.facts("none")
