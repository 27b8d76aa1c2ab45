"""What EventBridge Scheduler says of a schedule."""

from collections.abc import Mapping
from typing import Protocol

from finetune_guard.aws.errors import translated
from finetune_guard.core.doctoring.facts import ScheduleFacts


class SchedulerClient(Protocol):
    """What is used of boto3's client, for which no types are published."""

    def get_schedule(self, *, Name: str) -> Mapping[str, str | Mapping[str, str]]:  # noqa: N803
        """GetSchedule."""


class SchedulerSchedules:
    """Schedules of the default group over EventBridge Scheduler."""

    def __init__(self, client: SchedulerClient) -> None:
        self._client = client

    def facts(self, name: str) -> ScheduleFacts:
        """The schedule's state and target; see Schedules.facts."""
        with translated("look at the schedule", name):
            found = self._client.get_schedule(Name=name)
        target = found.get("Target", {})
        return ScheduleFacts(
            state=str(found.get("State", "")),
            expression=str(found.get("ScheduleExpression", "")),
            target="" if isinstance(target, str) else target.get("Arn", ""),
        )
