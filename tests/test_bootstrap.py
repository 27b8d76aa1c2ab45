import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from finetune_guard import bootstrap
from finetune_guard.aws.bedrock_jobs import BedrockJobs
from finetune_guard.aws.cloudformation import CloudFormationOutputs
from finetune_guard.aws.dynamo_runs import DynamoRuns
from finetune_guard.aws.lambda_bell import LambdaBell
from finetune_guard.aws.s3_journal import S3Journal
from finetune_guard.aws.sns_alerts import SnsAlerts
from finetune_guard.aws.stepfunctions import StepFunctionsWorkflow
from finetune_guard.clock import SystemClock
from tests.contracts import moto_world

FACTORIES: dict[type, Callable[[], object]] = {
    SystemClock: bootstrap.clock,
    BedrockJobs: bootstrap.training_jobs,
    DynamoRuns: lambda: bootstrap.run_store("runs"),
    S3Journal: lambda: bootstrap.journal("guard-bucket"),
    SnsAlerts: lambda: bootstrap.alerts("arn:aws:sns:us-east-1:123456789012:alerts"),
    StepFunctionsWorkflow: bootstrap.workflow,
    LambdaBell: lambda: bootstrap.watch_bell("watch"),
    CloudFormationOutputs: bootstrap.stack_outputs,
}


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    """A fresh account, and nothing made before it."""
    factories = [value for value in vars(bootstrap).values() if hasattr(value, "cache_clear")]
    with moto_world.aws():
        for factory in factories:
            factory.cache_clear()
        yield
    for factory in factories:
        factory.cache_clear()


@pytest.mark.parametrize("kind", FACTORIES)
def test_each_adapter_is_made_once_a_process(kind: type) -> None:
    made = FACTORIES[kind]()
    assert isinstance(made, kind)
    assert FACTORIES[kind]() is made


def test_another_region_has_adapters_of_its_own() -> None:
    assert bootstrap.training_jobs() is not bootstrap.training_jobs("us-west-2")


def test_data_is_found_on_s3_and_on_this_machine_by_its_uri(tmp_path: Path) -> None:
    bootstrap._clients(None).s3.create_bucket(Bucket="data")
    files = bootstrap.dataset_files()
    for uri in ("s3://data/train.jsonl", str(tmp_path / "train.jsonl")):
        files.write(uri, [b"{}\n"])
        assert b"".join(files.chunks(uri)) == b"{}\n"
    assert bootstrap.metric_source().files("s3://data/output", "abcdefghijkl") == ()
    assert bootstrap.metric_source().files(str(tmp_path), "abcdefghijkl") == ()


@pytest.mark.parametrize(
    ("asked_for", "stays_out"),
    [
        ("bootstrap.clock()", {"boto3", "botocore", "numpy", "pydantic"}),
        ("bootstrap.dataset_files().facts(sys.executable)", {"boto3", "botocore", "numpy", "pydantic"}),
        ("bootstrap.metric_source().files('/tmp', 'none')", {"boto3", "botocore", "numpy", "pydantic"}),
        ("bootstrap.run_store('runs')", {"numpy", "pydantic", "boto3.s3.transfer"}),
    ],
)
def test_nobody_pays_for_what_is_not_asked_for(asked_for: str, stays_out: set[str]) -> None:
    script = (
        f"import sys\nfrom finetune_guard import bootstrap\n{asked_for}\n"
        f"sys.exit(','.join({stays_out!r} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_two_processes_never_write_as_one() -> None:
    first = bootstrap._writer()
    bootstrap._writer.cache_clear()
    assert bootstrap._writer() != first
