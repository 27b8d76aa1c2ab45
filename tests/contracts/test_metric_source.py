"""The contract of MetricSource, on the fake, on S3 by moto, and on local folders."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.s3_metrics import S3Metrics
from finetune_guard.core.errors import NotFoundError, RequestRejectedError, StaleRecordError
from finetune_guard.core.observations import StoredFile
from finetune_guard.files.local_metrics import LocalMetrics
from finetune_guard.ports import MetricSource
from tests.contracts import moto_world
from tests.fakes.clock import START, FakeClock
from tests.fakes.files import MANIFEST_CSV, TRAINING_CSV, VALIDATION_CSV, FakeMetricSource

JOB = "abcdefghijkl"
HEADER = b"step_number,epoch_number,training_loss\n"


class Output(Protocol):
    """A job's output as Bedrock would write it."""

    def put(self, output_uri: str, job_id: str, data: bytes, name: str = ...) -> None: ...

    def remove(self, output_uri: str, job_id: str, name: str = ...) -> None: ...


@dataclass
class Sources:
    source: MetricSource
    output: Output
    uri: str


class S3Output:
    def __init__(self, clients: Clients) -> None:
        self.s3 = clients.s3

    def put(self, output_uri: str, job_id: str, data: bytes, name: str = TRAINING_CSV) -> None:
        bucket, key = _place(output_uri, job_id, name)
        self.s3.put_object(Bucket=bucket, Key=key, Body=data)

    def remove(self, output_uri: str, job_id: str, name: str = TRAINING_CSV) -> None:
        bucket, key = _place(output_uri, job_id, name)
        self.s3.delete_object(Bucket=bucket, Key=key)


def _place(output_uri: str, job_id: str, name: str) -> tuple[str, str]:
    bucket, _, prefix = output_uri.removeprefix("s3://").strip("/").partition("/")
    return bucket, f"{prefix}/model-customization-job-{job_id}/{name}".lstrip("/")


class FolderOutput:
    def put(self, output_uri: str, job_id: str, data: bytes, name: str = TRAINING_CSV) -> None:
        path = Path(output_uri, f"model-customization-job-{job_id}", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def remove(self, output_uri: str, job_id: str, name: str = TRAINING_CSV) -> None:
        Path(output_uri, f"model-customization-job-{job_id}", name).unlink()


def _fake(_: pytest.FixtureRequest) -> Sources:
    fake = FakeMetricSource(FakeClock())
    return Sources(fake, fake, "s3://bucket/output")


def _s3(request: pytest.FixtureRequest) -> Sources:
    clients = request.getfixturevalue("clients")
    return Sources(S3Metrics(clients.s3), S3Output(clients), f"s3://{moto_world.bucket(clients)}/output")


def _local(request: pytest.FixtureRequest) -> Sources:
    return Sources(LocalMetrics(), FolderOutput(), str(request.getfixturevalue("tmp_path")))


WORLDS: dict[str, Callable[[pytest.FixtureRequest], Sources]] = {"fake": _fake, "s3": _s3, "local": _local}


@pytest.fixture(params=WORLDS)
def sources(request: pytest.FixtureRequest) -> Sources:
    return WORLDS[request.param](request)


@pytest.mark.fault(37)
def test_a_job_without_output_has_no_files(sources: Sources) -> None:
    assert sources.source.files(sources.uri, JOB) == ()


def test_metric_files_and_manifests_are_found_wherever_they_lie(sources: Sources) -> None:
    old_place = "validation_artifacts/validation_metrics.csv"
    for name in (TRAINING_CSV, VALIDATION_CSV, MANIFEST_CSV, old_place):
        sources.output.put(sources.uri, JOB, HEADER, name)
    found = {file.key for file in sources.source.files(sources.uri, JOB)}
    assert len(found) == 4
    assert {key.rsplit("/", 1)[-1] for key in found} == {
        "step_wise_training_metrics.csv",
        "validation_metrics.csv",
        "manifest.report.csv",
    }


def test_prompts_are_neither_listed_nor_read(sources: Sources) -> None:
    prompts = "validated_data/training/validated_prompts.jsonl"
    sources.output.put(sources.uri, JOB, b'{"prompt": "secret"}', prompts)
    assert sources.source.files(sources.uri, JOB) == ()
    asked_for = StoredFile(f"model-customization-job-{JOB}/{prompts}", '"etag"', 20, START)
    with pytest.raises(RequestRejectedError, match="no metric file"):
        sources.source.read(sources.uri, asked_for)


def test_another_jobs_files_are_not_listed(sources: Sources) -> None:
    sources.output.put(sources.uri, "otherotherot", HEADER)
    sources.output.put(sources.uri, JOB + "x", HEADER)
    assert sources.source.files(sources.uri, JOB) == ()


def test_a_trailing_slash_of_the_output_uri_makes_no_difference(sources: Sources) -> None:
    sources.output.put(sources.uri, JOB, HEADER)
    plain = sources.source.files(sources.uri, JOB)
    slashed = sources.source.files(sources.uri + "/", JOB)
    assert plain == slashed
    assert sources.source.read(sources.uri + "/", slashed[0]) == HEADER


def test_a_listed_file_is_read_whole(sources: Sources) -> None:
    data = HEADER + b"1,0,1.5\n" * 1000
    sources.output.put(sources.uri, JOB, data)
    (file,) = sources.source.files(sources.uri, JOB)
    assert file.size == len(data)
    assert sources.source.read(sources.uri, file) == data


@pytest.mark.fault(40)
def test_an_unchanged_file_has_the_same_etag_and_a_changed_one_another(sources: Sources) -> None:
    sources.output.put(sources.uri, JOB, HEADER)
    first = sources.source.files(sources.uri, JOB)
    assert sources.source.files(sources.uri, JOB) == first
    sources.output.put(sources.uri, JOB, HEADER + b"1,0,1.5\n")
    assert sources.source.files(sources.uri, JOB)[0].etag != first[0].etag


@pytest.mark.fault(39)
def test_a_file_that_changed_since_it_was_listed_is_not_read(sources: Sources) -> None:
    sources.output.put(sources.uri, JOB, HEADER)
    (file,) = sources.source.files(sources.uri, JOB)
    sources.output.put(sources.uri, JOB, HEADER + b"1,0,1.5\n")
    with pytest.raises(StaleRecordError):
        sources.source.read(sources.uri, file)


def test_a_file_that_is_gone_since_it_was_listed_is_not_found(sources: Sources) -> None:
    sources.output.put(sources.uri, JOB, HEADER)
    (file,) = sources.source.files(sources.uri, JOB)
    sources.output.remove(sources.uri, JOB)
    with pytest.raises(NotFoundError):
        sources.source.read(sources.uri, file)


def test_listed_times_are_utc_and_aware(sources: Sources) -> None:
    sources.output.put(sources.uri, JOB, HEADER)
    (file,) = sources.source.files(sources.uri, JOB)
    assert str(file.last_modified.tzinfo) == "UTC"
