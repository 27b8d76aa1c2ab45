"""The stack's functions, played with the real adapters: AWS by moto, Bedrock by our stand-in.

A machine's walk through its states is played here and not by moto, which runs no Lambda of ours; its
executions and the tokens that it waits on are moto's.
"""

import importlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, Literal

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto.core.models import DEFAULT_ACCOUNT_ID

from finetune_guard import bootstrap
from finetune_guard.core.decisions import Mode
from finetune_guard.core.observations import BaseModelFacts
from tests.infra.deployed import ACCOUNT
from tests.infra.recorded import Named, Recorder
from tests.local.bedrock.harness import Running

MACHINES = {Mode.MINI_RUN: "MiniRun", Mode.FULL_RUN: "FullRun", Mode.REHEARSE_THEN_RUN: "RehearseThenRun"}
#: Seconds that everything may take; a machine that does other things too needs several times the usual.
PATIENCE = 300.0
#: Between two looks when nothing moves.
PAUSE = 0.05

State = Literal["Preflight", "Plan", "NextAction", "CreateJobs", "WaitForRun", "Waiting", "Report", "Ended"]


class Context(LambdaContext):
    """What Lambda tells a function about itself."""

    def __init__(self, name: str) -> None:
        self._function_name, self._aws_request_id = name, "one"
        self._memory_limit_in_mb, self._invoked_function_arn = 512, f"arn:{name}"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 55_000


@dataclass
class Walk:
    """One execution on its way through the machine's states."""

    arn: str
    mode: Mode
    config: object
    run_id: str = ""
    state: State = "Preflight"
    outcome: str = ""


