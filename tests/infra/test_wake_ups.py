"""What calls the watch and the clean-up, how often, and what becomes of a call that fails."""

from datetime import timedelta

import pytest

from infra.constructs.watch import TICK
from tests.infra.deployed import Deployed, Resource, text_of


@pytest.mark.fault(6)
def test_no_concurrency_is_reserved_so_no_tick_is_throttled_by_us(deployed: Deployed) -> None:
    assert [f for f in deployed.functions().values() if "ReservedConcurrentExecutions" in f] == []


@pytest.mark.fault(3)
def test_a_late_tick_is_dropped_after_a_minute_and_never_tried_again(deployed: Deployed) -> None:
    schedule = _schedule_of(deployed, "watch")
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert schedule["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    assert "Arn" in schedule["Target"]["DeadLetterConfig"]
    assert schedule.get("State", "ENABLED") == "ENABLED"


@pytest.mark.fault(3, 6)
def test_a_tick_that_fails_is_kept_and_not_repeated(deployed: Deployed) -> None:
    [asynchronous] = [
        config
        for config in deployed.resources("AWS::Lambda::EventInvokeConfig").values()
        if text_of(config["FunctionName"]) == f"<{deployed.function_name('watch')}>"
    ]
    assert (asynchronous["MaximumRetryAttempts"], asynchronous["MaximumEventAgeInSeconds"]) == (0, 60)
    destination = text_of(asynchronous["DestinationConfig"]["OnFailure"]["Destination"])
    assert destination.startswith("<TimetableLostCalls")


def test_a_tick_ends_before_the_next_one_is_due(deployed: Deployed) -> None:
    """Two at once are harmless (conditional writes), but should not be the rule."""
    timeout = timedelta(seconds=deployed.functions()["watch"]["Timeout"])
    assert timedelta(seconds=30) < timeout < timedelta(minutes=TICK.every)


def test_the_clean_up_comes_hourly_and_keeps_what_failed(deployed: Deployed) -> None:
    assert _schedule_of(deployed, "clean_up")["ScheduleExpression"] == "rate(1 hour)"
    configs = deployed.resources("AWS::Lambda::EventInvokeConfig").values()
    assert all("OnFailure" in config["DestinationConfig"] for config in configs)
    assert len(configs) == 2


def _schedule_of(deployed: Deployed, handler: str) -> Resource:
    target = f"<{deployed.function_name(handler)}.Arn>"
    [schedule] = [
        s
        for s in deployed.resources("AWS::Scheduler::Schedule").values()
        if text_of(s["Target"]["Arn"]) == target
    ]
    return schedule


def _rules(deployed: Deployed) -> dict[str, Resource]:
    rules = deployed.resources("AWS::Events::Rule").values()
    return {rule["EventPattern"]["detail-type"][0]: rule for rule in rules}


def test_three_kinds_of_event_wake_the_watch_early(deployed: Deployed) -> None:
    rules = _rules(deployed)
    assert set(rules) == {
        "Model Customization Job State Change",
        "Object Created",
        "Step Functions Execution Status Change",
    }
    for rule in rules.values():
        [target] = rule["Targets"]
        assert text_of(target["Arn"]) == f"<{deployed.function_name('watch')}.Arn>"
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
        assert "Arn" in target["DeadLetterConfig"]


@pytest.mark.fault(35)
def test_job_events_are_matched_by_their_type_alone_and_never_by_their_status(deployed: Deployed) -> None:
    """The status is at detail.jobStatus, not detail.status, and is looked up anyway."""
    pattern = _rules(deployed)["Model Customization Job State Change"]["EventPattern"]
    assert pattern == {"source": ["aws.bedrock"], "detail-type": ["Model Customization Job State Change"]}


def test_a_local_engine_may_send_job_events_under_its_own_name(furnished: Deployed) -> None:
    pattern = _rules(furnished)["Model Customization Job State Change"]["EventPattern"]
    assert pattern["source"] == ["aws.bedrock", "finetune-guard.local"]


def test_new_metric_files_wake_the_watch_but_its_own_journal_does_not(deployed: Deployed) -> None:
    pattern = _rules(deployed)["Object Created"]["EventPattern"]
    keys = [key["wildcard"] for key in pattern["detail"]["object"]["key"]]
    assert keys == [
        "output/*step_wise_training_metrics.csv",
        "output/*validation_metrics.csv",
        "output/*manifest.report.csv",
    ]
    [own] = [b for b in deployed.resources("AWS::S3::Bucket").values() if "NotificationConfiguration" in b]
    assert own["NotificationConfiguration"]["EventBridgeConfiguration"] == {"EventBridgeEnabled": True}
    assert text_of(pattern["detail"]["bucket"]["name"][0]).startswith("<DataBucket")


@pytest.mark.fault(79)
def test_an_execution_that_a_person_ended_or_that_failed_wakes_the_watch(deployed: Deployed) -> None:
    detail = _rules(deployed)["Step Functions Execution Status Change"]["EventPattern"]["detail"]
    assert detail["status"] == ["ABORTED", "TIMED_OUT", "FAILED"]
    assert len(detail["stateMachineArn"]) == len(deployed.machines()) == 3
