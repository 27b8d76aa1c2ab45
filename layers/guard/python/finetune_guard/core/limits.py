"""The thresholds of each rule with their ranges, one value per signal.

Imports no numpy: the watch's quiet tick loads this module. Where a number comes from stands in
docs/signals.md.
"""

from dataclasses import dataclass, field

from finetune_guard.core.findings import Severity

_WARNING, _CRITICAL = Severity.WARNING, Severity.CRITICAL


@dataclass(frozen=True, slots=True)
class Limit:
    """What a threshold may be.

    Attributes:
        low: Least value accepted.
        high: Greatest value accepted.
        meaning: What the rule does with it, in a phrase.
        whole: Whether only whole numbers are accepted.
    """

    low: float
    high: float
    meaning: str
    whole: bool = False


def _limit(default: float, low: float, high: float, meaning: str) -> float:
    return field(default=default, metadata={"limit": Limit(low, high, meaning)})


def _count(default: int, low: int, high: int, meaning: str) -> int:
    return field(default=default, metadata={"limit": Limit(low, high, meaning, whole=True)})


@dataclass(frozen=True, slots=True)
class NonFiniteLimits:
    """Not a number, or infinite."""

    loss_points: int = _count(1, 1, 1_000, "non-finite losses that make a finding")
    grad_points: int = _count(3, 1, 1_000, "non-finite gradient norms in a row that make a finding")
    severity: Severity = _CRITICAL


@dataclass(frozen=True, slots=True)
class LossSpikeLimits:
    """A jump that does not come back."""

    ratio: float = _limit(1.4, 1.05, 100, "times the lowest level that the loss jumps to and stays at")
    noise: float = _limit(0.7, 0, 10, "times the curve's own noise that is added to the ratio")
    wait_points: int = _count(3, 1, 1_000, "points that a blip may last")
    wait_share: float = _limit(0.055, 0, 0.5, "share of the run that a blip may last")
    steadiness: float = _limit(0, -5, 1_000, "log likelihood ratio of an even climb that saves a point")
    instant_ratio: float = _limit(10, 2, 1e6, "times the highest loss so far that is a spike at once")
    minimum_points: int = _count(10, 3, 1_000, "points before the rule speaks")
    severity: Severity = _CRITICAL


@dataclass(frozen=True, slots=True)
class DivergenceLimits:
    """A loss that rises and stays."""

    ratio: float = _limit(1.4, 1.05, 100, "times the lowest level that the loss rises to and stays at")
    noise: float = _limit(0.7, 0, 10, "times the curve's own noise that is added to the ratio")
    wait_points: int = _count(3, 1, 1_000, "points that a rise may last before it counts")
    wait_share: float = _limit(0.055, 0, 0.5, "share of the run that a rise may last before it counts")
    steadiness: float = _limit(0, -5, 1_000, "log likelihood ratio of an even climb that saves a point")
    climb_ratio: float = _limit(1.25, 1.02, 100, "times the lowest level, for a rise that is still climbing")
    climb_share: float = _limit(0.06, 0, 0.5, "share of the run that a climb must last")
    unlearned_ratio: float = _limit(1.1, 1.01, 100, "times the first loss, where nothing was ever learned")
    unlearned_share: float = _limit(
        0.15, 0.05, 1, "share of the run after which never having been better counts"
    )
    unlearned_points: int = _count(12, 3, 1_000, "points that one pass of a data-order pattern may last")
    warm_up_share: float = _limit(0.15, 0, 0.5, "share of the run in which a hump is excused")
    warm_up_ratio: float = _limit(1.75, 1.05, 100, "times the lowest level from which no hump is excused")
    warn_ratio: float = _limit(
        1.15, 1.02, 100, "times the lowest level from which a lasting rise is warned of"
    )
    warn_share: float = _limit(0.08, 0, 0.5, "share of the run after which a smaller rise is warned of")
    minimum_points: int = _count(10, 3, 1_000, "points before the rule speaks")
    severity: Severity = _CRITICAL


@dataclass(frozen=True, slots=True)
class CollapseLimits:
    """Pinned at zero or at a chance level."""

    ratio: float = _limit(1.2, 1.02, 100, "times the lowest loss from which a pinned loss is a collapse")
    band: float = _limit(0.004, 0, 0.1, "share of its level within which a loss counts as pinned")
    coincidence: float = _limit(0.02, 1e-9, 1, "chance that the run's own noise pins it somewhere in the run")
    zero_points: int = _count(3, 2, 1_000, "exact zeros in a row that make a finding from the first point on")
    zero_level: float = _limit(
        0.03, 0, 1, "share of the first loss that a smooth fall to zero passes through"
    )
    severity: Severity = _CRITICAL


@dataclass(frozen=True, slots=True)
class StagnationLimits:
    """Flat above what it should reach."""

    improvement: float = _limit(0.03, 0, 0.5, "share of the first level that must be gained")
    share: float = _limit(0.3, 0.05, 1, "share of the run after which it must have been gained")
    chance_band: float = _limit(0.012, 0, 0.1, "distance to ln K, as a share, that counts as a chance level")
    minimum_points: int = _count(10, 3, 1_000, "points before the rule speaks")
    severity: Severity = _WARNING


