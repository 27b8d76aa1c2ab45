"""A tick that finds nothing new starts without the heavy libraries: cold starts are what a stack pays for."""

import json
import subprocess
import sys
from typing import TypedDict

import pytest

QUIET = """
import json, sys, time
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
print(json.dumps({
    "modules": sorted({name.partition(".")[0] for name in sys.modules}), "seconds": time.process_time()
}))
"""
#: Seconds of a core that a cold start may take here; Lambda gives a function of 512 MB a third of a core, and
#: the shortest timeout is 30 seconds (tests/infra/test_functions.py).
LONGEST_START = 5.0


class Started(TypedDict):
    """What a start loaded, and the seconds of a core that it took."""

    modules: list[str]
    seconds: float


@pytest.fixture(scope="module")
def started() -> Started:
    """A quiet tick's start in a process of its own."""
    child = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, check=True)
    found: Started = json.loads(child.stdout)
    return found


@pytest.fixture
def loaded(started: Started) -> set[str]:
    """Top-level modules that a quiet tick has loaded."""
    return set(started["modules"])


@pytest.mark.fault(14)
def test_a_cold_start_takes_a_small_part_of_the_shortest_timeout(started: Started) -> None:
    assert 0 < started["seconds"] < LONGEST_START


@pytest.mark.parametrize("heavy", ["numpy", "pydantic", "rich", "click", "aws_xray_sdk"])
@pytest.mark.fault(14)
def test_a_quiet_tick_does_not_load(heavy: str, loaded: set[str]) -> None:
    assert heavy not in loaded


def test_a_quiet_tick_loads_what_it_needs(loaded: set[str]) -> None:
    assert {"boto3", "msgspec", "finetune_guard"} <= loaded
