"""Alarms and metrics, as CloudWatch tells them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from finetune_guard.aws.errors import translated
from finetune_guard.core.doctoring.facts import AlarmFacts, Series

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

#: Names that one DescribeAlarms takes.
AT_ONCE: Final = 100
A_MINUTE: Final = 60
_EVER: Final = datetime.min.replace(tzinfo=UTC)


class CloudWatchTelemetry:
    """Telemetry over CloudWatch."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def alarms(self, names: Sequence[str]) -> tuple[AlarmFacts, ...]:
        """The alarms of these names that there are; see Telemetry.alarms."""
        if not names:
            # Without names CloudWatch lists every alarm of the account.
            return ()
        with translated("look at the alarms", ", ".join(names[:3])):
            told = self._client.describe_alarms(
                AlarmNames=list(names[:AT_ONCE]), AlarmTypes=["MetricAlarm"], MaxRecords=AT_ONCE
            )
        return tuple(
            AlarmFacts(
                name=alarm.get("AlarmName", ""),
                state=alarm.get("StateValue", ""),
                since=alarm.get("StateUpdatedTimestamp", _EVER).astimezone(UTC),
                tells=alarm.get("ActionsEnabled", True),
            )
            for alarm in told.get("MetricAlarms", ())
        )

    def newest(self, series: Series, since: datetime, until: datetime) -> datetime | None:
        """Start of the newest minute with a count above 0; see Telemetry.newest."""
        with translated("read the metric", f"{series.namespace} {series.name}"):
            told = self._client.get_metric_statistics(
                Namespace=series.namespace,
                MetricName=series.name,
                Dimensions=[{"Name": name, "Value": value} for name, value in series.dimensions.items()],
                StartTime=since,
                EndTime=until,
                Period=A_MINUTE,
                Statistics=["Sum"],
            )
        counted = [point for point in told.get("Datapoints", ()) if point.get("Sum", 0) > 0]
        return max((point["Timestamp"].astimezone(UTC) for point in counted), default=None)
