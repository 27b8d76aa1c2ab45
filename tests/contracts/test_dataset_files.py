"""The contract of DatasetFiles, on the fake, on S3 by moto, on this machine, and chosen by place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from finetune_guard.aws.s3_datasets import S3Datasets
from finetune_guard.core.errors import NotFoundError, StaleRecordError
from finetune_guard.files.by_place import DatasetsByPlace
from finetune_guard.files.local_datasets import LocalDatasets
from finetune_guard.ports import DatasetFiles
from tests.contracts import moto_world
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeDatasetFiles

MIB = 1024 * 1024


@dataclass
class Place:
    """The files under test, a folder that exists, and one that does not."""

    files: DatasetFiles
    folder: str
    nowhere: str


class NoEndError(Exception):
    """The source of a write breaks."""


def _fake(_: pytest.FixtureRequest) -> Place:
    files = FakeDatasetFiles(FakeClock())
    files.missing.add("s3://no-such-bucket/")
    return Place(files, "s3://bucket/data", "s3://no-such-bucket/data")


def _s3(request: pytest.FixtureRequest) -> Place:
    clients = request.getfixturevalue("clients")
    bucket = moto_world.bucket(clients)
    return Place(S3Datasets(clients.s3), f"s3://{bucket}/data", "s3://no-such-bucket/data")


def _local(request: pytest.FixtureRequest) -> Place:
    folder = request.getfixturevalue("tmp_path")
    return Place(LocalDatasets(), str(folder), str(folder / "no-such-folder"))


def _chosen_s3(request: pytest.FixtureRequest) -> Place:
    place = _s3(request)
    return Place(DatasetsByPlace(lambda: place.files), place.folder, place.nowhere)


def _chosen_local(request: pytest.FixtureRequest) -> Place:
    def unreached() -> DatasetFiles:
        raise AssertionError("S3 is not to be reached for a local path")

    place = _local(request)
    return Place(DatasetsByPlace(unreached), place.folder, place.nowhere)


WORLDS: dict[str, Callable[[pytest.FixtureRequest], Place]] = {
    "fake": _fake,
    "s3": _s3,
    "local": _local,
    "chosen-s3": _chosen_s3,
    "chosen-local": _chosen_local,
}


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest) -> Place:
    return WORLDS[request.param](request)


def test_a_written_file_is_read_back_and_its_facts_are_told(place: Place) -> None:
    uri = f"{place.folder}/train.jsonl"
    facts = place.files.write(uri, [b'{"prompt":', b"", b' "x"}\n'])
    assert (facts.uri, facts.size) == (uri, 16)
    assert facts == place.files.facts(uri)
    assert b"".join(place.files.chunks(uri)) == b'{"prompt": "x"}\n'


def test_chunks_are_at_most_a_mebibyte(place: Place) -> None:
    uri = f"{place.folder}/big.jsonl"
    data = bytes(range(256)) * (10 * 1024)
    place.files.write(uri, [data])
    chunks = list(place.files.chunks(uri))
    assert max(map(len, chunks)) <= MIB
    assert b"".join(chunks) == data


def test_a_file_of_several_parts_from_uneven_chunks_arrives_whole(place: Place) -> None:
    # S3 wants parts of at least 5 MiB, whatever the sizes of the chunks that come in.
    uri = f"{place.folder}/parts.jsonl"
    chunks = [bytes([index % 251]) * (700_001 + index) for index in range(30)]
    facts = place.files.write(uri, iter(chunks))
    assert facts.size == sum(map(len, chunks))
    assert b"".join(place.files.chunks(uri)) == b"".join(chunks)


def test_an_empty_file_has_no_chunks(place: Place) -> None:
    uri = f"{place.folder}/empty.jsonl"
    assert place.files.write(uri, []).size == 0
    assert list(place.files.chunks(uri)) == []


def test_a_rewritten_file_has_another_version(place: Place) -> None:
    uri = f"{place.folder}/train.jsonl"
    first = place.files.write(uri, [b"one"])
    second = place.files.write(uri, [b"other"])
    assert (first.version, first.etag) != (second.version, second.etag)
    assert place.files.facts(uri) == second


@pytest.mark.fault(56)
def test_a_pinned_file_is_read_while_it_is_the_same_and_refused_once_it_is_another(place: Place) -> None:
    uri = f"{place.folder}/train.jsonl"
    first = place.files.write(uri, [b"one"])
    assert b"".join(place.files.chunks(uri, first)) == b"one"
    place.files.write(uri, [b"two"])
    with pytest.raises(StaleRecordError):
        list(place.files.chunks(uri, first))
    assert b"".join(place.files.chunks(uri)) == b"two"


@pytest.mark.parametrize("size", [10, 20 * MIB])
def test_a_write_whose_source_breaks_leaves_what_was_there(place: Place, size: int) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"x" * size
        raise NoEndError("the source breaks")

    uri = f"{place.folder}/train.jsonl"
    place.files.write(uri, [b"kept"])
    with pytest.raises(NoEndError):
        place.files.write(uri, breaking())
    assert b"".join(place.files.chunks(uri)) == b"kept"


def test_an_absent_file_is_not_found_and_named(place: Place) -> None:
    uri = f"{place.folder}/absent.jsonl"
    with pytest.raises(NotFoundError, match=r"absent\.jsonl"):
        place.files.facts(uri)
    with pytest.raises(NotFoundError, match=r"absent\.jsonl"):
        list(place.files.chunks(uri))


@pytest.mark.fault(57)
def test_an_absent_bucket_or_folder_is_not_found(place: Place) -> None:
    with pytest.raises(NotFoundError):
        place.files.facts(f"{place.nowhere}/train.jsonl")
    with pytest.raises(NotFoundError):
        place.files.writable(place.nowhere)
    with pytest.raises(NotFoundError):
        place.files.write(f"{place.nowhere}/train.jsonl", [b"x"])


def test_a_place_that_can_be_written_is_found_so_and_left_as_it_was(place: Place) -> None:
    place.files.writable(place.folder)
    with pytest.raises(NotFoundError):
        place.files.facts(f"{place.folder}/.finetune-guard-write-check")


def test_times_are_utc_and_aware(place: Place) -> None:
    facts = place.files.write(f"{place.folder}/train.jsonl", [b"x"])
    assert str(facts.last_modified.tzinfo) == "UTC"
