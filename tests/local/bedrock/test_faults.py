import json
from pathlib import Path

import pytest

from local.bedrock.artifacts import garbled, training_csv
from local.bedrock.errors import StandInError
from local.bedrock.faults import FaultScript
from local.bedrock.schedule import AfterWarmUp
from local.bedrock.settings import read_settings
from local.bedrock.training import Step


def script(folder: Path, *lines: dict[str, object]) -> FaultScript:
    path = folder / "faults.json"
    path.write_text("\n".join(map(json.dumps, lines)))
    return FaultScript(path, folder / "claims")


def throttled(found: FaultScript, event: str, operation: str = "Get", job: str = "job") -> bool:
    return found.first(("throttle",), operation, job, event) is not None


def test_without_a_script_nothing_goes_wrong(tmp_path: Path) -> None:
    assert not throttled(FaultScript(None, tmp_path), "1")
    assert not throttled(FaultScript(tmp_path / "none.json", tmp_path), "1")


def test_an_operation_and_a_part_of_the_name_narrow(tmp_path: Path) -> None:
    found = script(tmp_path, {"what": "throttle", "operation": "Get", "job_name": "demo"})

    assert throttled(found, "1", job="a-demo-1")
    assert not throttled(found, "2", job="other")
    assert not throttled(found, "3", operation="Stop", job="a-demo-1")


def test_times_holds_over_processes(tmp_path: Path) -> None:
    line: dict[str, object] = {"what": "throttle", "times": 2}
    one, other = script(tmp_path, line), script(tmp_path, line)

    assert [throttled(one, "1"), throttled(other, "2"), throttled(one, "3")] == [True, True, False]


def test_the_same_event_counts_once(tmp_path: Path) -> None:
    found = script(tmp_path, {"what": "freeze", "times": 1, "phase": "waiting"})

    assert found.in_phase("freeze", "job", "waiting", "id-1")
    assert found.in_phase("freeze", "job", "waiting", "id-1")
    assert not found.in_phase("freeze", "job", "waiting", "id-2")


def test_a_line_taken_out_and_put_in_again_counts_anew(tmp_path: Path) -> None:
    found = script(tmp_path, {"what": "throttle", "times": 1})
    assert throttled(found, "1")

    script(tmp_path)
    found.forget_old()
    script(tmp_path, {"what": "throttle", "times": 1})

    assert throttled(found, "2")


def test_a_fault_in_training_waits_for_its_step(tmp_path: Path) -> None:
    found = script(tmp_path, {"what": "fail", "at_step": 3})

    assert not found.in_phase("fail", "job", "training", "id", step=2)
    assert found.in_phase("fail", "job", "training", "id", step=3)


@pytest.mark.parametrize("text", ["[{]", '{"what": "explode"}', '{"what": "delay", "secnds": 3}', "[1]"])
def test_a_script_that_means_nothing_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "faults.json").write_text(text)

    with pytest.raises(StandInError, match=r"Cannot use the fault script .*README\.md"):
        FaultScript(tmp_path / "faults.json", tmp_path).check()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"queue_second": 1}',
        '{"queue_seconds": -1}',
        '{"account": "1"}',
        '{"overrides": [{"pace": {"step_second": 1}}]}',
        '{"schedule": "cosine"}',
    ],
)
def test_settings_that_mean_nothing_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)

    with pytest.raises(StandInError, match="Cannot use the settings"):
        read_settings(tmp_path / "settings.json")


def test_the_last_override_that_fits_wins(tmp_path: Path) -> None:
    overrides = [
        {"pace": {"step_seconds": 1, "live_metrics": True}},
        {"job_name": "demo", "pace": {"step_seconds": 2}},
        {"base_model": "llama", "pace": {"live_metrics": False}},
    ]
    (tmp_path / "settings.json").write_text(json.dumps({"overrides": overrides}))
    settings = read_settings(tmp_path / "settings.json")

    demo = settings.pace_of("my-demo", "amazon.nova-micro-v1:0:128k")
    assert (demo.step_seconds, demo.live_metrics) == (2, True)
    other = settings.pace_of("other", "meta.llama3-1-8b-instruct-v1:0:128k")
    assert (other.step_seconds, other.live_metrics) == (1, False)


def test_the_schedule_of_the_learning_rate_may_differ_between_jobs(tmp_path: Path) -> None:
    overrides = [{"job_name": "flat", "pace": {"schedule": "constant"}}]
    (tmp_path / "settings.json").write_text(json.dumps({"overrides": overrides}))
    settings = read_settings(tmp_path / "settings.json")

    assert settings.pace_of("flat", "any").schedule is AfterWarmUp.CONSTANT
    assert settings.pace_of("other", "any").schedule is AfterWarmUp.DECAY


ROWS = training_csv([Step(1, 0, 1.5), Step(2, 0, float("nan"))], perplexity=False)


def test_a_nan_is_written_in_lower_case() -> None:
    assert ROWS == b"step_number,epoch_number,training_loss\n1,0,1.500000\n2,0,nan\n"


def test_families_with_a_perplexity_column_have_it() -> None:
    rows = training_csv([Step(1, 0, 0.0), Step(2, 0, 1e4)], perplexity=True)

    assert rows.splitlines() == [
        b"step_number,epoch_number,training_loss,perplexity",
        b"1,0,0.000000,1",
        b"2,0,10000.000000,inf",
    ]


def test_a_csv_is_garbled_in_four_ways() -> None:
    assert garbled(ROWS, "bom") == b"\xef\xbb\xbf" + ROWS
    assert garbled(ROWS, "nul") == ROWS + b"\0" * 16
    assert garbled(ROWS, "duplicate_header").count(b"step_number") == 2
    assert garbled(ROWS, "truncate") == ROWS[:-4]
