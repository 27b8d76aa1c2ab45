"""Services that TrainingJobs is proved on, and how a test makes time pass in each."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from finetune_guard.aws.bedrock_jobs import BedrockJobs
from finetune_guard.aws.clients import Clients
from finetune_guard.core.errors import ServiceUnavailableError
from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.jobs import PhaseStatus
from finetune_guard.ports import TrainingJobs
from tests.contracts.moto_world import NOBODY, REGION
from tests.fakes.clock import FakeClock
from tests.fakes.jobs import FakeTrainingJobs
from tests.fakes.seam import Faults

ACCOUNT = "123456789012"
#: Seconds until a job of a few records must have moved on, on a machine that does other things too.
PATIENCE = 60.0
#: A job whose name has this in it trains long enough to be met at it.
SLOW = "slow"
#: The first reply to creating or stopping a job whose name has this in it is lost.
DROPPED = "dropped"
LOSABLE = {"create": "CreateModelCustomizationJob", "stop": "StopModelCustomizationJob"}
_NUMBERS = count()


@dataclass
class Service:
    """The jobs under test.

    Attributes:
        jobs: The adapter or fake.
        base: A base model that can be fine-tuned here.
        folder: S3 URI of the data; "train.jsonl" and "validation.jsonl" are there.
        train: Brings a job into its training phase.
        finish: Lets a job come to its end, or a stop to its confirmation.
        prefix: Begins every name, since a service outlives a test and a name is taken for ever.
        lose_reply: Makes sure that the next reply to that call is lost, for a job named DROPPED.
    """

    jobs: TrainingJobs
    base: str
    folder: str
    train: Callable[[str], None]
    finish: Callable[[str], None]
    prefix: str
    lose_reply: Callable[[str], None]

    def request(self, name: str = "job", **changes: object) -> JobRequest:
        full_name = f"{self.prefix}-{name}"
        fields: dict[str, object] = {
            "job_name": full_name,
            "model_name": full_name,
            "token": f"token-of-{full_name}",
            "base_model_id": self.base,
            "role_arn": f"arn:aws:iam::{ACCOUNT}:role/bedrock",
            "training_uri": f"{self.folder}/train.jsonl",
            "validation_uri": f"{self.folder}/validation.jsonl",
            "output_uri": f"{self.folder}/output",
            "hyperparameters": {"epochCount": "1"},
            "tags": {"finetune-guard:stack": "guard", "finetune-guard:run": "r-1"},
        }
        return JobRequest(**(fields | changes))  # type: ignore[arg-type]


def fake() -> Service:
    """Moves only when told."""
    jobs = FakeTrainingJobs(FakeClock())

    def train(identifier: str) -> None:
        jobs.train(identifier)

    def finish(identifier: str) -> None:
        while jobs.get(identifier).status in {"InProgress", "Stopping"}:
            jobs.advance(identifier)

    def lose_reply(call: str) -> None:
        lost = ServiceUnavailableError("The connection was closed.")
        jobs.seam.interrupt = Faults().add(f"jobs.{call}", lost, when="after")

    return Service(jobs, jobs.catalog[0].model_id, "s3://bucket/data", train, finish, "guard", lose_reply)


def stand_in(client_jobs: TrainingJobs) -> Service:
    """A service that moves by itself; a test waits for it."""

    def train(identifier: str) -> None:
        _wait_until(lambda: _is_training(client_jobs, identifier), f"{identifier} trains")

    def finish(identifier: str) -> None:
        _wait_until(
            lambda: client_jobs.get(identifier).status not in {"InProgress", "Stopping"}, f"{identifier} ends"
        )

    base = "amazon.nova-micro-v1:0:128k"
    prefix = f"guard-{next(_NUMBERS)}"
    return Service(client_jobs, base, "s3://bucket/data", train, finish, prefix, _the_script_does_it)


def _the_script_does_it(call: str) -> None:
    assert call in LOSABLE, f"the fault script loses no reply to {call}"


@contextmanager
def running_stand_in(folder: Path) -> Iterator[TrainingJobs]:
    """Our Bedrock stand-in on a free port, with data in a folder, and the adapter for it."""
    data = folder / "objects" / "bucket" / "data"
    data.mkdir(parents=True)
    for name in ("train.jsonl", "validation.jsonl"):
        (data / name).write_text("".join(_record(number) for number in range(16)))
    process = _started(folder)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with pytest.MonkeyPatch.context() as shell:
            for variable, value in NOBODY.items():
                shell.setenv(variable, value)
            shell.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            shell.setenv("AWS_ENDPOINT_URL_BEDROCK", address)
            yield BedrockJobs(Clients(REGION).bedrock)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _started(folder: Path) -> "subprocess.Popen[str]":
    quick = dict.fromkeys(
        ("queue_seconds", "validation_seconds", "data_processing_seconds", "overhead_seconds"), 0.1
    )
    settings = {
        **quick,
        "stopping_seconds": 0.1,
        "account": ACCOUNT,
        "object_store": (folder / "objects").as_uri(),
        "scheduled_jobs_limit": 1000,
        "overrides": [{"job_name": SLOW, "pace": {"step_seconds": 5}}],
    }
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    faults = folder / "faults.json"
    faults.write_text(json.dumps([_drops(operation) for operation in LOSABLE.values()]))
    command = [sys.executable, "-m", "local.bedrock", "--state", str(folder / "state")]
    command += ["--settings", str(file), "--faults", str(faults)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _drops(operation: str) -> dict[str, object]:
    return {"what": "drop_reply", "operation": operation, "job_name": DROPPED, "times": 1}


def _record(number: int) -> str:
    turns = (("user", f"What is {number}?"), ("assistant", f"It is the number {number}."))
    messages = [{"role": role, "content": [{"text": text}]} for role, text in turns]
    return json.dumps({"schemaVersion": "bedrock-conversation-2024", "messages": messages}) + "\n"


def _is_training(jobs: TrainingJobs, identifier: str) -> bool:
    training = jobs.get(identifier).phases.training
    return training is not None and training.status is PhaseStatus.IN_PROGRESS


def _wait_until(done: Callable[[], bool], what: str) -> None:
    until = monotonic() + PATIENCE
    while not done():
        if monotonic() > until:
            raise AssertionError(f"Waited {PATIENCE} s in vain until {what}")
        Event().wait(0.05)
