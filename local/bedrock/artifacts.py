"""The files of a job: where they lie, what is in them, and how a fault garbles them."""

import math
from collections.abc import Sequence
from typing import Final

from local.bedrock.faults import Garbling
from local.bedrock.records import Dataset
from local.bedrock.training import Step, Validation

_MANIFEST_HEADER: Final = (
    "fileName,totalProcessedRecordCount,acceptedRecordCount,partiallyAcceptedRecordCount,rejectedRecordCount"
)


class Places:
    """The URIs of a job's files, below the output prefix that its creator gave."""

    def __init__(self, output_uri: str, job_id: str) -> None:
        self._output = output_uri.rstrip("/")
        self._job = f"{self._output}/model-customization-job-{job_id}"

    @property
    def write_check(self) -> str:
        """An empty object that the service writes first, to see whether it may."""
        return f"{self._output}/.write_access_check_file.temp"

    @property
    def training(self) -> str:
        """The step-wise training metrics."""
        return f"{self._job}/training_artifacts/step_wise_training_metrics.csv"

    def manifest(self, role: str) -> str:
        """The report on the records of the `training` or a `validation` file."""
        return f"{self._job}/input_status/{role}/manifest.report.csv"

    def validation(self, place: int) -> str:
        """The validation metrics of the validation file at a place, from 0."""
        name = "validation" if place == 0 else f"validation-{place + 1}"
        return f"{self._job}/validation_artifacts/post_fine_tuning_validation/{name}/validation_metrics.csv"


def manifest(uri: str, dataset: Dataset) -> bytes:
    """The report on a file's records; none is ever partially accepted here."""
    name = uri.rsplit("/", 1)[-1]
    row = f"{name},{dataset.total},{len(dataset.examples)},0,{dataset.rejected}"
    return f"{_MANIFEST_HEADER}\n{row}\n".encode()


def training_csv(steps: Sequence[Step], perplexity: bool) -> bytes:
    """The rows so far; a NaN loss is written `nan`."""
    rows = [(step.number, step.epoch, step.loss) for step in steps]
    return _csv("training_loss", rows, perplexity)


def validation_csv(judged: Sequence[Validation], place: int, perplexity: bool) -> bytes:
    """One row per epoch for the validation file at a place."""
    rows = [(row.number, row.epoch, row.losses[place]) for row in judged]
    return _csv("validation_loss", rows, perplexity)


def garbled(data: bytes, how: Garbling) -> bytes:
    """A CSV as a careless writer, or a reader in the middle of a write, would leave it."""
    if how == "bom":
        return b"\xef\xbb\xbf" + data
    if how == "nul":
        return data + b"\0" * 16
    if how == "duplicate_header":
        return data.split(b"\n", 1)[0] + b"\n" + data
    last = data.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    return data.rstrip(b"\n")[: -max(1, len(last) // 2)]


def _csv(column: str, rows: Sequence[tuple[int, int, float]], perplexity: bool) -> bytes:
    header = f"step_number,epoch_number,{column}" + (",perplexity" if perplexity else "")
    lines = [_row(row, perplexity) for row in rows]
    return "\n".join([header, *lines, ""]).encode()


def _row(row: tuple[int, int, float], perplexity: bool) -> str:
    number, epoch, loss = row
    # math.exp raises beyond 709; a file would say inf.
    tail = f",{math.exp(loss) if not loss > 700 else math.inf:.6g}" if perplexity else ""
    return f"{number},{epoch},{loss:.6f}{tail}"
