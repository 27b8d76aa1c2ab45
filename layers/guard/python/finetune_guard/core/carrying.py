"""What a segment takes over from the run that it is a piece of, and what the cuts cost.

Bedrock is taken to start the optimizer, the warm-up and whatever decay it has anew in every job; it documents
no decay. Each restart at the run's whole peak undoes part of what was learnt. The rule here knows nothing of
the service's schedule; it was chosen by trained runs under two of them (docs/early.md, "What a segment
costs").
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import accumulate, pairwise
from typing import Final

#: Three digits: a rate is written for people too.
_DIGIT: Final = Decimal("0.001")
#: Of the segment's steps, after a restart (docs/early.md).
_LEAST_WARM_UP: Final = Decimal("0.2")


@dataclass(frozen=True, slots=True)
class Carried:
    """What one segment makes of the run's rate and warm-up.

    Attributes:
        peak: Share of the run's peak learning rate, above 0 and at most 1.
        least_warm_up: Share of the segment's own steps that warm up at least, 0 to 1; 0 where nothing was
            restarted.
    """

    peak: Decimal
    least_warm_up: Decimal

    def rate(self, run: Decimal, minimum: Decimal) -> Decimal:
        """The segment's peak from the run's, in the same unit; never below what the base accepts."""
        return max(minimum, run * self.peak)

    def warm_up(self, run: int, steps: int | None) -> int:
        """The segment's warm-up in steps: the run's own, or more after a restart.

        A segment shorter than the run's warm-up keeps it, and never reaches its peak. The caller holds the
        base's limit.

        Args:
            run: Warm-up of the whole run, in steps, from 0.
            steps: Steps of the segment; None where nobody can say, and then the run's warm-up stays.
        """
        return max(run, math.floor(self.least_warm_up * (steps or 0)))


def carried(sizes: Sequence[float]) -> tuple[Carried, ...]:
    """How each segment is set: its peak is the share of the run that is left when it starts.

    Args:
        sizes: Of the segments, in order, each above 0: their steps, records or shares of the run. Only their
            ratios count.

    Returns:
        One for each segment. The first is the run itself, and peaks never rise.
    """
    done, whole = accumulate(sizes[:-1]), sum(sizes)
    restarted = (Carried(_peak(1 - each / whole), _LEAST_WARM_UP) for each in done)
    return (Carried(Decimal(1), Decimal(0)), *restarted) if sizes else ()


def _peak(left: float) -> Decimal:
    return max(_DIGIT, Decimal(left).quantize(_DIGIT, ROUND_HALF_EVEN))


@dataclass(frozen=True, slots=True)
class RestartCost:
    """By how much a cut run is expected to end above the same run uncut.

    Attributes:
        low, high: Shares of the final validation loss, 0.01 for 1 %; below 0 the cut run ends lower.
        source: A sentence that says what the numbers rest on.
    """

    low: float
    high: float
    source: str


#: Segments, and the least and most of all trained runs under the rule of `carried`: at the default rate, a
#: third and a tenth of it for two and three, at the default for five (docs/early.md, "What a segment costs").
_WITH_WARM_UP: Final = ((1, 0.0, 0.0), (2, -0.055, 0.012), (3, -0.071, 0.017), (5, -0.077, 0.028))
#: The same for a base that takes no warm-up; at the default rate.
_WITHOUT: Final = ((1, 0.0, 0.0), (2, -0.055, 0.013), (3, -0.073, 0.025))
_SEEN: Final = "trained runs of a small network under two schedules (docs/early.md); a large model may differ"


def restart_cost(segments: int, takes_warm_up: bool = True) -> RestartCost:
    """What cutting a run into equal segments costs it under the rule of `carried`; nothing for one segment.

    Between what was measured a straight line is taken. Beyond it the high end goes on along the last line and
    the low end stays: an extrapolation, and the source says so.

    Args:
        segments: From 1.
        takes_warm_up: Whether the base has a warm-up that can be set.
    """
    points = _WITH_WARM_UP if takes_warm_up else _WITHOUT
    last = points[-1][0]
    before, after = next((pair for pair in pairwise(points) if segments <= pair[1][0]), points[-2:])
    along = (segments - before[0]) / (after[0] - before[0])
    low, high = (old + (new - old) * along for old, new in zip(before[1:], after[1:], strict=True))
    if segments > last:
        return RestartCost(after[1], high, f"extrapolated from {last} segments: {_SEEN}")
    measured = segments in {count for count, _, _ in points}
    how = "measured" if measured else f"between {before[0]} and {after[0]} segments"
    return RestartCost(low, high, f"{how}: {_SEEN}" if segments > 1 else "one segment is the run itself")
