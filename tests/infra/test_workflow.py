"""The definitions as Step Functions reads them: timeouts, roles, what is passed, how long it lasts."""

import pytest

from finetune_guard.core.decisions import Mode
from infra.constructs.machines import MODES
from infra.constructs.run_states import MARGIN
from tests.infra.deployed import Deployed, allowed, arns, many, statement_of, text_of
from tests.infra.walking import is_end, leads_to, reach, tasks

pytestmark = pytest.mark.parametrize("machine", MODES)


@pytest.mark.fault(77)
def test_every_task_has_a_timeout_that_is_a_number(machine: str, deployed: Deployed) -> None:
    timeouts = {name: task.get("TimeoutSeconds") for name, task in tasks(deployed, machine)}
    assert timeouts
    assert [name for name, value in timeouts.items() if not isinstance(value, int) or value < 1] == []


@pytest.mark.fault(77)
def test_the_machine_as_a_whole_ends_one_day(machine: str, deployed: Deployed) -> None:
    assert 0 < deployed.definition(machine)["TimeoutSeconds"] <= 365 * 86_400


def test_a_task_outlasts_its_function_so_that_lambda_ends_it_first(machine: str, deployed: Deployed) -> None:
    functions = {deployed.function_name(handler): f for handler, f in deployed.functions().items()}
    checked = 0
    for name, task in tasks(deployed, machine):
        if name != "WaitForRun" and "FunctionName" in task["Arguments"]:
            function = functions[task["Arguments"]["FunctionName"].strip("<>").removesuffix(".Arn")]
            assert task["TimeoutSeconds"] == function["Timeout"] + MARGIN
            checked += 1
    assert checked == 6


def test_every_state_is_met_and_reaches_an_end(machine: str, deployed: Deployed) -> None:
    definition = deployed.definition(machine)
    every = definition["States"]
    assert reach(definition["StartAt"], every) == set(every)
    assert [name for name in every if not any(is_end(every[end]) for end in reach(name, every))] == []


def test_every_function_that_is_called_is_in_the_role_and_no_other(machine: str, deployed: Deployed) -> None:
    role = deployed.role_statements(deployed.machines()[machine]["RoleArn"])
    called = {
        task["Arguments"]["FunctionName"]
        for _, task in tasks(deployed, machine)
        if "FunctionName" in task["Arguments"]
    }
    assert called == set(arns(statement_of(role, "lambda:InvokeFunction")))


def test_the_topic_that_is_published_to_is_in_the_role(machine: str, deployed: Deployed) -> None:
    role = deployed.role_statements(deployed.machines()[machine]["RoleArn"])
    topics = {t["Arguments"]["TopicArn"] for _, t in tasks(deployed, machine) if "TopicArn" in t["Arguments"]}
    assert topics == set(arns(statement_of(role, "sns:Publish")))


def test_the_role_may_deliver_logs_and_traces_and_nothing_else(machine: str, deployed: Deployed) -> None:
    role = deployed.role_statements(deployed.machines()[machine]["RoleArn"])
    assert allowed(role) == {
        "lambda:InvokeFunction",
        "sns:Publish",
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    }


@pytest.mark.fault(87)
def test_the_history_is_logged_without_its_data(machine: str, deployed: Deployed) -> None:
    properties = deployed.machines()[machine]
    logging = properties["LoggingConfiguration"]
    assert logging["Level"] == "ALL"
    assert logging["IncludeExecutionData"] is False
    assert properties["TracingConfiguration"] == {"Enabled": True}
    group = logging["Destinations"][0]["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"][0]
    name = deployed.resources("AWS::Logs::LogGroup")[group]["LogGroupName"]
    assert text_of(name).startswith("/aws/vendedlogs/states/")


def test_preflight_gets_the_input_untouched_and_the_execution_it_is_in(
    machine: str, deployed: Deployed
) -> None:
    definition = deployed.definition(machine)
    assert definition["States"][definition["StartAt"]]["Arguments"]["Payload"] == {
        "mode": MODES[machine],
        "execution_arn": "{% $states.context.Execution.Id %}",
        "started_at": "{% $states.context.Execution.StartTime %}",
        "config": "{% $states.context.Execution.Input %}",
    }


def test_the_mode_is_one_that_preflight_knows(machine: str) -> None:
    assert Mode(MODES[machine]).value == MODES[machine]


def test_subjects_are_such_that_sns_takes_them(machine: str, deployed: Deployed) -> None:
    subjects = [t["Arguments"]["Subject"] for _, t in tasks(deployed, machine) if "Subject" in t["Arguments"]]
    assert len(subjects) == 2
    assert all(subject.isascii() and subject.isprintable() and len(subject) < 100 for subject in subjects)


@pytest.mark.fault(78)
def test_the_history_lasts_for_a_month_even_if_no_wait_is_ever_answered(
    machine: str, deployed: Deployed
) -> None:
    """A turn enters WaitForRun, TellOps, NextAction and WhatNext: at most 8 events a task and 2 a choice."""
    wait = deployed.definition(machine)["States"]["WaitForRun"]
    turns = 25_000 / (3 * 8 + 2)
    assert turns * wait["HeartbeatSeconds"] > 30 * 86_400


@pytest.mark.fault(78)
def test_nothing_but_ids_and_the_report_goes_from_state_to_state(machine: str, deployed: Deployed) -> None:
    sent = {
        key
        for name, task in tasks(deployed, machine)
        if name != "Preflight" and "Payload" in task["Arguments"]
        for key in task["Arguments"]["Payload"]
    }
    assert sent == {"run_id", "token", "error"}


@pytest.mark.fault(80)
def test_only_our_own_functions_and_the_topic_are_called(machine: str, deployed: Deployed) -> None:
    """Create is never called by the machine itself: a second try must find the first one's job."""
    resources = {task["Resource"].split(":::")[1] for _, task in tasks(deployed, machine)}
    assert resources == {"lambda:invoke", "lambda:invoke.waitForTaskToken", "sns:publish"}
    assert all(many(task["Resource"]) for _, task in tasks(deployed, machine))


@pytest.mark.fault(23)
def test_a_full_quota_is_waited_for_and_tried_again(machine: str, furnished: Deployed) -> None:
    every = furnished.definition(machine)["States"]
    assert every["WaitForQuota"] == {"Type": "Wait", "Seconds": 5, "Next": "NextAction"}
    assert "WaitForQuota" in leads_to(every["Created"])


def test_the_waits_are_as_the_deployer_chose(machine: str, furnished: Deployed) -> None:
    wait = furnished.definition(machine)["States"]["WaitForRun"]
    assert (wait["TimeoutSeconds"], wait["HeartbeatSeconds"]) == (5_400, 3_600)
