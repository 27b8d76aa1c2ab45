"""A tick that finds nothing new starts without the heavy libraries: cold starts are what a stack pays for."""

import json
import subprocess
import sys

import pytest

QUIET = """
import json, sys
import lambdas.watch
import finetune_guard.functions
import finetune_guard.usecases.watch
import finetune_guard.aws.bedrock_jobs
import finetune_guard.aws.dynamo_runs
import finetune_guard.aws.s3_journal
import finetune_guard.aws.s3_metrics
import finetune_guard.aws.sns_alerts
import finetune_guard.aws.stepfunctions
import finetune_guard.files.by_place
from finetune_guard.aws.clients import Clients
clients = Clients("us-east-1")
clients.bedrock, clients.dynamodb, clients.s3, clients.sns, clients.stepfunctions
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Top-level modules that a quiet tick has loaded."""
    child = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=True)
    return set(json.loads(child.stdout))


@pytest.mark.parametrize("heavy", ["numpy", "pydantic", "rich", "click", "aws_xray_sdk"])
@pytest.mark.fault(14)
def test_a_quiet_tick_does_not_load(heavy: str, loaded: set[str]) -> None:
    assert heavy not in loaded


def test_a_quiet_tick_loads_what_it_needs(loaded: set[str]) -> None:
    assert {"boto3", "msgspec", "finetune_guard"} <= loaded
