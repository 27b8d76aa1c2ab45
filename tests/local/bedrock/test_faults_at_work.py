"""Each fault of the script, as a caller of boto3 meets it."""

from pathlib import Path

import pytest
from botocore.exceptions import ConnectionClosedError

from tests.local.bedrock.harness import FOR_EVER, MICRO, Running, client, running, wait_until


@pytest.fixture(scope="module")
def arn(waiting: Running) -> str:
    return waiting.create("faulty")


class TestCalls:
    def test_throttle_holds_as_often_as_it_says(self, waiting: Running, arn: str) -> None:
        waiting.fault(what="throttle", operation="GetModelCustomizationJob", times=2)

        for _ in range(2):
            with pytest.raises(waiting.client.exceptions.ThrottlingException) as refused:
                waiting.get(arn)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        assert waiting.get(arn)["status"] == "InProgress"

    def test_a_server_error_is_the_modelled_one(self, waiting: Running) -> None:
        waiting.fault(what="server_error", operation="ListModelCustomizationJobs", times=1)

        with pytest.raises(waiting.client.exceptions.InternalServerException) as refused:
            waiting.client.list_model_customization_jobs()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500

    def test_a_dropped_reply_has_done_its_work(self, waiting: Running) -> None:
        waiting.fault(what="drop_reply", operation="CreateModelCustomizationJob", times=1)
        retrying = client(waiting.endpoint, retries={"total_max_attempts": 3, "mode": "standard"})

        with pytest.raises(ConnectionClosedError):
            waiting.create("dropped")
        assert waiting.get("dropped")["status"] == "InProgress"
        waiting.fault(what="drop_reply", operation="CreateModelCustomizationJob", times=1, id="again")
        arn = retrying.create_model_customization_job(**waiting.asked("retried"))["jobArn"]
        found = waiting.client.list_model_customization_jobs(nameContains="retried")
        retrying.close()

        assert [job["jobArn"] for job in found["modelCustomizationJobSummaries"]] == [arn]

    def test_a_vanished_job_is_not_found_and_can_still_be_listed(self, waiting: Running, arn: str) -> None:
        waiting.fault(what="vanish", job_name="faulty", times=1)

        with pytest.raises(waiting.client.exceptions.ResourceNotFoundException):
            waiting.get(arn)
        assert waiting.client.list_model_customization_jobs(nameContains="faulty")[
            "modelCustomizationJobSummaries"
        ]

    def test_a_stop_that_conflicts_stops_nothing(self, waiting: Running, arn: str) -> None:
        waiting.fault(what="stop_conflict", job_name="faulty", times=1)

        with pytest.raises(waiting.client.exceptions.ConflictException):
            waiting.client.stop_model_customization_job(jobIdentifier=arn)
        assert waiting.get(arn)["status"] == "InProgress"

    def test_a_base_that_refuses_custom_models_still_trains_from_itself(self, waiting: Running) -> None:
        waiting.fault(what="refuse_custom_base", job_name="further")
        custom = f"arn:aws:bedrock:us-east-1:000000000000:custom-model/{MICRO}/abcdefghijkl"

        with pytest.raises(waiting.client.exceptions.ValidationException, match="base model identifier"):
            waiting.create("further", baseModelIdentifier=custom)
        assert waiting.create("further")

    def test_a_delay_ends_by_itself(self, waiting: Running, arn: str) -> None:
        waiting.fault(what="delay", operation="GetModelCustomizationJob", seconds=0.01, times=1)

        assert waiting.get(arn)["status"] == "InProgress"

    def test_a_script_that_cannot_be_read_changes_nothing(
        self, waiting: Running, arn: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (waiting.folder / "faults.json").write_text('[{"what": "freez')

        assert waiting.get(arn)["status"] == "InProgress"
        assert "Cannot use the fault script" in capfd.readouterr().err


class TestJobs:
    def test_a_freeze_before_training_is_the_silent_stall(self, stand_in: Running) -> None:
        stand_in.fault(what="freeze", job_name="stalled", phase="waiting")
        arn = stand_in.create("stalled")

        wait_until(
            lambda: stand_in.get(arn)["statusDetails"]["dataProcessingDetails"]["status"] == "Completed"
        )
        job = stand_in.get(arn)
        assert (job["status"], job["statusDetails"]["trainingDetails"]["status"]) == (
            "InProgress",
            "NotStarted",
        )
        stand_in.client.stop_model_customization_job(jobIdentifier=arn)
        assert stand_in.ended(arn)["status"] == "Stopped"

    def test_a_freeze_in_training_stops_the_rows_but_not_the_file(self, tmp_path: Path) -> None:
        with running(tmp_path, live_metrics=True, live_seconds=0.1) as stand_in:
            stand_in.fault(what="freeze", phase="training", at_step=6)
            arn = stand_in.create("frozen")

            wait_until(lambda: stand_in.training_csv(arn).exists() and len(stand_in.losses(arn)) == 6)
            assert stand_in.get(arn)["status"] == "InProgress"

    def test_a_failure_in_validation_leaves_no_files(self, stand_in: Running) -> None:
        message = "Encountered an internal error when processing the request."
        stand_in.fault(what="fail", phase="validation", times=1)

        job = stand_in.ended(stand_in.create("broken"))

        assert (job["status"], job["failureMessage"]) == ("Failed", message)
        assert job["statusDetails"]["validationDetails"]["status"] == "Failed"
        assert not stand_in.files(job["jobArn"]).exists()

    def test_a_failure_in_training_comes_after_its_step(self, tmp_path: Path) -> None:
        with running(tmp_path, live_metrics=True) as stand_in:
            stand_in.fault(what="fail", phase="training", at_step=4, failure_message="Out of luck.")

            job = stand_in.ended(stand_in.create("unlucky"))

            assert job["failureMessage"] == "Out of luck."
            assert job["statusDetails"]["trainingDetails"]["status"] == "Failed"
            assert len(stand_in.losses(job["jobArn"])) == 4

    def test_a_csv_can_grow_although_the_setting_is_off(self, tmp_path: Path) -> None:
        with running(tmp_path, step_seconds=FOR_EVER) as stand_in:
            stand_in.fault(what="grow_csv", job_name="grows")
            arn = stand_in.create("grows")

            wait_until(lambda: stand_in.training_csv(arn).exists())
            assert stand_in.get(arn)["status"] == "InProgress"

    def test_a_csv_is_garbled_as_published(self, stand_in: Running) -> None:
        stand_in.fault(what="garble_csv", job_name="garbled", how="bom")

        arn = stand_in.create("garbled")
        stand_in.ended(arn)

        assert stand_in.training_csv(arn).read_bytes().startswith(b"\xef\xbb\xbfstep_number")
