"""What `finetune-guard doctor` says of a stack that was just deployed, and of one that somebody broke."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import boto3
import pytest
from click.testing import CliRunner

from finetune_guard.cli.main import cli
from local.engine.machine import Machine
from local.engine.places import ROOT
from local.inbox.delivery import opened, subscribe
from tests.e2e.scenes import ConsoleConfig, make_buckets

pytestmark = pytest.mark.e2e

Breaking = Callable[[Machine], AbstractContextManager[object]]


@pytest.fixture(autouse=True, scope="module")
def buckets(machine: Machine, config: ConsoleConfig) -> None:
    """The data buckets that the stack's deployer named."""
    make_buckets(config)


def in_a_shell(machine: Machine, *words: str, without: str = "") -> subprocess.CompletedProcess[str]:
    """The person's command in a shell that has done `source .local/env`."""
    unset = f"unset {without} && " if without else ""
    command = f". {machine.places.environment} && {unset}.venv/bin/python -m finetune_guard {' '.join(words)}"
    return subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)


def told(printed: str) -> dict[str, dict[str, str]]:
    """The checks by their names."""
    checks: list[dict[str, str]] = json.loads(printed)["checks"]
    return {each["check"]: each for each in checks}


def examined() -> tuple[int, dict[str, dict[str, str]]]:
    """In this process, which is a client of the machine."""
    answer = CliRunner().invoke(cli, ["doctor", "--no-alert", "--json"])
    return answer.exit_code, told(answer.stdout)


def test_a_stack_that_was_just_deployed_is_well_and_its_test_alert_arrives(machine: Machine) -> None:
    answer = in_a_shell(machine, "doctor", "--json")

    checks = told(answer.stdout)
    assert {name: each["state"] for name, each in checks.items() if each["state"] != "OK"} == {}
    assert answer.returncode == 0
    subject = checks["test alert"]["seen"].split('"')[1]
    arrived = opened(machine.places.inbox).fetch()
    assert [mail.kind for mail in arrived if mail.subject == subject] == ["test"]


@contextmanager
def schedule_disabled(machine: Machine) -> Iterator[None]:
    client = boto3.client("scheduler")
    [name] = [each["Name"] for each in client.list_schedules()["Schedules"] if "Tick" in each["Name"]]
    found = client.get_schedule(Name=name)
    kept = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    same = {key: found[key] for key in kept}
    client.update_schedule(**same, State="DISABLED")
    yield
    client.update_schedule(**same, State="ENABLED")


@contextmanager
def subscription_deleted(machine: Machine) -> Iterator[None]:
    topic = machine.stack.output("AlertTopicArn")
    client = boto3.client("sns")
    [found] = client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    client.unsubscribe(SubscriptionArn=found["SubscriptionArn"])
    yield
    subscribe([topic])


@contextmanager
def kill_switch_on(machine: Machine) -> Iterator[None]:
    CliRunner().invoke(cli, ["kill-switch", "on"])
    yield
    CliRunner().invoke(cli, ["kill-switch", "off"])


@contextmanager
def role_without_policy(machine: Machine) -> Iterator[None]:
    role = machine.stack.output("BedrockRoleArn").rpartition("/")[2]
    client = boto3.client("iam")
    [name] = client.list_role_policies(RoleName=role)["PolicyNames"]
    policy = client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    client.delete_role_policy(RoleName=role, PolicyName=name)
    yield
    client.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


@contextmanager
def alarm_ringing(machine: Machine) -> Iterator[None]:
    client = boto3.client("cloudwatch")
    [alarm] = [
        each["AlarmName"]
        for each in client.describe_alarms()["MetricAlarms"]
        if "RunsFailed" in each["AlarmName"]
    ]
    client.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="Somebody tries it.")
    yield
    client.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="It was tried.")


@contextmanager
def letter_dead(machine: Machine) -> Iterator[None]:
    client = boto3.client("sqs")
    [url] = [url for url in client.list_queues()["QueueUrls"] if "LostCalls" in url]
    client.send_message(QueueUrl=url, MessageBody="a call that reached nobody")
    yield
    client.purge_queue(QueueUrl=url)


@contextmanager
def function_changed(machine: Machine) -> Iterator[None]:
    """The clean-up, by hand, to run without its layers."""
    client = boto3.client("lambda")
    [found] = [each for each in client.list_functions()["Functions"] if "CleanUp" in each["FunctionName"]]
    name, layers = found["FunctionName"], [layer["Arn"] for layer in found["Layers"]]
    updated = client.get_waiter("function_updated_v2")
    client.update_function_configuration(FunctionName=name, Layers=[])
    updated.wait(FunctionName=name)
    yield
    client.update_function_configuration(FunctionName=name, Layers=layers)
    updated.wait(FunctionName=name)


BREAKINGS: dict[str, tuple[Breaking, str, str, str]] = {
    "schedule": (schedule_disabled, "BROKEN", "Switched off: Tick", "Enable it"),
    "alert readers": (subscription_deleted, "WARNING", "Nobody is told", "aws sns subscribe"),
    "kill switch": (kill_switch_on, "WARNING", "On: no job", "kill-switch off"),
    "Bedrock role": (role_without_policy, "BROKEN", "s3:GetObject", "its policy back"),
    "alarms": (alarm_ringing, "BROKEN", "Ringing: RunsFailed since ", "docs/operations.md"),
    "dead letters": (letter_dead, "BROKEN", "1 in LostCalls", "purge"),
    "functions": (function_changed, "BROKEN", "other layers: CleanUpFunction", "Undo the change"),
}


@pytest.mark.parametrize("name", BREAKINGS)
def test_what_somebody_broke_is_named_alone_with_what_to_do_and_is_well_once_mended(
    name: str, machine: Machine
) -> None:
    breaking, state, seen, advice = BREAKINGS[name]

    with breaking(machine):
        code, broken = examined()
    mended_code, mended = examined()

    ill = {check: each["state"] for check, each in broken.items() if each["state"] in ("WARNING", "BROKEN")}
    assert ill == {name: state}
    assert code == (3 if state == "BROKEN" else 0)
    assert seen in broken[name]["seen"]
    assert advice in broken[name]["advice"]
    assert (mended_code, mended[name]["state"]) == (0, "OK")


def test_without_credentials_that_is_said_and_nothing_else_is_asked(machine: Machine) -> None:
    answer = in_a_shell(machine, "doctor", "--json", without="AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY")

    checks = told(answer.stdout)
    assert answer.returncode == 1
    assert [name for name, each in checks.items() if each["state"] == "BROKEN"] == ["credentials"]
    assert checks["functions"]["state"] == "NOT CHECKED"


def test_a_stack_that_is_not_there_is_said_to_be_so(machine: Machine) -> None:
    answer = CliRunner().invoke(cli, ["doctor", "--json", "--stack", "Nobodys"])

    assert answer.exit_code == 3
    assert "There is no stack Nobodys" in told(answer.stdout)["stack"]["seen"]


def test_a_stack_without_jobs_may_be_left(machine: Machine) -> None:
    answer = CliRunner().invoke(cli, ["leave", "--json"])

    assert answer.exit_code == 0
    read = json.loads(answer.stdout)
    assert (read["running"], read["storage"]["removal"]) == ([], "retain")
    assert read["storage"]["table"] == machine.stack.output("TableName")
