"""The contract of RunStore for runs and jobs, on the fake and on DynamoDB by moto."""

from dataclasses import replace

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.errors import NotFoundError, RequestRejectedError, StaleRecordError
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.plans import Stage
from finetune_guard.ports import RunStore
from tests import builders
from tests.builders import later
from tests.contracts.records import alert
from tests.contracts.run_stores import Stores


class TestRuns:
    def test_an_added_run_is_read_back_as_it_was_but_for_its_version(self, store: RunStore) -> None:
        run = builders.run()
        added = store.add_run(run)
        assert added == replace(run, version=1) == store.run(run.run_id)

    def test_a_run_is_added_once_and_the_second_gets_the_first(self, stores: Stores) -> None:
        stores.store.add_run(builders.run(job_name="first"))
        job = stores.store.add_job(builders.intent())
        again = stores.other.add_run(builders.run(job_name="second"))
        assert again.job_name == "first"
        assert again.jobs == (job,)

    def test_an_unknown_run_is_not_found(self, store: RunStore) -> None:
        with pytest.raises(NotFoundError, match="no-such-run"):
            store.run("no-such-run")

    def test_a_saved_run_has_the_next_version_and_keeps_its_jobs(self, store: RunStore) -> None:
        added = store.add_run(builders.run())
        job = store.add_job(builders.intent())
        saved = store.save_run(replace(store.run(added.run_id), report_uri="s3://bucket/report"))
        assert (saved.version, saved.report_uri, saved.jobs) == (2, "s3://bucket/report", (job,))
        assert store.run(added.run_id) == saved

    @pytest.mark.fault(4)
    @pytest.mark.fault(58)
    def test_of_two_writers_that_read_the_same_version_one_wins(self, stores: Stores) -> None:
        read = stores.store.add_run(builders.run())
        stores.other.save_run(replace(read, report_uri="s3://bucket/other"))
        with pytest.raises(StaleRecordError, match="version 1"):
            stores.store.save_run(replace(read, report_uri="s3://bucket/mine"))
        assert stores.store.run(read.run_id).report_uri == "s3://bucket/other"

    @pytest.mark.fault(58)
    def test_two_writers_of_the_very_same_record_do_not_both_win(self, stores: Stores) -> None:
        read = stores.store.add_run(builders.run())
        stores.other.save_run(read)
        with pytest.raises(StaleRecordError):
            stores.store.save_run(read)

    def test_a_run_that_was_never_added_cannot_be_saved(self, store: RunStore) -> None:
        with pytest.raises(StaleRecordError):
            store.save_run(builders.run(version=1))

    @pytest.mark.fault(5)
    def test_a_zombie_that_wakes_after_two_other_writes_is_refused(self, stores: Stores) -> None:
        read = stores.store.add_run(builders.run())
        stores.other.save_run(stores.other.save_run(read))
        with pytest.raises(StaleRecordError):
            stores.store.save_run(replace(read, report_uri="s3://bucket/zombie"))

    def test_jobs_come_in_the_order_of_their_keys(self, store: RunStore) -> None:
        run = store.add_run(builders.run())
        for candidate in (10, 2, 0):
            store.add_job(builders.intent(candidate=candidate))
        store.add_job(builders.intent(stage=Stage.FULL))
        keys = [job.key for job in store.run(run.run_id).jobs]
        assert keys == sorted(keys, key=lambda key: key.place)
        assert [key.candidate for key in keys if key.stage is Stage.REHEARSAL] == [0, 2, 10]

    def test_a_run_has_no_jobs_or_alerts_of_another(self, store: RunStore) -> None:
        for run_id in ("run-1", "run-10"):
            run = store.add_run(builders.run(run_id=run_id))
            store.add_job(builders.intent(run))
            store.add_alert(alert(run_id=run_id))
        assert [job.key.run_id for job in store.run("run-1").jobs] == ["run-1"]
        assert [found.run_id for found in store.alerts("run-1")] == ["run-1"]

    @pytest.mark.fault(79)
    def test_a_run_is_looked_at_until_its_end_is_told(self, store: RunStore) -> None:
        first = store.add_run(builders.run(run_id="first", started_at=later(hours=1)))
        store.add_run(builders.run(run_id="second", started_at=later(hours=0)))
        assert [run.run_id for run in store.open_runs()] == ["second", "first"]
        ended = store.save_run(replace(first, status=RunStatus.COMPLETED, ended_at=later(hours=2)))
        assert [run.run_id for run in store.open_runs()] == ["second", "first"]
        assert store.ended_runs(10) == ()
        store.save_run(replace(ended, report_uri=builders.REPORT))
        assert [run.run_id for run in store.open_runs()] == ["second"]
        assert [run.run_id for run in store.ended_runs(10)] == ["first"]

    def test_the_newest_ended_runs_come_first_and_no_more_than_asked_for(self, store: RunStore) -> None:
        for day in (2, 1, 3):
            told = builders.run(status=RunStatus.REFUSED, report_uri=builders.REPORT)
            store.add_run(replace(told, run_id=f"day-{day}", started_at=later(days=day)))
        assert [run.run_id for run in store.ended_runs(2)] == ["day-3", "day-2"]


