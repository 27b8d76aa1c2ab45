"""The contract of Telemetry, on the fake and on CloudWatch by moto."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.cloudwatch_telemetry import CloudWatchTelemetry
from finetune_guard.core.doctoring.watching import ticks
from finetune_guard.ports import Telemetry
from tests.builders import START
from tests.fakes.health import STACK, FakeTelemetry

TICKS = ticks(STACK)
AT = START + timedelta(minutes=3)


@dataclass
class Place:
    """Two alarms, of which "runs-failed" rings and tells nobody; one tick, at AT."""

    telemetry: Telemetry


def _fake() -> Place:
    telemetry = FakeTelemetry()
    telemetry.change("runs-failed", state="ALARM", tells=False)
    telemetry.counted["Ticks"] = [AT]
    return Place(telemetry)


def _cloudwatch(clients: Clients) -> Place:
    client = clients.cloudwatch
    for name, state in (("tick-missing", "OK"), ("runs-failed", "ALARM")):
        client.put_metric_alarm(
            AlarmName=name,
            Namespace=TICKS.namespace,
            MetricName=TICKS.name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            ActionsEnabled=name != "runs-failed",
        )
        client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="Because.")
        client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="Because.")
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="Because.")  # type: ignore[arg-type]
    dimensions = [{"Name": name, "Value": value} for name, value in TICKS.dimensions.items()]
    for at, value in ((AT, 1.0), (AT + timedelta(minutes=4), 0.0)):
        datum = {"MetricName": TICKS.name, "Dimensions": dimensions, "Timestamp": at, "Value": value}
        client.put_metric_data(Namespace=TICKS.namespace, MetricData=[datum])  # type: ignore[list-item]
    return Place(CloudWatchTelemetry(client))


@pytest.fixture(params=["fake", "cloudwatch"])
def telemetry(request: pytest.FixtureRequest) -> Telemetry:
    if request.param == "fake":
        return _fake().telemetry
    return _cloudwatch(request.getfixturevalue("clients")).telemetry


def test_alarms_tell_their_state_and_whether_they_tell_anybody(telemetry: Telemetry) -> None:
    found = {alarm.name: alarm for alarm in telemetry.alarms(["runs-failed", "tick-missing"])}
    assert {name: alarm.state for name, alarm in found.items()} == {
        "tick-missing": "OK",
        "runs-failed": "ALARM",
    }
    assert [found[name].tells for name in ("tick-missing", "runs-failed")] == [True, False]
    assert all(alarm.since.tzinfo for alarm in found.values())


def test_an_alarm_that_is_not_there_is_left_out_and_no_name_means_none(telemetry: Telemetry) -> None:
    assert [alarm.name for alarm in telemetry.alarms(["tick-missing", "none"])] == ["tick-missing"]
    assert telemetry.alarms([]) == ()


def test_the_newest_minute_that_counted_something_is_told(telemetry: Telemetry) -> None:
    newest = telemetry.newest(TICKS, START, START + timedelta(minutes=10))
    assert newest == START + timedelta(minutes=3)


def test_where_nothing_was_counted_nothing_is_told(telemetry: Telemetry) -> None:
    assert telemetry.newest(TICKS, START - timedelta(hours=3), START) is None
