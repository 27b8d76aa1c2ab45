import pytest

from finetune_guard.core.thresholds import ThresholdPack, limits
from tests.curves.dial import AS_DELIVERED, STRICTNESSES, pack_at

PACK = ThresholdPack()


def test_as_delivered_nothing_is_changed() -> None:
    assert pack_at(PACK, AS_DELIVERED) == PACK


def test_twice_as_strict_squares_a_ratio_and_doubles_a_wait() -> None:
    made = pack_at(PACK, 2)

    assert made.loss_spike.ratio == pytest.approx(PACK.loss_spike.ratio**2)
    assert made.divergence.wait_share == pytest.approx(2 * PACK.divergence.wait_share)
    assert made.loss_spike.wait_points == 2 * PACK.loss_spike.wait_points
    assert made.loss_spike.minimum_points == PACK.loss_spike.minimum_points


@pytest.mark.parametrize("strictness", [*STRICTNESSES, 0.01, 100])
def test_no_threshold_leaves_its_range_and_no_other_rule_is_touched(strictness: float) -> None:
    made = pack_at(PACK, strictness)

    for key, default, limit in limits():
        rule, name = key.split(".")
        value = getattr(getattr(made, rule), name)
        assert limit.low <= value <= limit.high
        assert value == default or rule in ("loss_spike", "divergence")
