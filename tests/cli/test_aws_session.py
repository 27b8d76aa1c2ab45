"""The tools of AWS, in a child interpreter: a process has one region, and bootstrap keeps its clients."""

import json
import os
import subprocess
import sys
from types import MappingProxyType

import pytest

from finetune_guard.cli.aws_session import AwsSession
from finetune_guard.cli.target import Target
from finetune_guard.core.access.places import Deployment
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import NotFoundError

OUTPUTS = {
    "TableName": "table",
    "BucketName": "bucket",
    "BucketNames": "bucket,training-data",
    "BedrockRoleArns": "arn:aws:iam::123456789012:role/own,arn:aws:iam::123456789012:role/theirs",
    "MiniRunArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:mini",
    "FullRunArn": "full",
    "RehearseThenRunArn": "both",
}


class Deployed(AwsSession):
    """A session whose stack has been looked up already."""

    _outputs = OUTPUTS


PROGRAM = """
import json
from finetune_guard import bootstrap
from finetune_guard.cli.target import Target
from tests.cli.test_aws_session import Deployed
session = Deployed(Target("Mine", "eu-central-1"))
tools = [session.store(), session.workflow(), session.journal(), session.files(), session.jobs(),
         session.metrics(), session.buckets(), session.roles(), session.judge(), session.clock()]
print(json.dumps({"tools": len(tools), "asked": session.region(), "region": bootstrap._clients(None).region}))
"""


def test_every_tool_is_made_for_the_region_that_was_named() -> None:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}  # noqa: TID251
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, env=bare
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"tools": 10, "asked": "eu-central-1", "region": "eu-central-1"}


@pytest.mark.parametrize(
    ("mode", "arn"),
    [(Mode.MINI_RUN, OUTPUTS["MiniRunArn"]), (Mode.FULL_RUN, "full"), (Mode.REHEARSE_THEN_RUN, "both")],
)
def test_each_mode_has_its_machine_in_the_stacks_outputs(mode: Mode, arn: str) -> None:
    assert Deployed(Target("Mine", None)).machine(mode) == arn


def test_what_the_stack_may_use_is_told_by_its_outputs() -> None:
    roles = tuple(f"arn:aws:iam::123456789012:role/{name}" for name in ("own", "theirs"))
    expected = Deployment("eu-central-1", "123456789012", ("bucket", "training-data"), roles)
    assert Deployed(Target("Mine", None)).deployment() == expected


def test_a_stack_that_is_not_ours_is_named() -> None:
    class Foreign(AwsSession):
        _outputs = MappingProxyType({"Something": "else"})

    with pytest.raises(NotFoundError, match=r"Mine has no output BucketName.*--stack"):
        Foreign(Target("Mine", None)).bucket()


def test_one_waiter_serves_the_whole_command() -> None:
    session = Deployed(Target("Mine", None))
    session.waiter().set()
    assert session.waiter().wait(0)
