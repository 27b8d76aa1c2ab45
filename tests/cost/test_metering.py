"""What is counted of a call is what the real adapters send, as moto's AWS receives it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.dynamo_rows import Row
from finetune_guard.aws.dynamo_table import DynamoTable
from finetune_guard.aws.s3_buckets import S3Buckets
from finetune_guard.aws.s3_datasets import S3Datasets
from finetune_guard.aws.s3_journal import S3Journal
from finetune_guard.aws.s3_metrics import S3Metrics
from tests.contracts import moto_world
from tests.cost.metering import S3_REQUESTS, Meter, MeteredTable

#: Requests that are priced as PUT, COPY, POST or LIST; those that are free; all others are priced as GET
#: (S3 pricing, "Requests & data retrievals").
_DEAR = {"PutObject", "ListObjectsV2", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"}
_FREE = {"AbortMultipartUpload", "DeleteObject"}
OUTPUT = f"s3://{moto_world.BUCKET}/output/"
FILE = f"s3://{moto_world.BUCKET}/uploads/a.jsonl"
CSV = "output/model-customization-job-1/training_artifacts/step_wise_training_metrics.csv"
ROW = Row("RUN#a", "RUN", "{}", 1, "RUN#OPEN", "2026")


@pytest.fixture(scope="module")
def aws() -> Iterator[Clients]:
    with moto_world.aws() as clients:
        moto_world.bucket(clients)
        moto_world.table(clients)
        for key in (CSV, "uploads/a.jsonl", "metrics/a/metrics.jsonl"):
            clients.s3.put_object(Bucket=moto_world.BUCKET, Key=key, Body=b"one\n")
        yield clients


@pytest.fixture
def sent(aws: Clients) -> Iterator[Counter[str]]:
    """Operations, as they are sent."""
    noted: Counter[str] = Counter()

    def note(event_name: str, **_: object) -> None:
        noted[event_name.rpartition(".")[2]] += 1

    events = [client.meta.events for client in (aws.s3, aws.dynamodb)]
    for each in events:
        each.register("before-parameter-build", note)
    yield noted
    for each in events:
        each.unregister("before-parameter-build", note)


def _call(call: str, aws: Clients) -> None:
    metrics, journal = S3Metrics(aws.s3), S3Journal(aws.s3, moto_world.BUCKET)
    datasets, buckets = S3Datasets(aws.s3), S3Buckets(aws.s3)
    calls: dict[str, Callable[[], object]] = {
        "metrics.files": lambda: metrics.files(OUTPUT, "1"),
        "metrics.read": lambda: metrics.read(OUTPUT, metrics.files(OUTPUT, "1")[0]),
        "journal.keep": lambda: journal.keep("journal/a", b"", "text/csv"),
        "journal.read": lambda: journal.read("metrics/a/metrics.jsonl"),
        "datasets.facts": lambda: datasets.facts(FILE),
        "datasets.chunks": lambda: list(datasets.chunks(FILE)),
        "datasets.write": lambda: datasets.write(f"s3://{moto_world.BUCKET}/samples/b", [b"one\n"]),
        "datasets.writable": partial(datasets.writable, OUTPUT),
        "buckets.facts": lambda: buckets.facts(moto_world.BUCKET, None),
    }
    calls[call]()


@pytest.mark.parametrize("call", S3_REQUESTS)
def test_requests_to_s3_are_counted_as_they_are_sent(call: str, aws: Clients, sent: Counter[str]) -> None:
    _call(call, aws)
    if call == "metrics.read":
        sent["ListObjectsV2"] -= 1
    dear = sum(count for operation, count in sent.items() if operation in _DEAR)
    assert (dear, sent.total() - dear - sum(sent[free] for free in _FREE)) == S3_REQUESTS[call]


def _all_of(table: DynamoTable) -> list[object]:
    """Every method of the table, and what it answers."""
    newer = replace(ROW, record='{"a": 1}', version=2)
    answers = [
        table.put(ROW, expected=0),
        table.put(newer, expected=1),
        (table.put(newer, expected=7) or newer).version,
        table.get("RUN#a", "RUN"),
        table.get("RUN#b", "RUN"),
        list(table.between("RUN#a", "JOB#", "RUN")),
        list(table.due("RUN#OPEN")),
        list(table.due("RUN#ENDED", newest_first=True)),
    ]
    table.overwrite(ROW)
    return [*answers, table.get("RUN#a", "RUN")]


def test_the_counting_table_answers_as_the_real_one_and_counts_a_request_for_each_of_its(
    aws: Clients, sent: Counter[str]
) -> None:
    meter = Meter()
    assert _all_of(MeteredTable(meter)) == _all_of(DynamoTable(aws.dynamodb, "runs", "one"))
    assert meter.of("call") == sent.total() == 10


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, ROW, 2),
        (None, replace(ROW, due_pk="", due_sk=""), 1),
        (ROW, replace(ROW, record='{"a": 1}'), 2),
        (ROW, replace(ROW, due_sk="2027"), 3),
        (ROW, replace(ROW, due_pk="", due_sk=""), 2),
        (ROW, replace(ROW, due_sk="2027", record="x" * 2500), 7),
        (replace(ROW, record="x" * 2500), replace(ROW, due_sk="2027"), 7),
    ],
)
def test_a_write_counts_in_the_table_and_in_the_index(before: Row | None, after: Row, units: int) -> None:
    meter = Meter()
    table = MeteredTable(meter)
    if before:
        table.put(before, expected=0)
    meter.units.clear()
    assert table.put(replace(after, version=2), expected=1 if before else 0) is None
    assert meter.of("write") == units


def test_a_read_counts_by_four_kilobytes_and_half_where_it_may_lag() -> None:
    meter = Meter()
    table = MeteredTable(meter)
    table.put(replace(ROW, record="x" * 5000), expected=0)
    for read, units in ((lambda: table.get("RUN#a", "RUN"), 2), (lambda: list(table.due("RUN#OPEN")), 1)):
        meter.units.clear()
        read()
        assert meter.of("read") == units
    meter.units.clear()
    assert list(table.due("RUN#NONE")) == []
    assert meter.of("read") == 0.5
