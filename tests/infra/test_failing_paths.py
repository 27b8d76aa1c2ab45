"""Whichever way a run goes wrong, a person is told and the machine comes to an end."""

import pytest

from finetune_guard.core import refusal_cause
from infra.constructs.machines import MODES
from infra.constructs.run_states import LONGEST_CAUSE
from tests.infra.deployed import Deployed
from tests.infra.walking import is_end, leads_to, reach, tasks

pytestmark = pytest.mark.parametrize("machine", MODES)


#: States in which a person is told: the report's alert is sent by the watch, the others publish themselves.
TELLS = {"Report", "ReportFailure", "TellOpsFailed"}


#: A wait that is not answered: told at once, and the run goes on.
TELLS_AND_GOES_ON = "TellOps"


def test_every_task_catches_everything(machine: str, deployed: Deployed) -> None:
    uncaught = [
        name
        for name, task in tasks(deployed, machine)
        if "States.ALL"
        not in [error for catcher in task.get("Catch", ()) for error in catcher["ErrorEquals"]]
    ]
    assert uncaught == []


def test_no_end_is_reached_without_a_person_being_told(machine: str, deployed: Deployed) -> None:
    definition = deployed.definition(machine)
    untold = reach(definition["StartAt"], definition["States"], avoiding=frozenset(TELLS))
    assert [name for name in untold if is_end(definition["States"][name])] == []


def test_whatever_fails_is_reported_or_told_by_the_machine_itself(machine: str, deployed: Deployed) -> None:
    tells = {*TELLS, TELLS_AND_GOES_ON}
    ways = {
        name: {catcher["Next"] for catcher in task["Catch"]}
        for name, task in tasks(deployed, machine)
        if name not in tells
    }
    assert [name for name, targets in ways.items() if not targets <= tells] == []


def test_a_report_that_fails_is_told_by_the_machine_itself(machine: str, deployed: Deployed) -> None:
    every = deployed.definition(machine)["States"]
    assert [catcher["Next"] for catcher in every["ReportFailure"]["Catch"]] == ["TellOpsFailed"]
    assert [catcher["Next"] for catcher in every["Preflight"]["Catch"]] == ["TellOpsFailed"]
    assert every["TellOpsFailed"]["Resource"].endswith(":sns:publish")


@pytest.mark.fault(75)
def test_a_lost_wait_is_told_and_the_run_looked_at_again(machine: str, deployed: Deployed) -> None:
    every = deployed.definition(machine)["States"]
    wait, told = every["WaitForRun"], every["TellOps"]
    first = wait["Catch"][0]
    assert first["ErrorEquals"] == ["States.HeartbeatTimeout", "States.Timeout"]
    assert first["Next"] == "TellOps"
    assert leads_to(told) == {"NextAction"}
    assert "training and billing" in told["Arguments"]["Message"]


@pytest.mark.fault(75, 85)
def test_a_dead_watch_is_noticed_by_the_heartbeat_and_mailed_at_most_hourly(
    machine: str, deployed: Deployed
) -> None:
    wait = deployed.definition(machine)["States"]["WaitForRun"]
    assert 3_600 <= wait["HeartbeatSeconds"] < wait["TimeoutSeconds"]
    assert wait["Resource"].endswith(":lambda:invoke.waitForTaskToken")


def test_a_lost_heartbeat_is_not_retried_in_silence(machine: str, deployed: Deployed) -> None:
    """States.TaskFailed matches it too, so a retrier before must take it (Step Functions guide, errors)."""
    retriers = deployed.definition(machine)["States"]["WaitForRun"]["Retry"]
    matching = [r for r in retriers if {"States.HeartbeatTimeout", "States.TaskFailed"} & {*r["ErrorEquals"]}]
    assert matching[0] == {"ErrorEquals": ["States.HeartbeatTimeout"], "MaxAttempts": 0}


def test_lambda_that_is_busy_is_retried_with_growing_pauses(machine: str, deployed: Deployed) -> None:
    for name, task in tasks(deployed, machine):
        if "FunctionName" in task["Arguments"]:
            busy = [r for r in task["Retry"] if "Lambda.TooManyRequestsException" in r["ErrorEquals"]]
            assert busy[0]["BackoffRate"] >= 2, name
            assert busy[0]["MaxAttempts"] >= 3, name


def test_no_class_of_ours_is_named_in_a_retry_or_catch(machine: str, deployed: Deployed) -> None:
    named = {
        error
        for _, task in tasks(deployed, machine)
        for rule in (*task["Retry"], *task["Catch"])
        for error in rule["ErrorEquals"]
    }
    assert [error for error in named if not error.startswith(("States.", "Lambda."))] == []


def test_only_an_accepted_run_succeeds_and_the_report_is_its_output(machine: str, deployed: Deployed) -> None:
    every = deployed.definition(machine)["States"]
    good = [name for name, state in every.items() if is_end(state) and state["Type"] != "Fail"]
    assert good == ["Completed"]
    assert every["Completed"] == {"Type": "Pass", "Output": "{% $states.input %}", "End": True}
    before = [name for name, state in every.items() if "Completed" in leads_to(state)]
    assert before == ["HowItEnded"]
    assert [name for name, state in every.items() if "HowItEnded" in leads_to(state)] == [
        "Report",
        "ReportFailure",
    ]


def test_a_run_that_ends_otherwise_says_why_within_the_limits_of_a_cause(
    machine: str, deployed: Deployed
) -> None:
    every = deployed.definition(machine)["States"]
    ends = {name: state for name, state in every.items() if state["Type"] == "Fail"}
    assert {name: state["Error"] for name, state in ends.items()} == {
        "Refused": "Refused",
        "Stopped": "Stopped",
        "Failed": "Failed",
        "FailedUnreported": "Failed",
    }
    assert refusal_cause.LONGEST_CAUSE <= LONGEST_CAUSE
    assert LONGEST_CAUSE * 4 <= 32_768
    assert all(
        state["Cause"] == f"{{% $substring($states.input.cause, 0, {LONGEST_CAUSE}) %}}"
        for state in ends.values()
    )
