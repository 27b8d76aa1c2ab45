"""Topics, mails, alarms and the dashboard: who is told, by whom, and when."""

import json
from typing import Any

import pytest

from tests.infra.deployed import Deployed, Resource, text_of


def test_nobody_speaks_to_a_bucket_queue_or_topic_without_tls(deployed: Deployed) -> None:
    kinds = {
        "AWS::S3::BucketPolicy": "AWS::S3::Bucket",
        "AWS::SQS::QueuePolicy": "AWS::SQS::Queue",
        "AWS::SNS::TopicPolicy": "AWS::SNS::Topic",
    }
    for policy_kind, kind in kinds.items():
        policies = deployed.resources(policy_kind).values()
        assert len(policies) == len(deployed.resources(kind))
        for policy in policies:
            plain = [
                statement
                for statement in policy["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Deny"
                and statement["Condition"].get("Bool") == {"aws:SecureTransport": "false"}
            ]
            assert len(plain) == 1, policy_kind


def _topic_policy(deployed: Deployed, topic: str) -> dict[str, Any]:
    [policy] = [
        policy
        for policy in deployed.resources("AWS::SNS::TopicPolicy").values()
        if text_of(policy["Topics"][0]).startswith(f"<Alerts{topic}")
    ]
    statements = policy["PolicyDocument"]["Statement"]
    return {statement["Sid"]: statement for statement in statements if statement["Effect"] == "Allow"}


def test_the_watch_alone_publishes_alerts(deployed: Deployed) -> None:
    may = _topic_policy(deployed, "AlertTopic")
    assert list(may) == ["WatchMayPublish"]
    watch = text_of(deployed.functions()["watch"]["Role"])
    assert text_of(may["WatchMayPublish"]["Principal"]["AWS"]) == watch


@pytest.mark.fault(71)
def test_alarms_and_machines_may_publish_to_the_ops_topic_which_no_key_locks(deployed: Deployed) -> None:
    may = _topic_policy(deployed, "OpsTopic")
    assert set(may) == {"AlarmsMayPublish", "MachinesMayPublish"}
    alarms = may["AlarmsMayPublish"]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    machines = {text_of(machine["RoleArn"]) for machine in deployed.machines().values()}
    assert {text_of(role) for role in may["MachinesMayPublish"]["Principal"]["AWS"]} == machines
    assert [t for t in deployed.resources("AWS::SNS::Topic").values() if "KmsMasterKeyId" in t] == []


@pytest.mark.fault(70)
def test_a_mail_that_cannot_be_delivered_is_kept(furnished: Deployed) -> None:
    subscriptions = furnished.resources("AWS::SNS::Subscription").values()
    assert sorted(s["Endpoint"] for s in subscriptions) == [
        "lead@example.com",
        "ml@example.com",
        "ops@example.com",
    ]
    for subscription in subscriptions:
        kept = text_of(subscription["RedrivePolicy"]["deadLetterTargetArn"])
        assert kept.startswith("<AlertsUndelivered")


def _alarms(deployed: Deployed) -> dict[str, Resource]:
    found = deployed.resources("AWS::CloudWatch::Alarm").items()
    return {name.removeprefix("Alarms")[:-8]: alarm for name, alarm in found}


def test_every_alarm_tells_the_ops_topic_and_says_what_it_means(deployed: Deployed) -> None:
    alarms = _alarms(deployed)
    assert set(alarms) == {
        "TickMissing",
        "WatchErrors",
        "TickErrors",
        "LostCalls",
        "UndeliveredMail",
        "RunsFailed",
        "AlertsPending",
        "JobsOverdue",
    }
    for alarm in alarms.values():
        assert text_of(alarm["AlarmActions"][0]).startswith("<AlertsOpsTopic")
        assert len(alarm["AlarmDescription"]) > 20


def test_every_alarm_ends_with_the_place_where_it_is_told_what_to_do(deployed: Deployed) -> None:
    for name, alarm in _alarms(deployed).items():
        assert alarm["AlarmDescription"].endswith(f" What to do: docs/alarms/{name}.md")


@pytest.mark.fault(85)
def test_silence_of_the_watch_rings_after_five_minutes(deployed: Deployed) -> None:
    alarm = _alarms(deployed)["TickMissing"]
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 300
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert (alarm["Namespace"], alarm["MetricName"]) == ("FinetuneGuard", "Ticks")


def test_every_other_alarm_is_quiet_when_there_is_nothing_to_count(deployed: Deployed) -> None:
    others = {name: alarm for name, alarm in _alarms(deployed).items() if name != "TickMissing"}
    assert {alarm["TreatMissingData"] for alarm in others.values()} == {"notBreaching"}


@pytest.mark.fault(86)
def test_metrics_of_ours_have_one_dimension_so_their_number_never_grows(deployed: Deployed) -> None:
    ours = [a for a in _alarms(deployed).values() if a["Namespace"] == "FinetuneGuard"]
    assert len(ours) == 5
    assert all(a["Dimensions"] == [{"Name": "service", "Value": "FinetuneGuard"}] for a in ours)


def test_the_dashboard_shows_alarms_runs_jobs_and_what_was_said(deployed: Deployed) -> None:
    [dashboard] = deployed.resources("AWS::CloudWatch::Dashboard").values()
    body = json.loads(text_of(dashboard["DashboardBody"]))
    titles = [widget["properties"].get("title") for widget in body["widgets"]]
    assert titles == [
        "Is the guard well?",
        None,
        "Runs",
        "Jobs",
        "Alerts",
        "Errors",
        "Milliseconds of a tick",
        "Dead letters",
        "Warnings and errors, newest first",
    ]
    assert len(body["widgets"][0]["properties"]["alarms"]) == len(_alarms(deployed))
    said = body["widgets"][1]["properties"]["markdown"]
    assert "docs/alarms/NAME.md" in said
    assert [name for name in _alarms(deployed) if name not in said] == []


def test_a_refused_or_stopped_run_rings_no_alarm_beside_its_mail(deployed: Deployed) -> None:
    """To Step Functions they are failed executions, so no alarm may look at its metrics."""
    assert {alarm["Namespace"] for alarm in _alarms(deployed).values()} == {
        "FinetuneGuard",
        "AWS/Lambda",
        "AWS/SQS",
    }
    assert _alarms(deployed)["RunsFailed"]["MetricName"] == "RunsFailed"
