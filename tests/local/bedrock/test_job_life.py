"""Jobs from creation to their end, with training that is real."""

import csv
import io
import math
import statistics
from pathlib import Path
from typing import Any

import pytest

from tests.local.bedrock.harness import (
    LLAMA,
    Running,
    client,
    conversation,
    pairs,
    prompt_completion,
    running,
    wait_until,
)

TOO_HOT = {"epochCount": "1", "learningRate": "0.0001", "learningRateWarmupSteps": "0"}


def completed(stand_in: Running, name: str, **changes: Any) -> dict[str, Any]:
    job = stand_in.ended(stand_in.create(name, **changes))
    assert job["status"] == "Completed", job.get("failureMessage")
    return job


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("completed")


@pytest.fixture(scope="module")
def job(place: Path) -> dict[str, Any]:
    with running(place) as stand_in:
        stand_in.put("train.jsonl", [*(conversation(*pair) for pair in pairs()[:160]), "{broken", ""])
        validation = stand_in.put("validation.jsonl", [conversation(*pair) for pair in pairs()[-50:]])
        return {
            **completed(
                stand_in,
                "whole",
                validationDataConfig={"validators": [{"s3Uri": validation}]},
                hyperParameters={"epochCount": "2"},
            ),
            "files": stand_in.files(stand_in.get("whole")["jobArn"]),
        }


class TestACompletedJob:
    def test_says_when_each_phase_was(self, job: dict[str, Any]) -> None:
        details = job["statusDetails"]
        phases = [details[f"{name}Details"] for name in ("validation", "dataProcessing", "training")]
        times = [phase[name] for phase in phases for name in ("creationTime", "lastModifiedTime")]

        assert [phase["status"] for phase in phases] == ["Completed"] * 3
        assert times == sorted(times)
        assert job["creationTime"] <= times[0]
        assert times[-1] <= job["endTime"]

    def test_leaves_rows_like_the_two_real_files(self, job: dict[str, Any]) -> None:
        lines = (job["files"] / "training_artifacts/step_wise_training_metrics.csv").read_text().splitlines()

        assert lines[0] == "step_number,epoch_number,training_loss"
        assert [line.rsplit(",", 1)[0] for line in lines[1:]] == [
            f"{step},{0 if step <= 20 else 1}" for step in range(1, 41)
        ]

    def test_learns(self, job: dict[str, Any]) -> None:
        rows = csv.reader(
            io.StringIO((job["files"] / "training_artifacts/step_wise_training_metrics.csv").read_text())
        )
        losses = [float(row[2]) for row in list(rows)[1:]]

        assert statistics.median(losses[-8:]) < 0.9 * losses[0]

    def test_has_a_validation_row_per_epoch_and_the_last_one_as_its_metric(self, job: dict[str, Any]) -> None:
        path = "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv"
        lines = (job["files"] / path).read_text().splitlines()

        assert lines[0] == "step_number,epoch_number,validation_loss"
        assert [line.rsplit(",", 1)[0] for line in lines[1:]] == ["20,0", "40,1"]
        last = float(lines[-1].rsplit(",", 1)[1])
        assert job["validationMetrics"][0]["validationLoss"] == pytest.approx(last, abs=1e-5)

    def test_counts_rejected_records_in_its_manifest(self, job: dict[str, Any]) -> None:
        assert (job["files"] / "input_status/training/manifest.report.csv").read_text() == (
            "fileName,totalProcessedRecordCount,acceptedRecordCount,"
            "partiallyAcceptedRecordCount,rejectedRecordCount\ntrain.jsonl,161,160,0,1\n"
        )

    def test_survives_a_restart_as_it_was(self, job: dict[str, Any], place: Path) -> None:
        with running(place) as stand_in:
            again = stand_in.get(job["jobArn"])

        ignored = {"ResponseMetadata", "files"}
        assert {k: v for k, v in again.items() if k not in ignored} == {
            k: v for k, v in job.items() if k not in ignored
        }

    def test_leaves_a_model_that_can_be_trained_on_listed_and_deleted(
        self, job: dict[str, Any], place: Path
    ) -> None:
        with running(place) as stand_in:
            bedrock, arn = stand_in.client, job["outputModelArn"]
            model = bedrock.get_custom_model(modelIdentifier="whole-model")
            assert (model["modelArn"], model["jobArn"]) == (arn, job["jobArn"])
            assert [m["modelArn"] for m in bedrock.list_custom_models()["modelSummaries"]] == [arn]

            further = completed(stand_in, "further", baseModelIdentifier=arn)
            assert further["baseModelArn"] == job["baseModelArn"]
            first = stand_in.losses(further["jobArn"])[0]
            assert first < 0.8 * stand_in.losses(job["jobArn"])[0]

            bedrock.delete_custom_model(modelIdentifier=arn)
            with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
                bedrock.get_custom_model(modelIdentifier=arn)
            with pytest.raises(bedrock.exceptions.ConflictException):
                stand_in.create("again", customModelName="whole-model")


