import math
from pathlib import Path

import numpy as np
import pytest

from finetune_guard.core.findings import Severity, Signal
from finetune_guard.core.judging import RehearsalVerdict, judge, judge_rehearsal
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.metrics.series import Curve, Floats
from finetune_guard.core.thresholds import pack_for
from finetune_guard.core.verdict import Evidence, Verdict, VerdictKind
from tests.core.detectors.curves import PACK, curve, falling, series

REAL = sorted(Path("tests/data/bedrock").glob("*.csv"))


def verdict(whole: Curve) -> Verdict:
    return judge(whole, PACK, Evidence.LIVE_CURVE)


def rehearsed(losses: Floats | list[float]) -> RehearsalVerdict:
    return judge_rehearsal(curve(losses), PACK, Evidence.CURVE_AT_COMPLETION)


def spiked(rows: int = 60) -> Floats:
    losses = falling(rows)
    losses[rows // 2 :] *= 3
    return losses


class TestJudge:
    def test_a_run_that_learns_is_healthy(self) -> None:
        made = verdict(curve(falling(60)))

        assert made.kind is VerdictKind.HEALTHY
        assert made.evidence is Evidence.LIVE_CURVE
        assert made.findings == ()
        assert made.rows == 60
        assert not made.short

    def test_an_unrecovered_spike_is_diverged_and_says_so(self) -> None:
        made = verdict(curve(spiked()))

        assert made.kind is VerdictKind.DIVERGED
        assert made.findings[0].may_stop
        assert made.reason == made.findings[0].sentence

    def test_overfitting_is_suspicious(self) -> None:
        validation = series([1.5, 1.2, 1.3, 1.4, 1.5], [10, 20, 30, 40, 50])

        made = verdict(curve(falling(60), validation=validation))

        assert made.kind is VerdictKind.SUSPICIOUS
        assert [finding.signal for finding in made.findings] == [Signal.OVERFITTING]

    def test_ten_rows_are_judged_and_labelled_short(self) -> None:
        made = verdict(curve(falling(10)))

        assert made.kind is VerdictKind.HEALTHY
        assert made.short
        assert "short" in made.reason

    @pytest.mark.parametrize("rows", [0, 1, 9])
    def test_fewer_than_ten_rows_are_inconclusive(self, rows: int) -> None:
        assert verdict(curve(falling(rows))).kind is VerdictKind.INCONCLUSIVE

    @pytest.mark.parametrize("losses", [[1.0, math.nan], [0.0, 0.0, 0.0], [14578.0, 0.0]])
    def test_unless_they_are_non_finite_or_pinned(self, losses: list[float]) -> None:
        assert verdict(curve(losses)).kind is VerdictKind.DIVERGED

    def test_a_note_alone_leaves_a_curve_healthy(self) -> None:
        made = judge(curve(spiked()), pack_for("amazon-nova-2-rft"), Evidence.LIVE_CURVE)

        assert made.kind is VerdictKind.HEALTHY
        assert made.findings
        assert {finding.severity for finding in made.findings} == {Severity.INFO}

    def test_the_most_severe_finding_comes_first(self) -> None:
        validation = series([1.5, 1.2, 1.3, 1.4, math.nan], [5, 10, 15, 20, 25])

        made = verdict(curve([*falling(40), math.nan], validation=validation))

        severities = [finding.severity for finding in made.findings]
        assert severities == [Severity.CRITICAL, Severity.WARNING]

    @pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
    def test_a_real_bedrock_curve_is_healthy_and_quiet(self, path: Path) -> None:
        made = verdict(read_curve(path.name, path.read_bytes()))

        assert made.kind is VerdictKind.HEALTHY
        assert made.findings == ()

    def test_both_real_curves_are_there(self) -> None:
        assert len(REAL) == 2


class TestRehearsal:
    @pytest.mark.parametrize("rows", [18, 30, 50, 100])
    def test_a_learning_curve_that_falls_from_its_first_row_is_healthy(self, rows: int) -> None:
        made = rehearsed(falling(rows))

        assert made.verdict.kind is VerdictKind.HEALTHY
        assert not made.too_hot

    @pytest.mark.parametrize("rows", [18, 30, 50, 100])
    def test_a_blow_up_that_falls_to_a_plateau_above_its_first_row_is_too_hot(self, rows: int) -> None:
        time = np.arange(rows)
        losses = 2.29 * np.where(time == 0, 1.0, 1.35 + np.exp(-time / (rows / 8)))
        losses *= np.exp(np.random.default_rng(1).normal(0, 0.04, rows))

        made = rehearsed(losses)

        assert made.too_hot
        assert made.verdict.kind is VerdictKind.DIVERGED
        assert made.verdict.findings[0].signal in {Signal.DIVERGENCE, Signal.LOSS_SPIKE}

    def test_a_loss_that_rises_in_its_last_third_is_too_hot(self) -> None:
        losses = np.concatenate([np.linspace(2.0, 1.5, 20), np.linspace(1.5, 1.7, 20)])
        losses *= np.exp(np.random.default_rng(0).normal(0, 0.02, 40))

        made = rehearsed(losses)

        assert made.too_hot
        assert made.verdict.findings[0].detector_version == "rehearsal-2"
        assert "too hot" in made.verdict.reason

    def test_a_non_finite_loss_is_too_hot(self) -> None:
        assert rehearsed([2.0, 3.0, math.nan]).too_hot

    def test_nothing_learned_is_too_cold_and_only_suspicious(self) -> None:
        losses = 1.5 * np.exp(np.random.default_rng(3).normal(0, 0.05, 60))

        made = rehearsed(losses)

        assert made.verdict.kind is VerdictKind.SUSPICIOUS
        assert not made.too_hot
        assert "less than its own noise" in made.verdict.reason

    @pytest.mark.parametrize("rows", [0, 5, 9])
    def test_short_curves_and_no_curve_are_inconclusive(self, rows: int) -> None:
        made = rehearsed(falling(rows))

        assert made.verdict.kind is VerdictKind.INCONCLUSIVE
        assert not made.too_hot

    def test_rows_that_are_not_finite_do_not_count_as_rows(self) -> None:
        made = judge_rehearsal(curve([math.nan] * 20), PACK, Evidence.CURVE_AT_COMPLETION)

        assert made.too_hot

    def test_healthy_rehearsals_are_hardly_ever_called_too_hot(self) -> None:
        # Measured over 400 runs of each kind: docs/signals.md, "A rehearsal"
        rng = np.random.default_rng(11)
        hot = 0
        for _ in range(200):
            rows = int(rng.integers(18, 101))
            time = np.arange(rows) / rows
            losses = (1.5 - 0.5 * (1 - np.exp(-4 * time))) * np.exp(rng.normal(0, 0.08, rows))
            hot += rehearsed(losses).too_hot

        assert hot <= 2