@dataclass(frozen=True, slots=True)
class OscillationLimits:
    """Swings that gain nothing."""

    swing: float = _limit(0.45, 0.05, 2, "from trough to peak, as a share of the mean loss")
    share: float = _limit(0.5, 0.1, 1, "share of the run that the swings must fill")
    suspected_share: float = _limit(0.25, 0.05, 1, "share of the run from which they are suspected")
    turns: int = _count(4, 2, 1_000, "changes from one side of the mean to the other")
    foretold: float = _limit(0.3, 0, 1, "share of a row's spread that earlier rows foretell")
    chance: float = _limit(0.0005, 1e-9, 1, "chance that white noise is foretold as well")
    progress: float = _limit(0.1, 0, 1, "fall from the first to the second half that is a net gain")
    minimum_points: int = _count(12, 8, 1_000, "points that the swings must fill at least")
    severity: Severity = _WARNING


@dataclass(frozen=True, slots=True)
class OverfittingLimits:
    """Validation loss rises while training loss falls."""

    rise: float = _limit(0.03, 0.001, 10, "rise over the lowest validation loss that is warned of")
    noticed: float = _limit(0.02, 0.001, 10, "rise from which an evaluation counts as above the lowest")
    at_once: float = _limit(0.2, 0.01, 10, "rise that is warned of at a single evaluation")
    evaluations: int = _count(3, 2, 1_000, "evaluations before the rule speaks")
    severity: Severity = _WARNING


@dataclass(frozen=True, slots=True)
class EstimatedGradientLimits:
    """A descent that turned, and a loss that became noisy."""

    noise_index: float = _limit(3, 1, 1_000, "times the baseline's noise above which a row is too noisy")
    slope_errors: float = _limit(2, 0, 100, "standard errors above which a slope is one")
    level_spreads: float = _limit(4, 0, 100, "times the baseline's MAD that the level may lie above it")
    windows: int = _count(3, 1, 100, "windows in a row that must say so")
    window_share: float = _limit(0.1, 0.01, 0.5, "share of the run that a window takes")
    window_points: int = _count(8, 5, 1_000, "points that a window has at least")
    warm_up_share: float = _limit(0.1, 0, 0.5, "share of the run that is taken to be warm-up")
    severity: Severity = _WARNING


@dataclass(frozen=True, slots=True)
class StepTimeLimits:
    """Steps that take longer than they did."""

    ratio: float = _limit(3, 1.2, 1_000, "times the usual step time that slow steps take")
    recent_points: int = _count(5, 2, 1_000, "last rows that must be slow, a fifth of them excepted")
    recent_share: float = _limit(0.03, 0, 0.5, "share of the rows so far that must be slow as well")
    minimum_points: int = _count(10, 4, 1_000, "rows with a step time before the rule speaks")
    jobs: int = _count(3, 1, 8, "finished jobs of the base model that an estimate is compared with")
    severity: Severity = _WARNING


@dataclass(frozen=True, slots=True)
class MemoryLimits:
    """Memory that grows and grows."""

    growth: float = _limit(0.2, 0.01, 100, "share of the level at its start that a rise must reach")
    share: float = _limit(0.25, 0.02, 1, "share of the run that a rise must last")
    evenness: float = _limit(0.6, 0, 1, "share of the mean rise of a sixth that each sixth must have")
    minimum_points: int = _count(20, 18, 1_000, "rows with a memory before the rule speaks")
    severity: Severity = _WARNING


@dataclass(frozen=True, slots=True)
class PhaseStallLimits:
    """A phase that does not begin, or does not end."""

    training_start_hours: float = _limit(3, 1e-4, 1_000, "hours from validated data to the start of training")
    validation_hours: float = _limit(2, 1e-4, 1_000, "hours that the validation of the data may last")
    processing_hours: float = _limit(4, 1e-4, 1_000, "hours that data processing may last")
    severity: Severity = _WARNING


@dataclass(frozen=True, slots=True)
class NoProgressLimits:
    """Nothing moves any more."""

    rhythm: float = _limit(10, 2, 1_000, "times the job's own time between new rows without a new one")
    least_hours: float = _limit(0.5, 1e-4, 1_000, "hours without a new row that are always granted")
    silent_hours: float = _limit(
        24, 1e-4, 1_000, "hours without a change of status or phase, without a live curve"
    )
    severity: Severity = _WARNING


@dataclass(frozen=True, slots=True)
class RejectedRecordsLimits:
    """Records that the service did not accept."""

    warn_share: float = _limit(0.0, 0, 1, "share of rejected records above which it is a warning, not a note")
    critical_share: float = _limit(0.2, 0, 1, "share of rejected records from which it is critical")
    severity: Severity = _WARNING
