import pytest

from finetune_guard.aws.s3_uri import S3Uri, parse
from finetune_guard.core.errors import InvalidInputError


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://bucket/folder/file.jsonl", S3Uri("bucket", "folder/file.jsonl")),
        ("s3://bucket/folder/", S3Uri("bucket", "folder")),
        ("s3://bucket/", S3Uri("bucket", "")),
        ("s3://bucket", S3Uri("bucket", "")),
    ],
)
def test_a_uri_is_taken_apart(uri: str, expected: S3Uri) -> None:
    assert parse(uri) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize("uri", ["", "bucket/key", "/tmp/file", "s3:/bucket/key", "s3:///key", "https://b/k"])
def test_what_is_no_s3_uri_is_refused_with_what_was_expected(uri: str) -> None:
    with pytest.raises(InvalidInputError, match="Expected s3://bucket/key"):
        parse(uri)


def test_a_slash_is_never_doubled() -> None:
    assert parse("s3://bucket/folder/").below("file") == "folder/file"
    assert parse("s3://bucket").below("file") == "file"
