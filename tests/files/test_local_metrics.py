from pathlib import Path

import pytest

from finetune_guard.core.errors import RequestRejectedError, StaleRecordError
from finetune_guard.core.observations import StoredFile
from finetune_guard.files.local_metrics import LocalMetrics
from tests.builders import START

NAME = "step_wise_training_metrics.csv"


def test_a_key_that_leads_out_of_the_output_is_not_read(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"elsewhere")
    output = tmp_path / "output"
    output.mkdir()
    with pytest.raises(RequestRejectedError, match="not read"):
        LocalMetrics().read(str(output), StoredFile(f"../{NAME}", "etag", 9, START))


@pytest.mark.fault(39)
def test_a_file_replaced_by_one_of_the_same_size_is_another_version(tmp_path: Path) -> None:
    folder = tmp_path / "model-customization-job-abcdefghijkl"
    folder.mkdir()
    (folder / NAME).write_bytes(b"1,0,1.5\n")
    (file,) = LocalMetrics().files(str(tmp_path), "abcdefghijkl")
    new = tmp_path / "new"
    new.write_bytes(b"1,0,9.5\n")
    new.replace(folder / NAME)
    with pytest.raises(StaleRecordError):
        LocalMetrics().read(str(tmp_path), file)


def test_a_folder_named_like_a_metric_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "model-customization-job-abcdefghijkl" / NAME).mkdir(parents=True)
    assert LocalMetrics().files(str(tmp_path), "abcdefghijkl") == ()
