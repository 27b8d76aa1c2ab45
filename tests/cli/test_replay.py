import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from finetune_guard.cli.main import cli
from tests.cli.pages import read
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


BLIND = ("--set", "loss_spike.ratio=50", "--set", "divergence.ratio=50", "--set", "divergence.climb_ratio=50")


def folder_of_both(folder: Path) -> Path:
    write_csv(folder / "bad.csv", spiked())
    write_csv(folder / "good.csv", [float(loss) for loss in falling(60)])
    return folder


def test_with_a_threshold_set_a_line_says_what_the_default_makes_of_the_curve(tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", spiked())

    (line,) = lines(ran(bad, "--json", *BLIND))

    assert line["stop_step"] is None
    assert line["default"] == {"verdict": "diverged", "stop_step": 34}


def test_without_a_threshold_set_a_line_says_nothing_of_a_default(tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", spiked())

    assert "default" not in lines(ran(bad, "--json"))[0]


def test_with_a_threshold_set_the_table_has_what_is_judged_differently_and_says_so(tmp_path: Path) -> None:
    result = ran(folder_of_both(tmp_path), *BLIND)

    assert result.exit_code == 0
    assert "not stopped" in result.stdout
    assert "Curves that are judged the same are left out; --all shows them." in result.stdout
    assert "1 of 2 curves is judged differently: 1 stop fewer." in result.stdout
    assert not any(line.startswith("good ") for line in result.stdout.splitlines())


def test_all_shows_the_unchanged_curves_too(tmp_path: Path) -> None:
    result = ran(folder_of_both(tmp_path), "--all", *BLIND)

    assert any(line.startswith("good ") for line in result.stdout.splitlines())
    assert "left out" not in result.stdout


def test_a_later_stop_is_told_in_steps(tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", spiked())

    result = ran(bad, "--set", "loss_spike.wait_points=10", "--set", "divergence.wait_points=10")

    assert "steps later" in " ".join(result.stdout.split())


def test_for_a_machine_the_summary_goes_to_people(tmp_path: Path) -> None:
    result = ran(folder_of_both(tmp_path), "--json", *BLIND)

    assert len(lines(result)) == 2
    assert "1 of 2 curves is judged differently" in result.stderr


def test_a_page_is_drawn_beside_the_lines_and_its_place_is_told_to_people(tmp_path: Path) -> None:
    place = tmp_path / "page.html"

    result = ran(folder_of_both(tmp_path / "runs"), "--json", "--html", place)

    assert result.exit_code == 3
    assert [line["id"] for line in lines(result)] == ["bad", "good"]
    assert result.stderr == f"Drawn: {place}\n"
    assert [one["id"] for one in read(place.read_text()).data["curves"]] == ["bad", "good"]


def test_labels_are_drawn_and_those_without_a_curve_are_counted(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text(
        "id,label,onset_step,should_stop,confidence\nbad,exploding,31,yes,high\ngone,healthy,,no,high\n"
    )
    place = tmp_path / "page.html"

    result = ran(folder_of_both(tmp_path / "runs"), "--html", place, "--labels", labels)

    assert "1 of 2 labels name no curve that was replayed." in result.stderr
    assert read(place.read_text()).data["curves"][0]["label"]["kind"] == "exploding"


def test_the_page_says_how_the_curves_were_judged(tmp_path: Path) -> None:
    place = tmp_path / "page.html"

    ran(folder_of_both(tmp_path / "runs"), "--html", place, "--unplanned", "--set", "loss_spike.ratio=5")

    about = read(place.read_text()).data["about"]
    assert "Set: loss_spike.ratio=5. Judged as if the number of steps were not known." in about


def test_labels_without_a_page_are_a_usage_error(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("id,label,onset_step,should_stop,confidence\n")

    assert ran(REAL, "--labels", labels).exit_code == 2


def test_a_label_file_that_is_none_is_a_usage_error_before_anything_is_judged(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("name\n")

    result = ran(REAL, "--labels", labels, "--html", tmp_path / "page.html", "--json")

    assert result.exit_code == 2
    assert result.stdout == ""


def test_all_without_a_threshold_set_is_a_usage_error() -> None:
    assert ran(REAL, "--all").exit_code == 2
