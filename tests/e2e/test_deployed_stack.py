"""The deployed stack on the local engine, with the roles of its functions enforced."""

import json
import re

import boto3
import pytest

from finetune_guard.core.decisions import DecisionKind, RunStatus
from finetune_guard.core.jobs import StopReason
from local.demo.endings import differences
from local.engine.addresses import fetched
from local.engine.machine import Machine, Wishes, up
from local.inbox.mails import kept
from tests.e2e.scenes import ABORTED, BY_HAND, SPOILT, ConsoleConfig, Played

pytestmark = pytest.mark.e2e


def test_the_engine_enforces_the_roles_of_the_functions(machine: Machine) -> None:
    with fetched(machine.addresses.engine_url + "/_ministack/health", machine.places.certificate) as answer:
        assert json.load(answer)["auth"] == "enabled"


def test_a_machine_that_is_up_stays_up_when_started_again(machine: Machine) -> None:
    said: list[str] = []

    again = up(machine.places, Wishes(), said.append)

    assert said == ["The local machine is up already."]
    assert again == machine


def test_the_console_json_of_the_readme_is_rehearsed_and_run(config: ConsoleConfig, played: Played) -> None:
    seen = played.seen[config.job_name]

    assert seen.run
    assert seen.execution.status == "SUCCEEDED"
    assert seen.run.status is RunStatus.COMPLETED
    assert {job.key.short for job in seen.run.jobs} == {"rehearsal-0-0", "full-0-0"}
    output = json.loads(seen.execution.output)
    assert output["run_id"] == seen.run_id
    assert output["outcome"] == "completed"
    assert output["evidence"] == "curve at completion"
    assert output["model_arn"].startswith("arn:aws:bedrock:")
    assert played.subjects(config.job_name)[-1].startswith(f"COMPLETED: {config.job_name}")


def test_what_is_too_hot_at_a_third_too_gets_no_full_run(played: Played) -> None:
    seen = played.seen[SPOILT]

    assert differences(seen.ending) == ()
    assert "no full run is paid for. It began " in seen.execution.cause
    assert seen.execution.cause.endswith("look at the records from there on before you look at the rate.")
    assert seen.run
    assert seen.run.decisions[-1].decision.kind is DecisionKind.REFUSE


def test_while_a_run_is_on_plain_boto3_lists_it_and_reads_its_items(played: Played) -> None:
    on = played.seen[BY_HAND].execution.arn.rsplit(":", 1)[-1]
    assert played.listed[on] == "RUNNING"
    assert "from-the-console" in played.listed
    kinds = sorted(item["sk"]["S"].split("#")[0] for item in played.items)
    assert kinds[-1] == "RUN"
    assert "JOB" in kinds
    records = [json.loads(item["record"]["S"]) for item in played.items]
    assert {record["schema_version"] for record in records} == {1}


def test_an_alert_is_read_from_the_inbox_as_it_was_sent(machine: Machine, played: Played) -> None:
    mails = [mail for mail in kept(machine.places.inbox) if mail.run_id == played.seen[SPOILT].run_id]

    assert mails[-1].subject.startswith(f"REFUSED: {SPOILT}")
    assert "What ran:" in mails[-1].text
    assert "Finetune Guard" in mails[-1].text


def test_the_watch_runs_from_its_layers_as_its_log_shows(machine: Machine, played: Played) -> None:
    function = machine.stack.output("WatchFunctionName")

    configured = boto3.client("lambda").get_function_configuration(FunctionName=function)
    group = configured["LoggingConfig"]["LogGroup"]
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = "\n".join(event["message"] for page in pages for event in page["events"])
    assert re.search(r"/layer_\d+/python/finetune_guard/functions\.py", messages)


def test_a_stop_that_is_ordered_twice_is_called_once(machine: Machine, played: Played) -> None:
    seen = played.seen[BY_HAND]

    assert [code for code, _ in played.stops] == [0, 0]
    assert seen.run
    assert seen.run.status is RunStatus.STOPPED
    stop = seen.run.jobs[-1].stop
    assert stop
    assert stop.reason is StopReason.PERSON
    assert stop.outcome == "Stopped"
    assert len(stops_called(machine, seen.run.jobs[-1].arn or "")) == 1
    assert [subject.split(" ")[0] for subject in played.subjects(BY_HAND)] == ["STOPPED", "STOPPED:"]


def stops_called(machine: Machine, arn: str) -> list[str]:
    """The lines of the stand-in's call log that stop a job."""
    lines = (machine.places.bedrock_state / "calls.jsonl").read_text().splitlines()
    return [line for line in lines if "StopModelCustomizationJob" in line and arn.rsplit("/", 1)[-1] in line]


def test_an_aborted_execution_is_told_with_what_is_still_running(played: Played) -> None:
    seen = played.seen[ABORTED]
    [mail] = [mail for mail in seen.mails if mail.kind == "execution aborted"]

    assert mail.subject == "EXECUTION ABORTED: aborted, jobs still running and billing"
    assert seen.run
    assert seen.run.jobs[-1].request.job_name in mail.text
    assert f"finetune-guard stop {seen.run_id}" in mail.text
