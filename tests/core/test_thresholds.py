import math

import pytest

from finetune_guard.core.findings import STOPPING_SIGNALS, Severity, Signal
from finetune_guard.core.thresholds import ThresholdPack, ThresholdProblem, limits, override, pack_for


def changed(overrides: dict[str, object]) -> ThresholdPack:
    pack = override(ThresholdPack(), overrides)
    assert isinstance(pack, ThresholdPack), pack
    return pack


def problems(overrides: dict[str, object]) -> list[ThresholdProblem]:
    found = override(ThresholdPack(), overrides)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("overrides", [{"loss_spike.ratio": 2.5}, {"loss_spike": {"ratio": 2.5}}])
def test_a_threshold_is_set_by_a_dotted_or_a_nested_key(overrides: dict[str, object]) -> None:
    pack = changed(overrides)

    assert pack.loss_spike.ratio == 2.5
    assert pack.divergence == ThresholdPack().divergence


def test_several_thresholds_of_one_rule_are_set_together() -> None:
    pack = changed({"loss_spike": {"ratio": 2, "wait_points": 7}, "loss_spike.wait_share": 0})

    assert (pack.loss_spike.ratio, pack.loss_spike.wait_points, pack.loss_spike.wait_share) == (2, 7, 0)


def test_hours_may_be_fractions() -> None:
    assert changed({"phase_stall.training_start_hours": 0.005}).phase_stall.training_start_hours == 0.005


def test_a_whole_number_may_come_as_a_float() -> None:
    wait = changed({"loss_spike.wait_points": 5.0}).loss_spike.wait_points

    assert wait == 5
    assert isinstance(wait, int)


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("loss_spike.rato", "loss_spike.ratio"), ("loss_spik.ratio", "loss_spike.ratio"), ("ratio", "ratio")],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(key: str, nearest: str) -> None:
    (problem,) = problems({key: 2.5})

    assert problem.key == key
    assert nearest in problem.expected


@pytest.mark.parametrize("value", [0.5, 1e9, -1, math.nan, math.inf, True, "2", None, [2]])
def test_a_value_out_of_range_or_of_another_kind_is_refused(value: object) -> None:
    (problem,) = problems({"loss_spike.ratio": value})

    assert problem.key == "loss_spike.ratio"
    assert problem.given == repr(value)
    assert "1.05 to 100" in problem.expected


def test_a_fraction_where_a_count_is_meant_is_refused() -> None:
    (problem,) = problems({"loss_spike.wait_points": 2.5})

    assert "a whole number" in problem.expected


def test_every_problem_is_told_at_once() -> None:
    found = problems({"nonsense": 1, "collapse": {"ratio": 0, "x": 1}, "loss_spike.ratio": 2})

    assert [problem.key for problem in found] == ["nonsense", "collapse.ratio", "collapse.x"]


def test_a_severity_is_no_threshold() -> None:
    assert problems({"loss_spike.severity": 1})


@pytest.mark.parametrize("key", [key for key, _, _ in limits()])
def test_each_default_lies_in_its_own_range_and_both_ends_are_accepted(key: str) -> None:
    default, limit = next((default, limit) for name, default, limit in limits() if name == key)

    assert limit.low <= default <= limit.high
    assert changed({key: limit.low})
    assert changed({key: limit.high})
    assert problems({key: limit.high * 2 + 1})


def test_only_critical_signals_that_do_not_recover_may_stop() -> None:
    pack = ThresholdPack()
    critical = {
        signal
        for signal in Signal
        if signal is not Signal.COULD_NOT_JUDGE and pack.rule(signal).severity is Severity.CRITICAL
    }

    assert critical == STOPPING_SIGNALS


def test_what_could_not_be_judged_has_no_rule() -> None:
    with pytest.raises(KeyError):
        ThresholdPack().rule(Signal.COULD_NOT_JUDGE)


def test_a_family_without_a_pack_of_its_own_has_the_default() -> None:
    assert pack_for("meta-llama-3.1") == pack_for("never heard of") == ThresholdPack()


def test_the_loss_of_a_policy_never_stops_a_job_but_a_non_finite_one_does() -> None:
    pack = pack_for("amazon-nova-2-rft")

    assert pack.divergence.severity is Severity.INFO
    assert pack.non_finite.severity is Severity.CRITICAL


def test_a_diffusion_model_is_not_warned_of_for_being_flat() -> None:
    assert pack_for("amazon-nova-canvas").stagnation.severity is Severity.INFO
