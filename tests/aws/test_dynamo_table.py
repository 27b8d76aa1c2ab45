from datetime import timedelta, timezone

import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.dynamo_rows import Row, alert_row, job_row, run_row, sortable
from finetune_guard.aws.dynamo_runs import DynamoRuns
from finetune_guard.aws.dynamo_table import DynamoTable
from finetune_guard.core.alerts import AlertState
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.errors import NotFoundError, RequestRejectedError
from finetune_guard.core.plans import Stage
from tests import builders
from tests.contracts import moto_world
from tests.contracts.records import alert

ROW = Row("RUN#r", "RUN", '{"a":1}', 1, "RUN#OPEN", "2026-11-24T12:00:00.000000Z")


@pytest.fixture
def table(clients: Clients) -> DynamoTable:
    return DynamoTable(clients.dynamodb, moto_world.table(clients), "first")


class TestLayout:
    """docs/adr/0001."""

    def test_a_run_is_due_until_its_end_is_told_and_among_the_ended_afterwards(self) -> None:
        row = run_row(builders.run(version=3))
        assert (row.pk, row.sk, row.version) == ("RUN#support-bot-0123456789", "RUN", 3)
        assert (row.due_pk, row.due_sk) == ("RUN#OPEN", "2026-11-24T12:00:00.000000Z")
        assert run_row(builders.run(status=RunStatus.FAILED)).due_pk == "RUN#OPEN"
        told = builders.run(status=RunStatus.FAILED, report_uri=builders.REPORT)
        assert run_row(told).due_pk == "RUN#ENDED"

    def test_a_runs_jobs_are_not_in_its_own_item(self) -> None:
        run = builders.run(jobs=(builders.running(),))
        assert '"jobs":[]' in run_row(run).record

    def test_a_job_is_due_by_its_last_tick_while_it_is_open(self) -> None:
        row = job_row(builders.running(stage=Stage.FULL, candidate=2, ticked_at=builders.later(minutes=1)))
        assert row.sk == "JOB#full#2#0"
        assert (row.due_pk, row.due_sk) == ("JOB#OPEN", "2026-11-24T12:01:00.000000Z")

    def test_a_closed_job_is_due_only_for_its_throw_away_model(self) -> None:
        assert job_row(builders.completed(throw_away=True)).due_pk == "JOB#MODEL"
        kept = job_row(builders.completed(throw_away=False))
        assert (kept.due_pk, kept.due_sk) == ("", "")

    def test_times_in_keys_sort_as_text_wherever_they_are_from(self) -> None:
        elsewhere = builders.START.astimezone(timezone(timedelta(hours=-11)))
        assert sortable(elsewhere) == sortable(builders.START) == "2026-11-24T12:00:00.000000Z"
        assert sortable(builders.START) < sortable(builders.later(microseconds=1))


class TestItems:
    def test_an_item_has_the_attributes_of_the_adr_and_no_time_to_live(
        self, clients: Clients, table: DynamoTable
    ) -> None:
        assert table.put(ROW, expected=0) is None
        (item,) = clients.dynamodb.scan(TableName="runs")["Items"]
        assert item.keys() == {"pk", "sk", "record", "version", "due_pk", "due_sk", "writer"}
        assert item["record"] == {"S": '{"a":1}'}
        assert item["version"] == {"N": "1"}

    @pytest.mark.fault(64)
    def test_nothing_that_the_store_writes_can_expire(self, clients: Clients, table: DynamoTable) -> None:
        store = DynamoRuns(table)
        store.add_run(builders.run())
        store.add_job(builders.completed(throw_away=False))
        store.set_control(store.control())
        store.learn(store.base_model("base"))
        items = clients.dynamodb.scan(TableName="runs")["Items"]
        allowed = {"pk", "sk", "record", "version", "due_pk", "due_sk", "writer"}
        assert len(items) == 4
        assert all(item.keys() <= allowed for item in items)

    def test_the_very_same_write_again_is_known_as_done(self, table: DynamoTable) -> None:
        assert table.put(ROW, expected=0) is None
        assert table.put(ROW, expected=0) is None

    def test_another_writers_row_stands_in_the_way(self, clients: Clients, table: DynamoTable) -> None:
        DynamoTable(clients.dynamodb, "runs", "second").put(ROW, expected=0)
        stored = table.put(ROW, expected=0)
        assert stored is not None
        assert (stored.record, stored.version) == (ROW.record, 1)

    def test_where_nothing_is_stored_version_0_stands_in_the_way(self, table: DynamoTable) -> None:
        stored = table.put(ROW, expected=1)
        assert stored is not None
        assert stored.version == 0

    def test_a_missing_table_is_named(self, clients: Clients) -> None:
        nowhere = DynamoTable(clients.dynamodb, "no-such-table", "first")
        with pytest.raises(NotFoundError, match="RUN#r"):
            nowhere.get("RUN#r", "RUN")

    @pytest.mark.fault(60)
    def test_the_largest_record_that_we_let_through_is_one_that_dynamodb_takes(
        self, table: DynamoTable
    ) -> None:
        longest_keys = Row("RUN#" + "r" * 60, "JOB#" + "s" * 60, "x" * (390 * 1024), 1, "JOB#OPEN", "t" * 27)
        assert table.put(longest_keys, expected=0) is None
        with pytest.raises(RequestRejectedError, match="nothing was written"):
            table.put(Row("RUN#r", "RUN", "x" * (390 * 1024 + 1), 1), expected=0)

    def test_overwriting_needs_no_version(self, table: DynamoTable) -> None:
        table.overwrite(ROW)
        table.overwrite(Row(ROW.pk, ROW.sk, '{"a":2}', 1))
        found = table.get(ROW.pk, ROW.sk)
        assert found is not None
        assert found.record == '{"a":2}'


@pytest.mark.fault(65)
def test_a_run_is_read_consistently_and_the_index_is_not_asked(clients: Clients, table: DynamoTable) -> None:
    asked: list[dict[str, object]] = []
    clients.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.append(params)
    )
    DynamoRuns(table).add_run(builders.run())
    DynamoRuns(table).run(builders.run().run_id)
    assert [(call["ConsistentRead"], "IndexName" in call) for call in asked] == [(True, False)]


def test_an_alert_leaves_the_index_when_it_is_sent() -> None:
    assert alert_row(alert(), 1).due_pk == "ALERT#PENDING"
    assert alert_row(alert(state=AlertState.CLAIMED), 2).due_pk == "ALERT#PENDING"
    assert alert_row(alert(state=AlertState.SENT), 3).due_pk == ""


@pytest.mark.parametrize(
    "edited", [{"version": {"N": "1.5"}}, {"writer": {"N": "1"}}, {"record": {"N": "1"}}]
)
def test_an_item_whose_attributes_somebody_edited_keeps_no_other_from_being_read(
    clients: Clients, table: DynamoTable, edited: dict[str, dict[str, str]]
) -> None:
    store = DynamoRuns(table)
    store.add_run(builders.run())
    store.add_run(builders.run(run_id="good"))
    (item,) = (
        item for item in clients.dynamodb.scan(TableName="runs")["Items"] if item["pk"]["S"] != "RUN#good"
    )
    clients.dynamodb.put_item(TableName="runs", Item={**item, **edited})
    assert "good" in [run.run_id for run in store.open_runs()]
