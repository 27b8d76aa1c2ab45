import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from finetune_guard.core.errors import (
    AccessRefusedError,
    NotFoundError,
    RequestRejectedError,
    StaleRecordError,
)
from finetune_guard.files.local_datasets import CHUNK, LocalDatasets


@pytest.mark.fault(55)
def test_a_folder_is_no_file_and_the_error_says_so(tmp_path: Path) -> None:
    for look in (LocalDatasets().facts, lambda uri: list(LocalDatasets().chunks(uri))):
        with pytest.raises(NotFoundError, match="it is a folder"):
            look(str(tmp_path))


def test_a_write_that_breaks_leaves_no_part_behind(tmp_path: Path) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"part"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        LocalDatasets().write(str(tmp_path / "train.jsonl"), breaking())
    assert list(tmp_path.iterdir()) == []


def test_looking_whether_one_may_write_leaves_nothing_behind(tmp_path: Path) -> None:
    LocalDatasets().writable(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, AccessRefusedError),
        (errno.ENOTDIR, NotFoundError),
        (errno.ENOSPC, RequestRejectedError),
    ],
)
def test_what_the_machine_refuses_has_its_kind(
    monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "the machine says no")

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(kind, match=r"Could not look at /data/train\.jsonl"):
        LocalDatasets().facts("/data/train.jsonl")


@pytest.mark.fault(56)
def test_a_file_that_is_written_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"x" * (CHUNK + 1))
    chunks = LocalDatasets().chunks(str(path))
    next(chunks)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(StaleRecordError, match="has changed"):
        list(chunks)
