import hashlib
import json
import lzma
import math
from collections import Counter

import pytest

from finetune_guard.core.metrics.runs import read_curve
from tests.curves.corpus import RUNS, Label, Run, read_labels, read_runs, real_cases, sort_of
from tests.curves.packing import lines_of


def label(name: str, should_stop: str = "yes") -> Label:
    return Label("a", "g", name, None, should_stop, "high", "")  # type: ignore[arg-type]


def test_there_are_201_runs_and_a_label_for_each() -> None:
    assert len(read_runs()) == 201
    assert [one.id for one in read_labels()] == list(read_runs())


def test_no_number_was_changed_since_the_runs_were_packed() -> None:
    digest = hashlib.sha256(b"".join(run.log() + b"\n" for run in read_runs().values())).hexdigest()

    assert digest == "b786d4ec480de44528c4e8866d89c175ef1cbef538d2492806c5196f1e277ece"


def test_packing_what_was_unpacked_gives_the_same_lines() -> None:
    documents = [
        {"id": run.id, "source": _source(run), "kind": run.kind, **_rows(run)} for run in read_runs().values()
    ]

    assert lines_of(documents) == lzma.decompress(RUNS.read_bytes())


def _source(run: Run) -> dict[str, str | None]:
    assert run.source is not None
    return {"repo": run.source.repo, "path": run.source.path, "commit": run.source.commit}


def _rows(run: Run) -> dict[str, object]:
    log = json.loads(run.log())
    return {"points": log["points"], "evals": log["evals"]}


def test_185_curves_can_be_scored_the_unsure_and_the_unsettled_left_out() -> None:
    cases = real_cases()

    assert Counter(case.sort for case in cases) == {"harmless": 154, "failure": 20, "warning": 11}
    assert all(case.label.confidence != "low" for case in cases)


@pytest.mark.parametrize(
    ("name", "should_stop", "sort"),
    [
        ("healthy", "no", "harmless"),
        ("spike_recovered", "unclear", "harmless"),
        ("overfit", "yes", "warning"),
        ("overfit", "unclear", "warning"),
        ("exploding", "yes", "failure"),
        ("nan_inf", "unclear", None),
    ],
)
def test_what_is_asked_follows_from_the_label(name: str, should_stop: str, sort: str | None) -> None:
    assert sort_of(label(name, should_stop)) == sort


def test_non_finite_numbers_are_words_in_the_file_and_numbers_when_read() -> None:
    run = read_runs()["torch_bad_fp16_overflow"]

    assert "NaN" in run.points["train_loss"]
    assert any(math.isnan(loss) for loss in run.losses())


def test_a_run_can_be_shown_without_what_a_source_does_not_have() -> None:
    run = read_runs()["torch_bad_fp16_overflow"]

    curve = read_curve(run.id, run.without("grad_norm", "lr").log())

    assert len(curve.training) == len(run)
    assert len(curve.training.grad_norm) == len(curve.training.learning_rate) == 0


def test_every_run_is_read_as_the_command_reads_a_log() -> None:
    for run in read_runs().values():
        assert 0 < len(read_curve(run.id, run.log()).training) <= len(run)
