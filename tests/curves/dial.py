"""One dial for how much is asked before a stop: the strictness, 1 as delivered."""

from collections.abc import Iterator

from finetune_guard.core.thresholds import ThresholdPack, limits, override

AS_DELIVERED = 1.0
STRICTNESSES = (0.5, 0.65, 0.8, AS_DELIVERED, 1.25, 1.5, 2.0)
_RULES = ("loss_spike.", "divergence.")


def pack_at(pack: ThresholdPack, strictness: float) -> ThresholdPack:
    """The pack with every ratio and every wait of a loss spike and of a divergence scaled.

    Args:
        pack: What is scaled.
        strictness: Above 0. Doubled, a rise must be the square of what it had to be, and last twice as
            long. A threshold stops at the end of its range.
    """
    scaled = override(pack, dict(_scaled(pack, strictness)))
    assert isinstance(scaled, ThresholdPack), scaled
    return scaled


def _scaled(pack: ThresholdPack, strictness: float) -> Iterator[tuple[str, float]]:
    for key, _, limit in limits():
        rule, name = key.split(".")
        value: float = getattr(getattr(pack, rule), name)
        if not key.startswith(_RULES) or name == "minimum_points":
            continue
        if name.endswith("ratio"):
            made = value**strictness
        elif name.endswith(("_share", "_points")):
            made = strictness * value
        else:
            continue
        kept = min(max(made, limit.low), limit.high)
        yield key, round(kept) if limit.whole else kept
