import json

import boto3
import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.core.doctoring.watching import ticks
from local.telemetry import NAMESPACE, counter, counts, settle_alarms
from tests.contracts import moto_world

SAID = json.dumps({"open_jobs": 2, "errors": ["one"], "pending": 3, "overdue_seconds": 4.5})
COUNTED = {"Ticks": 1.0, "TickErrors": 1.0, "AlertsPending": 3.0, "OldestJudgementSeconds": 4.5}


def test_counts_are_put_where_the_doctor_looks_for_them() -> None:
    assert ticks("any").namespace == NAMESPACE
    assert ticks("any").name in COUNTED


def test_the_counts_of_a_tick_are_those_that_an_alarm_looks_at() -> None:
    assert counts(SAID) == COUNTED


@pytest.mark.parametrize("said", ["", "null", "[]", "{}", '{"errors": 1, "pending": 1}'])
def test_an_answer_that_holds_no_counts_counts_nothing(said: str) -> None:
    assert counts(said) == {}


def test_counts_are_put_with_the_stacks_name_and_no_more_often_than_alarms_need() -> None:
    with moto_world.aws() as clients:
        count = counter(clients.cloudwatch, "Mine")
        for said in ("", SAID, SAID):
            count(said)
        listed = clients.cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]
    assert sorted(metric["MetricName"] for metric in listed) == sorted(COUNTED)
    assert {metric["Dimensions"][0]["Value"] for metric in listed} == {"Mine"}


def test_an_alarm_without_data_is_ok_where_it_takes_that_for_harmless_and_nowhere_else() -> None:
    with moto_world.aws() as clients:
        _alarm(clients, "Mine-RunsFailed", "notBreaching", "INSUFFICIENT_DATA")
        _alarm(clients, "Mine-TickMissing", "breaching", "INSUFFICIENT_DATA")
        _alarm(clients, "Mine-TickErrors", "notBreaching", "ALARM")
        _alarm(clients, "Other-RunsFailed", "notBreaching", "INSUFFICIENT_DATA")
        settle_alarms("Mine")
        told = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {alarm["AlarmName"]: alarm["StateValue"] for alarm in told} == {
        "Mine-RunsFailed": "OK",
        "Mine-TickMissing": "INSUFFICIENT_DATA",
        "Mine-TickErrors": "ALARM",
        "Other-RunsFailed": "INSUFFICIENT_DATA",
    }


def _alarm(clients: Clients, name: str, missing: str, state: str) -> None:
    clients.cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=NAMESPACE,
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData=missing,
    )
    for each in ("OK", "ALARM", state):
        clients.cloudwatch.set_alarm_state(AlarmName=name, StateValue=each, StateReason="So.")  # type: ignore[arg-type]
