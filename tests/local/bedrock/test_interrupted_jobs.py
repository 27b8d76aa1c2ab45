"""Jobs that are stopped, watched while they run, interrupted by a restart, or one too many."""

from pathlib import Path

import pytest

from tests.local.bedrock.harness import FOR_EVER, running, wait_until


class TestAStop:
    def test_goes_through_stopping_and_leaves_neither_model_nor_file(self, tmp_path: Path) -> None:
        with running(tmp_path, step_seconds=FOR_EVER, stopping_seconds=0.2) as stand_in:
            arn = stand_in.create("stopped")
            wait_until(
                lambda: stand_in.get(arn)["statusDetails"]["trainingDetails"]["status"] == "InProgress"
            )
            stand_in.client.stop_model_customization_job(jobIdentifier=arn)
            stopping = stand_in.get(arn)
            stopped = stand_in.ended(arn)

            assert stopping["status"] == "Stopping"
            assert stopping["statusDetails"]["trainingDetails"]["status"] == "Stopping"
            assert "endTime" not in stopping
            assert stopped["status"] == "Stopped"
            assert stopped["statusDetails"]["trainingDetails"]["status"] == "Stopped"
            assert "outputModelArn" not in stopped
            assert not stand_in.training_csv(arn).exists()
            assert not stand_in.client.list_custom_models()["modelSummaries"]
            with pytest.raises(stand_in.client.exceptions.ConflictException, match="is Stopped"):
                stand_in.client.stop_model_customization_job(jobIdentifier=arn)

    def test_reaches_a_job_that_has_hardly_begun(self, tmp_path: Path) -> None:
        with running(tmp_path, queue_seconds=FOR_EVER) as stand_in:
            arn = stand_in.create("early")
            stand_in.client.stop_model_customization_job(jobIdentifier=arn)

            assert stand_in.ended(arn)["status"] == "Stopped"

    def test_leaves_the_rows_where_a_setting_says_so(self, tmp_path: Path) -> None:
        with running(tmp_path, step_seconds=FOR_EVER, stopped_csv=True) as stand_in:
            arn = stand_in.create("kept")
            wait_until(
                lambda: stand_in.get(arn)["statusDetails"]["trainingDetails"]["status"] == "InProgress"
            )
            stand_in.client.stop_model_customization_job(jobIdentifier=arn)
            stand_in.ended(arn)

            assert stand_in.losses(arn)


def test_live_metrics_grow_while_the_job_runs_and_are_whole_at_its_end(tmp_path: Path) -> None:
    pace = {"live_metrics": True, "step_seconds": 0.05, "live_seconds": 0.1}
    with running(tmp_path, overrides=({"job_name": "alive", "pace": pace},)) as stand_in:
        arn = stand_in.create("alive")
        wait_until(lambda: stand_in.training_csv(arn).exists())
        early = len(stand_in.losses(arn))
        assert stand_in.get(arn)["status"] == "InProgress"
        stand_in.ended(arn)

        assert 1 <= early < len(stand_in.losses(arn)) == 10


def test_a_job_goes_on_after_a_restart_and_its_live_file_never_shrinks(tmp_path: Path) -> None:
    slow = {"live_metrics": True, "step_seconds": 0.1, "live_seconds": 0}
    with running(tmp_path, **slow) as stand_in:
        arn = stand_in.create("interrupted")
        wait_until(lambda: stand_in.training_csv(arn).exists() and len(stand_in.losses(arn)) >= 3)
        before = stand_in.losses(arn)
        validated = stand_in.get(arn)["statusDetails"]["validationDetails"]
    with running(tmp_path, **{**slow, "step_seconds": 0}) as stand_in:
        seen = [stand_in.losses(arn)]

        def ended() -> bool:
            seen.append(stand_in.losses(arn))
            return bool(stand_in.get(arn)["status"] != "InProgress")

        wait_until(ended)
        job = stand_in.ended(arn)

        assert job["status"] == "Completed"
        assert job["statusDetails"]["validationDetails"] == validated
        assert min(len(rows) for rows in seen) >= len(before)
        assert stand_in.losses(arn)[: len(before)] == before
        assert len(stand_in.losses(arn)) == 10


def test_a_job_that_was_stopping_is_stopped_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, queue_seconds=FOR_EVER, stopping_seconds=FOR_EVER) as stand_in:
        arn = stand_in.create("halfway")
        stand_in.client.stop_model_customization_job(jobIdentifier=arn)
    with running(tmp_path) as stand_in:
        assert stand_in.ended(arn)["status"] == "Stopped"


def test_the_quota_of_scheduled_jobs_is_the_service_s(tmp_path: Path) -> None:
    with running(tmp_path, queue_seconds=FOR_EVER, scheduled_jobs_limit=1) as stand_in:
        stand_in.create("first")

        with pytest.raises(stand_in.client.exceptions.ServiceQuotaExceededException, match="1 scheduled"):
            stand_in.create("second")
