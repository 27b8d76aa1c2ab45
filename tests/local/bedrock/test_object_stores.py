"""What a job needs of an object store, asked of the folder that tests use and of S3."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from local.bedrock.errors import StandInError
from local.bedrock.object_stores import FolderObjects, objects_at
from local.bedrock.objects import ObjectError, Objects


@pytest.fixture(params=["folder", "s3"])
def objects(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Objects]:
    if request.param == "folder":
        (tmp_path / "bucket").mkdir()
        yield objects_at(f"file://{tmp_path}")
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="bucket")
        yield objects_at("s3")


def test_what_is_written_is_read_line_by_line(objects: Objects) -> None:
    objects.put("s3://bucket/a/b.jsonl", b"one\ntwo\n")

    assert [line.strip() for line in objects.lines("s3://bucket/a/b.jsonl")] == [b"one", b"two"]


def test_an_object_is_replaced_whole(objects: Objects) -> None:
    objects.put("s3://bucket/key", b"a long old text\n")
    objects.put("s3://bucket/key", b"new")

    assert b"".join(objects.lines("s3://bucket/key")) == b"new"


def test_what_is_not_there_cannot_be_read(objects: Objects) -> None:
    with pytest.raises(ObjectError, match=r"Could not read s3://bucket/none: .*NoSuchKey"):
        list(objects.lines("s3://bucket/none"))


def test_nothing_is_written_where_there_is_no_bucket(objects: Objects) -> None:
    with pytest.raises(ObjectError, match=r"Could not write s3://nobody/key: .*NoSuchBucket"):
        objects.put("s3://nobody/key", b"")


def test_the_setting_names_a_store(tmp_path: Path) -> None:
    assert isinstance(objects_at("file:///somewhere"), FolderObjects)
    with pytest.raises(StandInError, match="'https://x'; expected 's3' or 'file:///folder'"):
        objects_at("https://x")
