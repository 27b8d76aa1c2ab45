"""The contract of RunStore for lost replies and round trips, on the fake and on DynamoDB by moto."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from finetune_guard.core.alerts import Alert
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.names import JobKey
from finetune_guard.core.runs import Run
from finetune_guard.core.wire import dumps
from finetune_guard.ports import RunStore
from tests import builders
from tests.builders import later
from tests.contracts.records import alert, any_record
from tests.contracts.run_stores import Stores, retried

WRITES = (
    "add_run",
    "save_run",
    "add_job",
    "save_job",
    "add_alert",
    "claim_alert",
    "mark_sent",
    "save_breaker",
    "save_mails",
)


class TestLostReplies:
    @pytest.mark.fault(59)
    @pytest.mark.parametrize("call", WRITES)
    def test_a_write_whose_reply_was_lost_is_known_as_its_own_when_tried_again(
        self, stores: Stores, call: str
    ) -> None:
        run, job = stores.store.add_run(builders.run(run_id="r")), stores.store.add_job(builders.running())
        stores.store.add_alert(alert())
        until = later(minutes=2)
        if call == "mark_sent":
            stores.store.claim_alert(alert(), builders.START, until)
        writes: dict[str, tuple[Callable[[], object], object]] = {
            "add_run": (lambda: stores.store.add_run(builders.run()), builders.run(version=1)),
            "save_run": (lambda: stores.store.save_run(run), replace(run, version=2)),
            "add_job": (
                lambda: stores.store.add_job(builders.intent(candidate=1)),
                replace(builders.intent(candidate=1), version=1),
            ),
            "save_job": (lambda: stores.store.save_job(job), replace(job, version=2)),
            "add_alert": (lambda: stores.store.add_alert(alert("b" * 24)), True),
            "claim_alert": (lambda: stores.store.claim_alert(alert(), builders.START, until), True),
            "mark_sent": (lambda: stores.store.mark_sent(alert(), "m-1", until), None),
            "save_breaker": (lambda: stores.store.save_breaker(Breaker()), Breaker(version=1)),
            "save_mails": (lambda: stores.store.save_mails(Mails()), Mails(version=1)),
        }
        write, expected = writes[call]
        stores.lose_next_reply(call)
        answer = retried(write)
        assert replace(answer, jobs=()) == expected if isinstance(answer, Run) else answer == expected

    @pytest.mark.fault(59)
    def test_a_lost_reply_and_then_a_newer_write_is_a_lost_race(self, stores: Stores) -> None:
        job = stores.store.add_job(builders.running())
        saved = stores.store.save_job(job)
        stores.other.save_job(saved)
        with pytest.raises(StaleRecordError):
            stores.store.save_job(job)


class TestRoundTrips:
    @pytest.mark.fault(62)
    @given(run=any_record(Run))
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    def test_every_run_is_read_back_as_it_was(self, store: RunStore, run: Run) -> None:
        own = replace(run, run_id=f"run-{abs(hash(dumps(run)))}", jobs=(), version=0, schema_version=1)
        store.add_run(own)
        assert repr(store.run(own.run_id)) == repr(replace(own, version=1))

    @pytest.mark.fault(62)
    @given(job=any_record(JobRecord))
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    def test_every_job_is_read_back_as_it_was(self, store: RunStore, job: JobRecord) -> None:
        run_id = f"run-{abs(hash(dumps(job)))}"
        own = replace(job, key=JobKey(run_id, job.key.stage), version=0, schema_version=1)
        store.add_run(builders.run(run_id=run_id))
        store.add_job(own)
        assert repr(store.run(run_id).jobs) == repr((replace(own, version=1),))

    @pytest.mark.fault(62)
    @given(recorded=any_record(Alert))
    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    def test_every_alert_is_read_back_as_it_was(self, store: RunStore, recorded: Alert) -> None:
        run_id = f"run-{abs(hash(dumps(recorded)))}"
        own = replace(recorded, run_id=run_id, alert_id="a" * 24, schema_version=1)
        assert store.add_alert(own)
        assert repr(store.alerts(own.run_id)) == repr((own,))
