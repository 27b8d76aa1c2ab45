"""A stand-in running in this process, boto3 clients for it, and builders of what they send."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import msgspec
from botocore.config import Config

from local.bedrock.corpus import questions_and_answers
from local.bedrock.settings import Settings
from local.bedrock.stand_in import StandIn

MICRO = "amazon.nova-micro-v1:0:128k"
LLAMA = "meta.llama3-1-8b-instruct-v1:0:128k"
ROLE = "arn:aws:iam::000000000000:role/Customization"
BUCKET = "bucket"
#: No waiting; what a test waits for is then training alone.
AT_ONCE: Mapping[str, Any] = {
    "queue_seconds": 0,
    "validation_seconds": 0,
    "data_processing_seconds": 0,
    "overhead_seconds": 0,
    "stopping_seconds": 0,
}
#: Longer than any test: the job is InProgress until the server ends.
FOR_EVER = 1000


def conversation(prompt: str, completion: str) -> str:
    return json.dumps(
        {
            "schemaVersion": "bedrock-conversation-2024",
            "messages": [
                {"role": "user", "content": [{"text": prompt}]},
                {"role": "assistant", "content": [{"text": completion}]},
            ],
        }
    )


def prompt_completion(prompt: str, completion: str) -> str:
    return json.dumps({"prompt": prompt, "completion": completion})


@cache
def pairs() -> Sequence[tuple[str, str]]:
    return tuple(questions_and_answers(2000))


def client(endpoint: str, region: str = "us-east-1", service: str = "bedrock", **config: Any) -> Any:
    """A boto3 client that never retries unless told to."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="AKIATEST",
        aws_secret_access_key="secret",
        aws_session_token="token",
        config=Config(**{"retries": {"total_max_attempts": 1}, "read_timeout": 20, **config}),
    )


def wait_until(met: Callable[[], bool], seconds: float = 40.0) -> None:
    """Polls with a deadline; the pause only spares the processor."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


@dataclass(frozen=True)
class Running:
    """A stand-in and a client of it."""

    stand_in: StandIn
    client: Any
    folder: Path
    endpoint: str

    @property
    def bucket(self) -> Path:
        return self.folder / "objects" / BUCKET

    def put(self, key: str, lines: Sequence[str]) -> str:
        path = self.bucket / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return f"s3://{BUCKET}/{key}"

    def asked(self, name: str, **changes: Any) -> dict[str, Any]:
        """A legal request for 80 records of Nova Micro, one epoch."""
        if not (self.bucket / "train.jsonl").exists():
            self.put("train.jsonl", [conversation(*pair) for pair in pairs()[:80]])
        return {
            "jobName": name,
            "customModelName": f"{name}-model",
            "roleArn": ROLE,
            "baseModelIdentifier": MICRO,
            "trainingDataConfig": {"s3Uri": f"s3://{BUCKET}/train.jsonl"},
            "outputDataConfig": {"s3Uri": f"s3://{BUCKET}/out/"},
            "hyperParameters": {"epochCount": "1"},
            **changes,
        }

    def create(self, name: str, **changes: Any) -> str:
        return str(self.client.create_model_customization_job(**self.asked(name, **changes))["jobArn"])

    def get(self, identifier: str) -> dict[str, Any]:
        return dict(self.client.get_model_customization_job(jobIdentifier=identifier))

    def ended(self, identifier: str) -> dict[str, Any]:
        """The job once it is terminal."""
        wait_until(lambda: self.get(identifier)["status"] in {"Completed", "Failed", "Stopped"})
        return self.get(identifier)

    def training_csv(self, arn: str) -> Path:
        return self.files(arn) / "training_artifacts/step_wise_training_metrics.csv"

    def files(self, arn: str) -> Path:
        return self.bucket / "out" / f"model-customization-job-{arn.rsplit('/', 1)[-1]}"

    def losses(self, arn: str) -> list[float]:
        rows = self.training_csv(arn).read_text().splitlines()[1:]
        return [float(row.split(",")[2]) for row in rows]

    def fault(self, **fault: Any) -> None:
        """The fault script is this one line from now on."""
        self.faults(fault)

    def faults(self, *faults: Mapping[str, Any]) -> None:
        path = self.folder / "faults.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(list(faults)))
        new.replace(path)


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Running]:
    """A stand-in over a folder of objects; jobs in `folder` from an earlier one go on."""
    (folder / "objects" / BUCKET).mkdir(parents=True, exist_ok=True)
    chosen = msgspec.convert({**AT_ONCE, "object_store": f"file://{folder}/objects", **settings}, Settings)
    stand_in = StandIn(0, folder / "state", chosen, folder / "faults.json")
    thread = threading.Thread(target=stand_in.serve)
    thread.start()
    endpoint = f"http://127.0.0.1:{stand_in.server.port}"
    caller = client(endpoint)
    try:
        yield Running(stand_in, caller, folder, endpoint)
    finally:
        caller.close()
        stand_in.close()
        thread.join()