def test_ten_times_the_default_rate_ends_above_its_first_row(stand_in: Running) -> None:
    stand_in.put("train.jsonl", [conversation(*pair) for pair in pairs()[:400]])
    job = completed(stand_in, "hot", hyperParameters=TOO_HOT)

    losses = stand_in.losses(job["jobArn"])
    assert statistics.median(losses[-10:]) > 1.15 * losses[0]
    assert job["trainingMetrics"]["trainingLoss"] == pytest.approx(losses[-1], abs=1e-5)


def test_a_rate_beyond_half_precision_is_nan_in_the_file_and_in_the_metrics(tmp_path: Path) -> None:
    with running(tmp_path) as stand_in:
        west = client(stand_in.endpoint, region="us-west-2")
        uri = stand_in.put("llama.jsonl", [prompt_completion(*pair) for pair in pairs()[:100]])
        asked = stand_in.asked(
            "nan",
            baseModelIdentifier=LLAMA,
            trainingDataConfig={"s3Uri": uri},
            hyperParameters={"epochCount": "1", "learningRate": "0.1"},
        )
        arn = west.create_model_customization_job(**asked)["jobArn"]
        wait_until(lambda: west.get_model_customization_job(jobIdentifier=arn)["status"] != "InProgress")
        job = west.get_model_customization_job(jobIdentifier=arn)
        west.close()

        assert job["status"] == "Completed"
        assert math.isnan(job["trainingMetrics"]["trainingLoss"])
        assert stand_in.training_csv(arn).read_text().splitlines()[-1] == "100,0,nan"


def test_the_schedule_that_was_set_for_a_job_is_the_one_it_is_trained_with(tmp_path: Path) -> None:
    flat = {"job_name": "flat", "pace": {"schedule": "constant"}}
    with running(tmp_path, overrides=[flat]) as stand_in:
        rates = {"epochCount": "1", "learningRateWarmupSteps": "0"}
        losses = [
            stand_in.losses(completed(stand_in, name, hyperParameters=rates)["jobArn"])
            for name in ("flat", "falling", "falling-too")
        ]

    assert losses[1] == losses[2]
    assert losses[0][0] == losses[1][0]
    assert losses[0][2:] != losses[1][2:]


def test_too_few_records_fail_the_job_in_validation(stand_in: Running) -> None:
    uri = stand_in.put("few.jsonl", [conversation("a", "b")] * 7)

    job = stand_in.ended(stand_in.create("few", trainingDataConfig={"s3Uri": uri}))

    assert job["status"] == "Failed"
    assert "needs at least 8 valid records, found 7" in job["failureMessage"]
    assert job["statusDetails"]["validationDetails"]["status"] == "Failed"
    assert job["statusDetails"]["trainingDetails"]["status"] == "NotStarted"
    assert not stand_in.training_csv(job["jobArn"]).exists()


def test_data_that_is_not_there_fails_the_job(stand_in: Running) -> None:
    job = stand_in.ended(stand_in.create("lost", trainingDataConfig={"s3Uri": "s3://bucket/lost.jsonl"}))

    assert job["status"] == "Failed"
    assert "Could not read s3://bucket/lost.jsonl" in job["failureMessage"]
