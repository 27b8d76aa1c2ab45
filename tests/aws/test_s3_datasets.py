from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from urllib3.exceptions import ReadTimeoutError

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.s3_datasets import CHUNK, RESUMES, S3Datasets
from finetune_guard.core.access.objects import CUSTOMER_KEY
from finetune_guard.core.errors import (
    AccessRefusedError,
    RequestRejectedError,
    ServiceUnavailableError,
    StaleRecordError,
)
from tests.builders import START
from tests.contracts import moto_world

URI = f"s3://{moto_world.BUCKET}/data/train.jsonl"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0f3a"
PLACE = {"Bucket": moto_world.BUCKET, "Key": "data/train.jsonl"}


class Breaking(BytesIO):
    """A stream that ends in a time-out."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise ReadTimeoutError(None, "https://s3", "timed out")  # type: ignore[arg-type]
        return data


class Streams:
    """A stubbed file of 6 bytes whose downloads are scripted."""

    def __init__(self, clients: Clients) -> None:
        self.files = S3Datasets(clients.s3)
        self.stub = Stubber(clients.s3)
        head = {"ContentLength": 6, "ETag": '"e"', "LastModified": START}
        self.stub.add_response("head_object", head, PLACE)

    def downloads(self, offset: int, data: bytes, *, breaks: bool) -> None:
        raw = Breaking(data) if breaks else BytesIO(data)
        length: Any = None if breaks else len(data)
        body: Any = StreamingBody(raw, content_length=length)
        expected = PLACE | {"IfMatch": '"e"', "Range": f"bytes={offset}-"}
        self.stub.add_response("get_object", {"Body": body}, expected)


@pytest.fixture
def streams(clients: Clients) -> Iterator[Streams]:
    made = Streams(clients)
    with made.stub:
        yield made
        made.stub.assert_no_pending_responses()


@pytest.mark.fault(29)
def test_a_stream_that_breaks_is_taken_up_where_it_broke(streams: Streams) -> None:
    streams.downloads(0, b"abc", breaks=True)
    streams.downloads(3, b"d", breaks=True)
    streams.downloads(4, b"ef", breaks=False)
    assert b"".join(streams.files.chunks(URI)) == b"abcdef"


@pytest.mark.fault(29)
def test_a_stream_that_gives_nothing_any_more_is_given_up(streams: Streams) -> None:
    for _ in range(RESUMES):
        streams.downloads(0, b"", breaks=True)
    with pytest.raises(ServiceUnavailableError, match=r"train\.jsonl"):
        list(streams.files.chunks(URI))


@pytest.mark.fault(39)
@pytest.mark.fault(56)
def test_a_file_that_is_replaced_between_two_streams_is_not_mixed(streams: Streams) -> None:
    streams.downloads(0, b"abc", breaks=True)
    streams.stub.add_client_error("get_object", "PreconditionFailed", "Changed.", http_status_code=412)
    with pytest.raises(StaleRecordError):
        list(streams.files.chunks(URI))


def test_a_large_file_goes_up_in_parts_however_small_its_chunks(clients: Clients) -> None:
    # A part holds 8 MiB and S3 marks the number of parts in the ETag; one put would hold all of it in memory.
    moto_world.bucket(clients)
    facts = S3Datasets(clients.s3).write(URI, (b"x" * 1000 for _ in range(20_000)))
    assert facts.size == 20_000_000
    assert facts.etag.endswith('-3"')


def test_a_failing_upload_leaves_no_parts_behind(clients: Clients) -> None:
    bucket = moto_world.bucket(clients)

    def breaking() -> Iterator[bytes]:
        yield b"x" * 20 * CHUNK
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        S3Datasets(clients.s3).write(URI, breaking())
    assert "Uploads" not in clients.s3.list_multipart_uploads(Bucket=bucket)
    assert "Versions" not in clients.s3.list_object_versions(Bucket=bucket)


def test_looking_whether_one_may_write_leaves_neither_object_nor_upload(clients: Clients) -> None:
    bucket = moto_world.bucket(clients)
    S3Datasets(clients.s3).writable(f"s3://{bucket}/data/")
    assert "Uploads" not in clients.s3.list_multipart_uploads(Bucket=bucket)
    assert "Versions" not in clients.s3.list_object_versions(Bucket=bucket)


@pytest.mark.fault(57)
def test_a_place_that_may_not_be_written_is_refused_by_its_name(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    stub.add_client_error("create_multipart_upload", "AccessDenied", "Access Denied", http_status_code=403)
    with stub, pytest.raises(AccessRefusedError, match="s3://guard-bucket/data"):
        S3Datasets(clients.s3).writable("s3://guard-bucket/data")


@pytest.mark.fault(57)
def test_a_file_that_may_not_be_read_is_refused_by_its_name(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    stub.add_client_error("head_object", "403", "Forbidden", http_status_code=403)
    with stub, pytest.raises(AccessRefusedError, match=r"train\.jsonl"):
        S3Datasets(clients.s3).facts(URI)


def test_the_version_of_a_file_is_the_buckets_own_where_it_keeps_versions(clients: Clients) -> None:
    bucket = moto_world.bucket(clients)
    facts = S3Datasets(clients.s3).write(URI, [b"one"])
    listed = clients.s3.list_object_versions(Bucket=bucket)["Versions"]
    assert facts.version == listed[0]["VersionId"]


def test_without_versions_the_etag_stands_for_one(clients: Clients) -> None:
    clients.s3.create_bucket(Bucket=moto_world.BUCKET)
    facts = S3Datasets(clients.s3).write(URI, [b"one"])
    assert facts.version == facts.etag


@pytest.mark.fault(57)
def test_the_key_and_the_archive_of_a_file_are_told(clients: Clients) -> None:
    bucket = moto_world.bucket(clients)
    key = clients.s3.put_object(
        Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=KEY
    )
    assert S3Datasets(clients.s3).facts(f"s3://{bucket}/k").key_arn == key["SSEKMSKeyId"] == KEY
    clients.s3.put_object(Bucket=bucket, Key="a", Body=b"x", StorageClass="DEEP_ARCHIVE")
    assert S3Datasets(clients.s3).facts(f"s3://{bucket}/a").archived == "DEEP_ARCHIVE"
    clients.s3.put_object(Bucket=bucket, Key="i", Body=b"x", StorageClass="GLACIER_IR")
    assert S3Datasets(clients.s3).facts(f"s3://{bucket}/i").archived == ""


@pytest.mark.parametrize(
    ("head", "archived"),
    [
        ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="true"'}, "GLACIER"),
        ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="false", expiry-date="Fri"'}, ""),
        ({"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "ARCHIVE_ACCESS"}, "ARCHIVE_ACCESS"),
        ({"StorageClass": "INTELLIGENT_TIERING"}, ""),
    ],
)
def test_a_restored_copy_can_be_read(clients: Clients, head: dict[str, str], archived: str) -> None:
    stub = Stubber(clients.s3)
    found = {"ContentLength": 6, "ETag": '"e"', "LastModified": START, **head}
    stub.add_response("head_object", found, PLACE)
    with stub:
        assert S3Datasets(clients.s3).facts(URI).archived == archived


@pytest.mark.fault(57)
def test_a_file_whose_key_its_owner_keeps_is_told_by_s3s_own_answer(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    stub.add_client_error("head_object", "400", "Bad Request", http_status_code=400)
    sentence = "The object was stored using a form of Server Side Encryption."
    stub.add_client_error("get_object", "InvalidRequest", sentence, http_status_code=400)
    with stub, pytest.raises(RequestRejectedError, match="stored using") as raised:
        S3Datasets(clients.s3).facts(URI)
    assert raised.value.code == CUSTOMER_KEY


def test_a_rejection_that_get_does_not_explain_stays_what_head_said(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    stub.add_client_error("head_object", "400", "Bad Request", http_status_code=400)
    stub.add_response("get_object", {})
    with stub, pytest.raises(RequestRejectedError, match="Bad Request"):
        S3Datasets(clients.s3).facts(URI)
