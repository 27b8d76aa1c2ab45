"""Whether the newest rows climb evenly, as no blip does."""

import math

import numpy as np
import pytest

from finetune_guard.core.detectors.episodes import reference, rises_above
from finetune_guard.core.detectors.features import Features, features_of
from finetune_guard.core.detectors.steadiness import steadiness
from finetune_guard.core.metrics.series import Floats
from tests.core.detectors.curves import curve, falling


def evidence(losses: Floats, height: float = 0.2) -> tuple[Floats, Features, Floats]:
    """The evidence at each row, against a height that counts; with what it was made from."""
    features = features_of(curve(losses))
    base = reference(features)
    rises = rises_above(features, base, np.full(len(features), 0.1))
    return steadiness(features, base, rises, np.full(len(features), height)), features, rises.noise


def level_then(*factors: float, noise: float = 0.0) -> Floats:
    """Thirty rows near 1, then rows at these multiples of the last."""
    rng = np.random.default_rng(0)
    before = np.exp(rng.normal(0, noise, 30)) if noise else 1.0 + 0.001 * (np.arange(30) % 2)
    return np.append(before, before[-1] * np.array(factors))


def test_an_even_climb_is_as_likely_as_its_moves_are_alike() -> None:
    found, features, noise = evidence(level_then(1.2, 1.5, 1.9, noise=0.03))
    first, second, third = np.diff(features.level)[-3:]
    error = 1.5 * noise[-1] * math.sqrt(6)

    def gain(off: float) -> float:
        return float(-0.5 * (off / error) ** 2 - math.log(math.sqrt(2 * math.pi) * error) + math.log(1.2))

    assert noise[-1] > 0.005
    assert found[-1] == pytest.approx(gain(second - first) + gain(third - second))


def test_no_curve_is_taken_to_be_quieter_than_half_a_percent() -> None:
    found, features, noise = evidence(level_then(1.15, 1.33, 1.52))
    first, second, third = np.diff(features.level)[-3:]
    error = 1.5 * 0.005 * math.sqrt(6)

    assert noise[-1] < 0.005
    assert found[-1] == pytest.approx(
        -0.5 * ((second - first) ** 2 + (third - second) ** 2) / error**2
        - 2 * math.log(math.sqrt(2 * math.pi) * error / 1.2)
    )


@pytest.mark.parametrize("factors", [(1.6, 1.6, 1.6), (1.9, 1.6, 1.7), (1.2, 1.9, 1.6), (1.5, 1.4, 1.8)])
def test_rows_that_do_not_all_go_up_are_no_climb(factors: tuple[float, ...]) -> None:
    assert evidence(level_then(*factors))[0][-1] == -math.inf


def test_a_climb_counts_from_the_height_on() -> None:
    losses = level_then(1.1, 1.2, 1.3)
    _, features, _ = evidence(losses)
    height = float(features.level[-1] - reference(features)[-1])

    assert evidence(losses, height - 1e-9)[0][-1] > -math.inf
    assert evidence(losses, height)[0][-1] == -math.inf


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_three_moves_are_needed(rows: int) -> None:
    assert evidence(np.linspace(1.0, 2.0, rows), height=0.0)[0].tolist() == [-math.inf] * rows


def test_the_fourth_row_can_be_a_climb() -> None:
    assert evidence(np.array([1.0, 1.3, 1.7, 2.2]), height=0.0)[0][3] > -math.inf


def test_a_run_that_learns_gives_no_evidence_at_any_row() -> None:
    assert np.all(evidence(falling(200))[0] == -math.inf)
