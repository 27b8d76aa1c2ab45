import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from finetune_guard.cli.main import cli
from tests.core.detectors.curves import falling

REAL = Path("tests/data/bedrock")


def ran(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["replay", *map(str, arguments)])


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def write_csv(path: Path, losses: list[float]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{step},{loss}" for step, loss in enumerate(losses, start=1)]
    path.write_text("\n".join(["step_number,training_loss", *rows]))
    return path


def spiked() -> list[float]:
    losses = falling(60)
    losses[30:] *= 3
    return [float(loss) for loss in losses]


def test_a_folder_of_healthy_curves_ends_with_0_and_a_line_for_each() -> None:
    result = ran(REAL, "--json")

    assert result.exit_code == 0, result.output
    assert [line["id"] for line in lines(result)] == ["nova-18-rows", "nova-45-rows"]
    assert {line["verdict"] for line in lines(result)} == {"healthy"}


def test_a_curve_that_diverged_ends_with_3(tmp_path: Path) -> None:
    result = ran(write_csv(tmp_path / "bad.csv", spiked()), "--json")

    assert result.exit_code == 3
    (line,) = lines(result)
    assert (line["id"], line["verdict"], line["stop_step"]) == ("bad", "diverged", 34)


def test_people_get_a_table_and_for_few_curves_the_sentences(tmp_path: Path) -> None:
    result = ran(write_csv(tmp_path / "bad.csv", spiked()), REAL / "nova-18-rows.csv")

    assert "diverged" in result.stdout
    assert "bad: At step 31 the loss jumped" in result.stdout
    assert "nova-18-rows: Nothing wrong is seen in 18 rows, which is a short curve." in result.stdout


def test_a_threshold_may_be_set(tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", spiked())

    result = ran(bad, "--json", "--set", "loss_spike.ratio=5", "--set", "divergence.ratio=5")

    assert lines(result)[0]["stop_step"] is None


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("loss_spike.rato=2", "the nearest is loss_spike.ratio"),
        ("loss_spike.ratio=much", "a number from 1.05 to 100"),
        ("loss_spike.ratio", "a number from 1.05 to 100"),
    ],
)
def test_a_setting_that_cannot_be_used_is_a_usage_error(setting: str, said: str) -> None:
    result = ran(REAL, "--set", setting)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_named_file_that_is_no_log_is_an_error(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("name,colour\na,red\n")

    assert ran(other).exit_code == 2


def test_in_a_folder_what_is_no_log_is_passed_over_and_said(tmp_path: Path) -> None:
    write_csv(tmp_path / "good.csv", [float(loss) for loss in falling(20)])
    (tmp_path / "labels.csv").write_text("name,colour\na,red\n")

    result = ran(tmp_path, "--json")

    assert result.exit_code == 0
    assert [line["id"] for line in lines(result)] == ["good"]
    assert "Passed over" in result.stderr


@pytest.mark.parametrize("name", [".", "nowhere.csv"])
def test_nothing_to_read_is_a_usage_error(tmp_path: Path, name: str) -> None:
    assert ran(tmp_path / name).exit_code == 2


def test_the_output_of_a_bedrock_job_is_one_curve_with_its_validation(tmp_path: Path) -> None:
    # Given the layout that Bedrock writes, with a validation loss that rises while training falls
    losses = [float(loss) for loss in 2 * np.exp(-np.arange(60) / 20)]
    job = tmp_path / "model-customization-job-abc"
    write_csv(job / "training_artifacts" / "step_wise_training_metrics.csv", losses)
    validation = job / "validation_artifacts" / "post_fine_tuning_validation" / "validation"
    validation.mkdir(parents=True)
    rows = ["step_number,validation_loss", "10,1.5", "20,1.2", "30,1.3", "40,1.4", "50,1.6"]
    (validation / "validation_metrics.csv").write_text("\n".join(rows))

    (line,) = lines(ran(tmp_path, "--json"))

    assert line["id"] == "model-customization-job-abc"
    assert line["verdict"] == "suspicious"


def test_a_labelled_run_is_named_by_its_file(tmp_path: Path) -> None:
    run = tmp_path / "torch_ok.json"
    points = [{"step": step, "train_loss": float(loss)} for step, loss in enumerate(falling(20), start=1)]
    run.write_text(json.dumps({"id": "torch_ok", "points": points, "evals": []}))

    assert lines(ran(run, "--json"))[0]["id"] == "torch_ok"


def test_a_plan_can_be_left_out(tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", spiked())

    result = ran(bad, "--json", "--unplanned")

    assert result.exit_code == 3
    assert isinstance(lines(result)[0]["stop_step"], int)


def test_a_policy_loss_is_told_and_never_stops(tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", spiked())

    result = ran(bad, "--json", "--family", "amazon-nova-2-rft")

    assert result.exit_code == 0
    assert lines(result)[0]["findings"]
