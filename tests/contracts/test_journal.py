"""The contract of Journal, on the fake and on S3 by moto."""

import pytest

from finetune_guard.aws.s3_journal import S3Journal
from finetune_guard.core.errors import NotFoundError
from finetune_guard.ports import Journal
from tests.contracts import moto_world
from tests.fakes.files import FakeJournal


@pytest.fixture(params=["fake", "s3"])
def journal(request: pytest.FixtureRequest) -> Journal:
    if request.param == "fake":
        return FakeJournal(bucket=moto_world.BUCKET)
    clients = request.getfixturevalue("clients")
    return S3Journal(clients.s3, moto_world.bucket(clients))


def test_what_is_kept_is_read_back_under_its_uri(journal: Journal) -> None:
    uri = journal.keep("journal/job/etag-metrics.csv", b"\x00\xff1,0,nan\n", "text/csv")
    assert uri == "s3://guard-bucket/journal/job/etag-metrics.csv"
    assert journal.read("journal/job/etag-metrics.csv") == b"\x00\xff1,0,nan\n"


def test_the_same_key_again_overwrites(journal: Journal) -> None:
    journal.keep("key", b"first", "text/plain")
    journal.keep("key", b"second", "text/plain")
    assert journal.read("key") == b"second"


def test_an_empty_object_is_kept(journal: Journal) -> None:
    journal.keep("empty", b"", "text/csv")
    assert journal.read("empty") == b""


def test_what_was_never_kept_is_not_found(journal: Journal) -> None:
    with pytest.raises(NotFoundError, match="s3://guard-bucket/no/such"):
        journal.read("no/such")


def test_what_is_kept_below_a_prefix_is_listed_and_nothing_else(journal: Journal) -> None:
    assert journal.kept("runs/") == ()
    for key in ("runs/b/run.json", "runs/a/run.json", "runsaway", "metrics/runs/a"):
        journal.keep(key, key.encode(), "application/json")
    found = journal.kept("runs/")
    assert {file.key for file in found} == {"runs/a/run.json", "runs/b/run.json"}
    assert {file.size for file in found} == {len("runs/a/run.json")}
    assert list(found) == sorted(found, key=lambda file: (file.last_modified, file.key))
    assert all(file.last_modified.utcoffset() is not None for file in found)


def test_a_listing_reads_every_page(journal: Journal) -> None:
    for number in range(1001):
        journal.keep(f"journal/job/{number}", b"", "text/csv")
    assert len(journal.kept("journal/job/")) == 1001