class TestJobs:
    @pytest.mark.fault(12)
    def test_an_intent_is_added_once_and_the_second_gets_the_first(self, stores: Stores) -> None:
        first = stores.store.add_job(builders.intent())
        created = stores.store.save_job(replace(first, arn=builders.arn(first), status=JobStatus.IN_PROGRESS))
        assert stores.other.add_job(builders.intent()) == created

    def test_a_saved_job_has_the_next_version(self, store: RunStore) -> None:
        store.add_run(builders.run())
        saved = store.save_job(store.add_job(builders.running()))
        assert saved.version == 2
        assert store.run(saved.key.run_id).jobs == (saved,)

    @pytest.mark.fault(4)
    @pytest.mark.fault(58)
    def test_of_two_ticks_that_judge_the_same_job_one_wins(self, stores: Stores) -> None:
        read = stores.store.add_job(builders.running())
        stores.other.save_job(replace(read, ticked_at=later(minutes=1)))
        with pytest.raises(StaleRecordError, match="rehearsal"):
            stores.store.save_job(replace(read, ticked_at=later(minutes=2)))

    def test_the_least_recently_judged_job_comes_first(self, store: RunStore) -> None:
        for candidate, minutes in ((0, 9), (1, 3), (2, None)):
            ticked = later(minutes=minutes) if minutes else None
            store.add_job(builders.running(candidate=candidate, ticked_at=ticked))
        assert [job.key.candidate for job in store.open_jobs()] == [2, 1, 0]

    def test_a_closed_job_leaves_the_open_jobs_but_stays_in_its_run(self, store: RunStore) -> None:
        run = store.add_run(builders.run())
        job = store.add_job(builders.running(throw_away=False))
        closed = store.save_job(replace(job, status=JobStatus.FAILED, closed=True))
        assert store.open_jobs() == ()
        assert store.models_to_delete() == ()
        assert store.run(run.run_id).jobs == (closed,)

    def test_a_throw_away_model_is_to_be_deleted_once_its_job_is_closed(self, store: RunStore) -> None:
        job = store.add_job(builders.completed(throw_away=True, closed=False))
        assert store.models_to_delete() == ()
        closed = store.save_job(replace(job, closed=True))
        assert store.models_to_delete() == (closed,)
        store.save_job(replace(closed, model_deleted_at=later(hours=2)))
        assert store.models_to_delete() == ()

    def test_a_model_that_is_kept_is_never_to_be_deleted(self, store: RunStore) -> None:
        store.add_job(builders.completed(stage=Stage.FULL, throw_away=False))
        store.add_job(builders.completed(throw_away=True, model_arn=None))
        assert store.models_to_delete() == ()

    @pytest.mark.fault(17)
    @pytest.mark.fault(32)
    def test_queries_read_every_page(self, store: RunStore) -> None:
        # DynamoDB ends a page at 1 MB: 14 records of 100 KB take two.
        run = store.add_run(builders.run())
        for candidate in range(14):
            store.add_job(builders.running(candidate=candidate, failure="x" * 100_000))
        assert len(store.run(run.run_id).jobs) == 14
        assert {job.key.candidate for job in store.open_jobs()} == set(range(14))

    @pytest.mark.fault(60)
    def test_a_record_above_400_kb_is_refused_with_its_size_and_nothing_is_written(
        self, store: RunStore
    ) -> None:
        job = store.add_job(builders.running())
        with pytest.raises(RequestRejectedError, match=r"4\d\d,\d\d\d bytes"):
            store.save_job(replace(job, failure="ü" * 210_000))
        assert store.open_jobs() == (job,)
