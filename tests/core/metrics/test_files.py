import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.jobs import RecordCounts
from finetune_guard.core.metrics.files import (
    MetricFiles,
    ReadManifest,
    add_counts,
    find_metric_files,
    read_manifest,
)

JOB = "out/model-customization-job-abc123def456/"
HEADER = (
    "fileName,totalProcessedRecordCount,acceptedRecordCount,partiallyAcceptedRecordCount,rejectedRecordCount"
)


@pytest.mark.parametrize(
    "validation",
    [
        "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv",
        "validation_artifacts/post_fine_tuning_validation/validation_metrics.csv",
        "validation_artifacts/post_training_validation/validation_metrics.csv",
        "validation_artifacts/validation_metrics.csv",
    ],
)
def test_metric_files_are_found_by_name_in_every_layout_reported(validation: str) -> None:
    training = JOB + "training_artifacts/step_wise_training_metrics.csv"

    found = find_metric_files([JOB + validation, training, JOB + "training_artifacts/other.csv"])

    assert found == MetricFiles(training=(training,), validation=(JOB + validation,))


def test_each_validator_has_its_file_and_each_dataset_its_manifest() -> None:
    keys = [
        JOB + "validation_artifacts/v/b/validation_metrics.csv",
        JOB + "validation_artifacts/v/a/validation_metrics.csv",
        JOB + "input_status/validation/manifest.report.csv",
        JOB + "input_status/training/manifest.report.csv",
    ]

    found = find_metric_files(keys)

    assert found.validation == (keys[1], keys[0])
    assert found.manifests == (keys[3], keys[2])


def test_prompts_and_everything_else_are_left_alone() -> None:
    others = [
        JOB + "validated_data/training/validated_prompts.jsonl",
        "out/.write_access_check_file.temp",
        JOB + "step_wise_training_metrics.csv/part-0",
        JOB + "old_validation_metrics.csv",
        JOB,
    ]

    assert find_metric_files(others) == MetricFiles()


@pytest.mark.fault(37)
def test_an_empty_prefix_has_no_files() -> None:
    assert find_metric_files([]) == MetricFiles()


def test_looking_for_files_loads_neither_numpy_nor_pydantic() -> None:
    script = "import sys, finetune_guard.core.metrics.files; print({'numpy', 'pydantic'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def test_a_manifest_tells_the_records_of_all_its_files() -> None:
    data = f"{HEADER}\ntrain.jsonl,189,180,3,6\nmore.jsonl,11,11,0,0\n".encode()

    assert read_manifest(data) == ReadManifest(RecordCounts(200, 191, 3, 6))


@pytest.mark.fault(43)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_manifest_is_read_in_any_encoding_and_without_its_last_line_end(encoding: str) -> None:
    data = f'{HEADER}\r\n"s3://b/größe, 1.jsonl",189,180,3,6'.encode(encoding)

    assert read_manifest(data) == ReadManifest(RecordCounts(189, 180, 3, 6))


@pytest.mark.fault(44)
def test_columns_of_a_manifest_are_found_by_name() -> None:
    data = b"Rejected Record Count,note,accepted_record_count\n2,x,8\n"

    assert read_manifest(data) == ReadManifest(
        RecordCounts(total=10, accepted=8, partially_accepted=0, rejected=2)
    )


@pytest.mark.fault(44)
@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"fileName,count\na,1\n", b"a,1,1,0,0\n", b"acceptedRecordCount,acceptedRecordCount\n1,1\n"],
)
def test_a_manifest_with_unknown_columns_tells_no_counts(data: bytes) -> None:
    assert read_manifest(data).counts is None


@pytest.mark.fault(49)
def test_damaged_rows_of_a_manifest_are_counted_and_the_others_read() -> None:
    damaged = ['"a,1,1,0,0', "b,1,1,0", "c,1,x,0,0", "d,1,,0,0", "e,1,-1,0,0", "f,1,1.5,0,0", "g,1,1\0,0,0"]
    data = "\n".join([HEADER, *damaged, "train.jsonl,189,180,3,6", ""]).encode()

    assert read_manifest(data) == ReadManifest(RecordCounts(189, 180, 3, 6), unreadable_rows=len(damaged))


@given(st.binary(max_size=200))
def test_no_manifest_raises(body: bytes) -> None:
    read = read_manifest(HEADER.encode() + b"\n" + body)

    assert read.counts is None or read.counts.accepted >= 0


def test_a_manifest_of_very_many_lines_is_read_in_little_memory() -> None:
    data = b"some,thing\n" + b"x,y\n" * 400_000

    tracemalloc.start()
    read = read_manifest(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read == ReadManifest(None, unreadable_rows=400_000)
    assert peak < 6 << 20


def test_counts_of_several_manifests_add_up() -> None:
    counts = add_counts([RecordCounts(10, 8, 1, 1), RecordCounts(5, 5, 0, 0)])

    assert counts == RecordCounts(15, 13, 1, 1)
    assert add_counts([]) == RecordCounts(0, 0, 0, 0)
