"""A refused run, from the outside: a cause that a person can read, one mail, and nothing created."""

import json
import threading
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from finetune_guard.core.names import run_id
from finetune_guard.core.runs import Problem
from local.demo.following import Seen, World, follow
from local.demo.stories import HEALTHY
from local.demo.world import world_of
from local.engine.machine import Machine
from local.inbox.mails import Mail, kept
from tests.configs import SEED
from tests.e2e.scenes import SECONDS

pytestmark = pytest.mark.e2e

NAME = "seed-sample"
#: Calls of Bedrock that make something.
MAKING = ("Create", "Put", "Tag")


@dataclass(frozen=True)
class Refused:
    """A run of the seed's own sample, and what changed in the account meanwhile.

    Attributes:
        seen: The run as it was last seen.
        objects: Keys of the stack's bucket that are new.
        calls: Operations that the Bedrock stand-in was asked for meanwhile.
        alerts: How many mails about the run were ever to be sent.
    """

    seen: Seen
    objects: set[str]
    calls: list[str]
    alerts: int

    @property
    def problems(self) -> tuple[Problem, ...]:
        assert self.seen.run
        return tuple(problem for problem in self.seen.run.problems if problem.severity == "error")


@pytest.fixture(scope="module")
def refused(machine: Machine) -> Refused:
    world = world_of(machine, threading.Event())
    keys, calls = _keys(machine), len(_calls(machine))
    begun = _paste({**SEED, "job_name": NAME}, machine, world)
    *_, [seen] = follow([begun], world, SECONDS, interval=1.0)
    alerts = len(world.store.alerts(seen.run_id))
    return Refused(seen, _keys(machine) - keys, _calls(machine)[calls:], alerts)


def test_the_console_shows_one_line_a_problem_with_the_nearest_that_is_accepted(refused: Refused) -> None:
    described = boto3.client("stepfunctions").describe_execution(executionArn=refused.seen.execution.arn)

    assert (described["status"], described["error"]) == ("FAILED", "Refused")
    head, *told = described["cause"].splitlines()
    assert head.startswith(f"Pre-flight refuses, with {len(refused.problems)} problems to mend")
    assert len(told) == len(refused.problems) >= 9
    for line, problem in zip(told, refused.problems, strict=True):
        assert line.startswith(f"{problem.code} {problem.key}: {problem.message}")
        assert line.endswith(problem.suggestion)
    assert "learningRateWarmupSteps" in described["cause"]


def test_the_last_state_of_the_history_is_the_one_named_refused(refused: Refused) -> None:
    events = _history(refused.seen.execution.arn)

    entered = [event["stateEnteredEventDetails"]["name"] for event in events if _is_entry(event)]
    assert entered[-1] == "Refused"
    assert "CreateJobs" not in entered


def test_there_is_one_mail_that_names_every_problem(machine: Machine, refused: Refused) -> None:
    [mail] = _mails(machine, refused.seen.run_id)

    assert refused.alerts == 1
    assert mail.subject == f"REFUSED: {NAME} (pre-flight)"
    assert "No job was created; nothing was spent." in mail.text
    for problem in refused.problems:
        assert f"- {problem.code} {problem.key}: {problem.message} {problem.suggestion}" in mail.text


def test_nothing_was_created_but_the_report_and_what_a_rebuild_reads(refused: Refused) -> None:
    folder = f"runs/{refused.seen.run_id}"
    assert refused.objects == {f"{folder}/report.json", f"{folder}/run.json"}
    assert [call for call in refused.calls if call.startswith(MAKING)] == []
    assert refused.seen.run
    assert refused.seen.run.jobs == ()
    jobs = boto3.client("bedrock").list_model_customization_jobs(nameContains=NAME)
    models = boto3.client("bedrock").list_custom_models(nameContains=NAME)
    assert (jobs["modelCustomizationJobSummaries"], models["modelSummaries"]) == ([], [])


def _paste(document: dict[str, object], machine: Machine, world: World) -> Seen:
    arn = boto3.client("stepfunctions").start_execution(
        stateMachineArn=machine.stack.output("RehearseThenRunArn"), name=NAME, input=json.dumps(document)
    )["executionArn"]
    return Seen(replace(HEALTHY, name=NAME), run_id(NAME, arn), world.start.workflow.execution(arn))


def _keys(machine: Machine) -> set[str]:
    pages = (
        boto3.client("s3")
        .get_paginator("list_objects_v2")
        .paginate(Bucket=machine.stack.output("BucketName"))
    )
    return {listed["Key"] for page in pages for listed in page.get("Contents", [])}


def _calls(machine: Machine) -> list[str]:
    log = machine.places.bedrock_state / "calls.jsonl"
    lines = log.read_text().splitlines() if log.exists() else []
    return [json.loads(line)["operation"] for line in lines]


def _history(arn: str) -> list[dict[str, Any]]:
    pages = boto3.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    return [dict(event) for page in pages for event in page["events"]]


def _is_entry(event: dict[str, Any]) -> bool:
    return "stateEnteredEventDetails" in event


def _mails(machine: Machine, run: str) -> list[Mail]:
    """Mails about the run, to whomever, also those that only name it or its execution."""
    every = kept(machine.places.inbox)
    return [mail for mail in every if run == mail.run_id or NAME in mail.subject + mail.text]
