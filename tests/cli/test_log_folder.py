from pathlib import Path

import pytest

from finetune_guard.cli.log_folder import DiskLogFolder
from finetune_guard.core.errors import InvalidInputError


def test_lines_are_on_the_disk_and_read_back(tmp_path: Path) -> None:
    folder = DiskLogFolder(tmp_path / "logs")
    folder.append("job-1", "metrics.jsonl", '{"step":1}\n')
    folder.append("job-1", "metrics.jsonl", '{"step":2}\n')
    assert (tmp_path / "logs/job-1/metrics.jsonl").read_text() == '{"step":1}\n{"step":2}\n'
    assert DiskLogFolder(tmp_path / "logs").lines("job-1", "metrics.jsonl") == {'{"step":1}', '{"step":2}'}


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert DiskLogFolder(tmp_path).lines("job", "events.jsonl") == frozenset()


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "a/b", "..", "", "x\x00y"])
def test_a_job_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = DiskLogFolder(tmp_path).path(name, "metrics.jsonl").resolve()
    assert path.parent.parent == tmp_path.resolve()


def test_a_line_cut_off_by_a_crash_spoils_only_itself(tmp_path: Path) -> None:
    folder = DiskLogFolder(tmp_path)
    folder.append("job", "metrics.jsonl", '{"step":1}\n')
    with (tmp_path / "job/metrics.jsonl").open("a") as log:
        log.write('{"st')

    assert folder.lines("job", "metrics.jsonl") == {'{"step":1}'}
    folder.append("job", "metrics.jsonl", '{"step":2}\n')
    assert (tmp_path / "job/metrics.jsonl").read_text().splitlines() == ['{"step":1}', '{"st', '{"step":2}']


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InvalidInputError, match="--log-dir"):
        DiskLogFolder(tmp_path / "file").append("job", "metrics.jsonl", "{}\n")
