import math
from pathlib import Path

import numpy as np
import pytest

from finetune_guard.cli.replay_page import page_of, write_page
from finetune_guard.cli.replayed_log import ReplayedLog
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.labels import Label
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.replaying import replay
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.cli.pages import Page, read
from tests.core.detectors.curves import PACK, curve, falling, series

LABEL = Label("exploding", 31.0, "yes", "high", "jumps")


def spiked() -> Curve:
    losses = falling(60)
    losses[30:] *= 3
    return curve(losses)


def judged(id: str, given: Curve, pack: ThresholdPack | None = None) -> ReplayedLog:
    default = replay(given, PACK, id)
    return ReplayedLog(given, replay(given, pack, id), default) if pack else ReplayedLog(given, default, None)


def page(*logs: ReplayedLog, labels: dict[str, Label] | None = None, how: str = "") -> Page:
    return read(page_of(logs, labels or {}, how))


def blind() -> ThresholdPack:
    pack = override(PACK, {"loss_spike.ratio": 50, "divergence.ratio": 50, "divergence.climb_ratio": 50})
    assert isinstance(pack, ThresholdPack)
    return pack


def test_every_curve_is_in_the_page_with_what_was_found_and_when() -> None:
    made = page(judged("good", curve(falling(60))), judged("bad", spiked()))

    good, bad = made.data["curves"]
    assert made.title == "Replay of 2 loss curves"
    assert (good["id"], good["verdict"], good["stop_step"], good["findings"]) == ("good", "healthy", None, [])
    assert (bad["id"], bad["verdict"], bad["rows"]) == ("bad", "diverged", 60)
    assert bad["findings"][0]["first_step"] == 31
    assert bad["findings"][0]["detected_step"] == bad["stop_step"]
    assert made.data["about"] == "1 healthy, 1 diverged; an armed policy would have stopped 1."


def test_losses_have_five_digits_and_what_is_not_finite_is_a_gap() -> None:
    (made,) = page(judged("a", curve([1 / 3, math.nan, math.inf, 2.0]))).data["curves"]

    assert made["training"] == {"step": [1, 2, 3, 4], "loss": [0.33333, None, None, 2.0]}


def test_validation_losses_are_in_the_page() -> None:
    given = curve(falling(60), validation=series([1.5, 1.2], [10, 20]))

    (made,) = page(judged("a", given)).data["curves"]

    assert made["validation"] == {"step": [10, 20], "loss": [1.5, 1.2]}


def test_a_long_curve_is_thinned_and_keeps_its_highest_loss() -> None:
    losses = np.ones(20_000)
    losses[12_345] = 7.0

    (made,) = page(judged("a", curve(losses))).data["curves"]

    assert made["rows"] == 20_000
    assert len(made["training"]["step"]) <= 1202
    assert made["training"]["loss"][made["training"]["step"].index(12_346)] == 7.0


def test_a_curve_of_ten_thousand_rows_adds_so_little_that_200_stay_below_six_megabytes() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 10_000)
    long = judged("a", curve(np.exp(-np.arange(10_000) / 3000) + 2 + noise))

    assert len(page_of([long, long], {}, "")) - len(page_of([long], {}, "")) < 30_000


def test_without_labels_the_delay_runs_from_the_first_step_of_the_finding() -> None:
    made = page(judged("bad", spiked()))

    (bad,) = made.data["curves"]
    assert made.data["labelled"] is False
    assert (bad["label"], bad["disagreement"]) == (None, None)
    assert bad["delay"] == {"share": pytest.approx((bad["stop_step"] - 31) / 60), "labelled": False}


def test_with_labels_a_curve_has_its_label_and_what_goes_against_it() -> None:
    logs = judged("bad", spiked()), judged("good", curve(falling(60)))

    made = page(*logs, labels={"bad": LABEL, "good": LABEL})

    bad, good = made.data["curves"]
    assert made.data["labelled"] is True
    assert bad["label"]["onset_step"] == 31
    assert bad["disagreement"] is None
    assert good["disagreement"] == "It should have been stopped and was not."
    assert "With a label: 2; judged against it: 1." in made.data["about"]


def test_what_the_default_says_stands_beside_what_was_set() -> None:
    made = page(judged("bad", spiked(), blind()), how="Set: loss_spike.ratio=50.")

    (bad,) = made.data["curves"]
    assert made.data["compared"] is True
    assert bad["stop_step"] is None
    assert bad["default"] == {"verdict": "diverged", "stop_step": 34}
    assert bad["change"] == "stop fewer"
    assert (
        "Set: loss_spike.ratio=50.\n1 of 1 curve is judged differently: 1 stop fewer." in made.data["about"]
    )


def test_a_name_is_text_and_what_would_reorder_it_is_shown() -> None:
    made = page(judged("</script><img src=x onerror=alert(1)>\u202egpj", curve(falling(60))))

    (named,) = made.data["curves"]
    assert named["id"] == "</script><img src=x onerror=alert(1)>\\u202egpj"
    assert "img" not in made.tags


def test_a_curve_without_rows_is_in_the_page_too() -> None:
    (made,) = page(judged("empty", curve([]))).data["curves"]

    assert (made["rows"], made["training"], made["delay"]) == (0, {"step": [], "loss": []}, None)


def test_a_page_is_written_over_an_older_one_and_its_folder_is_made(tmp_path: Path) -> None:
    place = tmp_path / "new" / "page.html"
    for id in ("old", "new"):
        write_page(place, [judged(id, curve(falling(60)))], {}, "")

    assert [one["id"] for one in read(place.read_text()).data["curves"]] == ["new"]


def test_a_page_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InvalidInputError, match="Cannot write"):
        write_page(tmp_path / "file" / "page.html", [judged("a", curve(falling(60)))], {}, "")
