"""What CloudWatch does by itself and the engine does not: count what the watch says, judge what has no data.

On AWS CloudWatch finds the watch's counts in its log, and an alarm that takes missing data for harmless is OK
at its first look. The engine reads no log and looks at an alarm only when its metric is put.
"""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import boto3

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef

#: Where the functions count (infra/constructs/guard_function.py; the tests compare the two).
NAMESPACE: Final = "FinetuneGuard"
#: Seconds between two counts; one a minute would do for the alarms, more often only costs.
EVERY: Final = 15.0


def counts(said: str) -> dict[str, float]:
    """The metrics of a tick that an alarm looks at (lambdas/watch.py); none where it said no counts."""
    try:
        ticked: Any = json.loads(said)
        return {
            "Ticks": 1.0,
            "TickErrors": float(len(ticked["errors"])),
            "AlertsPending": float(ticked["pending"]),
            "OldestJudgementSeconds": float(ticked["overdue_seconds"]),
        }
    except (ValueError, KeyError, TypeError):
        return {}


def counter(client: "CloudWatchClient", stack: str) -> Callable[[str], None]:
    """Takes what each tick said, and puts its counts now and then."""
    next_time = 0.0

    def count(said: str) -> None:
        nonlocal next_time
        found = counts(said)
        if not found or time.monotonic() < next_time:
            return
        next_time = time.monotonic() + EVERY
        service: list[DimensionTypeDef] = [{"Name": "service", "Value": stack}]
        client.put_metric_data(
            Namespace=NAMESPACE,
            MetricData=[
                {"MetricName": name, "Dimensions": service, "Value": value} for name, value in found.items()
            ],
        )

    return count


def settle_alarms(stack: str) -> None:
    """Says OK of each alarm without data that takes missing data for harmless, as CloudWatch does."""
    client = boto3.client("cloudwatch")
    told = client.describe_alarms(AlarmNamePrefix=f"{stack}-", AlarmTypes=["MetricAlarm"])
    for alarm in told["MetricAlarms"]:
        if alarm["StateValue"] == "INSUFFICIENT_DATA" and alarm["TreatMissingData"] == "notBreaching":
            client.set_alarm_state(
                AlarmName=alarm["AlarmName"],
                StateValue="OK",
                StateReason="No data, which this alarm takes for harmless.",
            )
