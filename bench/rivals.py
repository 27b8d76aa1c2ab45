"""Published rules that read a loss point by point, for the comparison in bench.detectors.

river is installed for this alone, into an environment of its own (`make bench`).
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence

try:
    from river import drift
except ModuleNotFoundError as missing:
    raise SystemExit(
        "river is not installed here. `make bench` installs it into .venv-bench and runs this with it."
    ) from missing

#: Alarms raised over a whole curve, for the losses of its rows.
Rival = Callable[[Sequence[float]], int]
#: LLM Foundry's loss-spike rule: share of the run, and least rows, that its window takes in.
WINDOW_SHARE, LEAST_WINDOW = 0.05, 100
OUTLIER_RATIO, PATIENCE = 2.0, 4


def page_hinkley(losses: Sequence[float]) -> int:
    """The Page-Hinkley test of river as it comes, but for rises only."""
    test, alarms = drift.PageHinkley(mode="up"), 0
    for loss in losses:
        test.update(loss)
        alarms += test.drift_detected
    return alarms


def adwin(losses: Sequence[float]) -> int:
    """ADWIN of river as it comes."""
    test, alarms = drift.ADWIN(), 0
    for loss in losses:
        test.update(loss)
        alarms += test.drift_detected
    return alarms


def loss_spikes(losses: Sequence[float]) -> int:
    """LLM Foundry's loss-spike rule, from its description, with a running sum.

    An outlier is twice the mean of the window; more of them in a row than the patience are an alarm.
    """
    width = max(LEAST_WINDOW, round(WINDOW_SHARE * len(losses)))
    window: deque[float] = deque(maxlen=width)
    total, in_a_row, alarms = 0.0, 0, 0
    for loss in losses:
        if len(window) == width:
            in_a_row = in_a_row + 1 if loss >= OUTLIER_RATIO * total / width else 0
            alarms += in_a_row > PATIENCE
            total -= window[0]
        window.append(loss)
        total += loss
    return alarms


RIVALS: Mapping[str, Rival] = {
    "river PageHinkley": page_hinkley,
    "river ADWIN": adwin,
    "loss-spike loop": loss_spikes,
}
