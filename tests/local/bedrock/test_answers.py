"""Every answer of the stand-in fits botocore's output shape, patterns and enums included."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.model import StructureShape

from local.bedrock.constraints import broken
from local.bedrock.shapes import service_model
from tests.local.bedrock.harness import MICRO, Running, conversation, pairs, running


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One completed job, with validation and tags, and one that has failed."""
    with running(tmp_path_factory.mktemp("answers")) as stand_in:
        uri = stand_in.put("validation.jsonl", [conversation(*pair) for pair in pairs()[:10]])
        tags = [{"key": "a", "value": "b"}]
        arn = stand_in.create(
            "done",
            validationDataConfig={"validators": [{"s3Uri": uri}]},
            jobTags=tags,
            customModelTags=tags,
            vpcConfig={"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
        )
        stand_in.ended(arn)
        stand_in.ended(stand_in.create("lost", trainingDataConfig={"s3Uri": "s3://bucket/lost"}))
        yield stand_in


def answer(stand_in: Running, operation: str, body: object = None, **places: str) -> Any:
    model = service_model().operation_model(operation)
    uri = re.sub(r"\{(\w+)\}", lambda found: quote(places[found[1]], safe=""), model.http["requestUri"])
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(stand_in.endpoint + uri, data, method=model.http["method"])
    with urllib.request.urlopen(request, timeout=20) as reply:
        assert reply.status == model.http["responseCode"]
        return json.loads(reply.read())


def check(operation: str, value: Any) -> None:
    shape = service_model().operation_model(operation).output_shape
    assert isinstance(shape, StructureShape)
    assert list(broken(shape, value)) == []
    assert isinstance(value, dict)
    assert value.keys() <= shape.members.keys()


@pytest.mark.parametrize("name", ["done", "lost"])
def test_of_a_job(done: Running, name: str) -> None:
    check(
        "GetModelCustomizationJob",
        answer(done, "GetModelCustomizationJob", jobIdentifier=done.get(name)["jobArn"]),
    )


def test_of_a_custom_model(done: Running) -> None:
    arn = done.get("done")["outputModelArn"]

    check("GetCustomModel", answer(done, "GetCustomModel", modelIdentifier=arn))


def test_of_a_foundation_model(done: Running) -> None:
    check("GetFoundationModel", answer(done, "GetFoundationModel", modelIdentifier=MICRO))


@pytest.mark.parametrize(
    "operation", ["ListModelCustomizationJobs", "ListCustomModels", "ListFoundationModels"]
)
def test_of_lists(done: Running, operation: str) -> None:
    found = answer(done, operation)

    check(operation, found)
    assert any(found.values())


@pytest.mark.parametrize("kind", ["jobArn", "outputModelArn"])
def test_of_tags(done: Running, kind: str) -> None:
    arn = done.get("done")[kind]

    found = answer(done, "ListTagsForResource", {"resourceARN": arn})

    check("ListTagsForResource", found)
    assert found == {"tags": [{"key": "a", "value": "b"}]}
    check("TagResource", answer(done, "TagResource", {"resourceARN": arn, "tags": []}))
    check("UntagResource", answer(done, "UntagResource", {"resourceARN": arn, "tagKeys": []}))


def test_of_a_new_job(done: Running, tmp_path: Path) -> None:
    check("CreateModelCustomizationJob", answer(done, "CreateModelCustomizationJob", done.asked("new")))