@dataclass
class PlayedStack:
    """Everything that is deployed.

    Attributes:
        names: The template, and what its resources are called here.
        recorder: Notes who calls what.
        bedrock: The stand-in.
        walks: Every execution that is on, by ARN.
    """

    names: Named
    recorder: Recorder
    bedrock: Running
    walks: dict[str, Walk] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    copied: dict[str, bytes] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)

    def text(self, value: object) -> str:
        return self.names.text(value).replace(ACCOUNT, DEFAULT_ACCOUNT_ID)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        outputs = self.names.deployed.template["Outputs"]
        return {key: self.text(outputs[key]["Value"]) for key in outputs if not key.endswith("Console")}

    @property
    def bucket(self) -> str:
        return self.outputs["BucketName"]

    @property
    def _objects(self) -> Path:
        """The bucket as the stand-in has it."""
        return self.bedrock.folder / "objects" / self.bucket

    def client(self, service: str) -> Any:
        """A client of nobody in particular; to make one takes longer than what is asked of it."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service)  # type: ignore[call-overload]
        return self._clients[service]

    def upload(self, name: str, data: bytes) -> str:
        """Training data in the stack's bucket."""
        self.client("s3").put_object(Bucket=self.bucket, Key=f"uploads/{name}", Body=data)
        return f"s3://{self.bucket}/uploads/{name}"

    def call(self, handler: str, event: Mapping[str, object]) -> Any:
        """A function as Lambda runs it: its module is loaded with its environment, its handler called.

        The environment is another one for a while, and none is changed: the threads of moto's machines read
        it at any time, and an execution whose thread meets a variable that is just taken away fails.
        """
        told = self.names.deployed.functions()[handler]["Environment"]["Variables"]
        variables = {name: self.text(value) for name, value in told.items()}
        with pytest.MonkeyPatch.context() as shell, self.recorder.by(handler):
            shell.setattr(os, "environ", os.environ | variables)  # noqa: TID251  (it plays Lambda)
            module = importlib.reload(importlib.import_module(f"lambdas.{handler}"))
            return module.handler(event, Context(handler))

    def begin(self, config: Mapping[str, object], mode: Mode = Mode.REHEARSE_THEN_RUN) -> Walk:
        """Starts an execution, as the console does."""
        machine = self.outputs[f"{MACHINES[mode]}Arn"]
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, name=str(config["job_name"]), input=json.dumps(config)
        )
        self._find_executions()
        return self.walks[started["executionArn"]]

    def learn(self, facts: BaseModelFacts) -> None:
        """What is known of a base model from now on."""
        with self.recorder.by(""):
            bootstrap.run_store(self.outputs["TableName"]).learn(facts)

    def end(self, walk: Walk) -> None:
        """Ends an execution."""
        self.client("stepfunctions").stop_execution(executionArn=walk.arn)
        walk.state = "Ended"

    def play(self, over: Callable[[], bool]) -> None:
        """Goes on until something is so."""
        until = monotonic() + PATIENCE
        while not over():
            assert monotonic() < until, [(walk.run_id, walk.state) for walk in self.walks.values()]
            self.go_on()

    def go_on(self) -> None:
        """One state of each machine that can; where none can, one tick of the watch."""
        with self.recorder.by(""):
            self._find_executions()
            moved = [self._step(walk) for walk in self.walks.values()]
            if not any(moved):
                Event().wait(PAUSE)
                self.tick()

    def tick(self, ended_execution: str = "") -> Any:
        """One tick, at an event that an execution has ended or by the clock."""
        self._bring_results()
        event = {"detail": {"executionArn": ended_execution}} if ended_execution else {}
        ticked = self.call("watch", event)
        assert not ticked["errors"], ticked["errors"]
        return ticked

    def exchange(self) -> None:
        """Copies data to where the stand-in reads it, and what it wrote to the bucket."""
        self._bring_data()
        self._bring_results()

    def _bring_data(self) -> None:
        """For jobs that are yet to be created."""
        store, here = self.client("s3"), self._objects
        for prefix in ("uploads/", "samples/"):
            for found in store.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", ()):
                path = here / found["Key"]
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(store.get_object(Bucket=self.bucket, Key=found["Key"])["Body"].read())

    def _bring_results(self) -> None:
        store, here = self.client("s3"), self._objects
        for path in (here / "output").rglob("*.csv"):
            key, data = str(path.relative_to(here)), path.read_bytes()
            if self.copied.get(key) != data:
                store.put_object(Bucket=self.bucket, Key=key, Body=data)
                self.copied[key] = data

    def _find_executions(self) -> None:
        client = self.client("stepfunctions")
        for mode, name in MACHINES.items():
            for found in client.list_executions(stateMachineArn=self.outputs[f"{name}Arn"])["executions"]:
                if found["executionArn"] not in self.walks:
                    arn = found["executionArn"]
                    config = json.loads(client.describe_execution(executionArn=arn)["input"])
                    self.walks[arn] = Walk(arn, mode, config)

    def _step(self, walk: Walk) -> bool:
        """Whether the execution was in a state that does something."""
        if walk.state == "Ended" or (walk.state == "Waiting" and not self._has_token(walk)):
            return False
        walk.state = getattr(self, f"_{walk.state.lower()}")(walk)
        return True

    def _preflight(self, walk: Walk) -> State:
        event = {"mode": walk.mode.value, "execution_arn": walk.arn, "config": walk.config}
        walk.run_id = self.call("preflight", {**event, "started_at": bootstrap.clock().now().isoformat()})[
            "run_id"
        ]
        return "Plan"

    def _plan(self, walk: Walk) -> State:
        self.call("plan", {"run_id": walk.run_id})
        return "NextAction"

    def _nextaction(self, walk: Walk) -> State:
        self.exchange()
        ways: dict[str, State] = {"create": "CreateJobs", "wait": "WaitForRun", "finish": "Report"}
        return ways[self.call("next_action", {"run_id": walk.run_id})["action"]]

    def _createjobs(self, walk: Walk) -> State:
        return (
            "WaitForRun"
            if self.call("create_jobs", {"run_id": walk.run_id})["result"] == "wait"
            else "NextAction"
        )

    def _waitforrun(self, walk: Walk) -> State:
        if not self._has_token(walk):
            return "WaitForRun"
        self.call("wait_for_run", {"run_id": walk.run_id, "token": self.tokens.pop(walk.arn)})
        return "Waiting"

    def _waiting(self, walk: Walk) -> State:
        return "NextAction"

    def _report(self, walk: Walk) -> State:
        walk.outcome = self.call("report", {"run_id": walk.run_id})["outcome"]
        self.end(walk)
        return "Ended"

    def _has_token(self, walk: Walk) -> bool:
        """Whether the machine waits on a token that nobody was given; a completed wait leads to the next."""
        client = self.client("sqs")
        queue = client.get_queue_url(QueueName="tokens")["QueueUrl"]
        for message in client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ()):
            body = json.loads(message["Body"])
            self.tokens[body["execution"]] = body["token"]
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return walk.arn in self.tokens
