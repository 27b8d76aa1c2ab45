"""The cases: what a user brings, and how the run is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from bench.early.data import Data, classes, sheets, shuffled, spoilt, text
from local.bedrock.catalog import Catalog
from local.bedrock.schedule import AfterWarmUp
from local.demo.data import Format, conversation, prompt_completion

NOVA: Final = "amazon.nova-lite-v1:0:300k"
LLAMA: Final = "meta.llama3-1-8b-instruct-v1:0:128k"
FORMATS: Final[Mapping[str, Format]] = {NOVA: conversation, LLAMA: prompt_completion}

#: Records of a Nova case, and those kept back; as many as the standard library gives with some to draw from.
RECORDS, KEPT_BACK = 2000, 500
#: Sheets of a Llama case, and those kept back.
SHEETS, SHEETS_KEPT_BACK = 450, 100
#: Records of the case of small data; the fewest that Llama takes.
SMALL: Final = 100


class Reference(StrEnum):
    """Where the best reachable model is looked for beside the one-shot run."""

    NONE = ""
    SOUND_PART = "the sound part of the data alone"
    DEFAULT_RATE = "the family's default rate"


@dataclass(frozen=True, slots=True)
class Setting:
    """What is trained; cases that differ in their guarding only have it in common.

    Attributes:
        base: Base model.
        data: Draws the data by a seed.
        epochs: Passes.
        rate: Peak over the family's default.
        then: The service's schedule.
        reference: Where else the best reachable model is looked for.
    """

    base: str
    data: Callable[[int], Data]
    epochs: int = 1
    rate: Decimal = Decimal(1)
    then: AfterWarmUp = AfterWarmUp.DECAY
    reference: Reference = Reference.NONE

    @property
    def hyperparameters(self) -> dict[str, str]:
        """As a user writes them."""
        default = Catalog().models[self.base].hyperparameters["learningRate"].default
        return {"epochCount": str(self.epochs), "learningRate": f"{Decimal(str(default)) * self.rate:f}"}


@dataclass(frozen=True, slots=True)
class Case:
    """A setting and how the run is guarded.

    Attributes:
        kind: Which goal is asked of it: "healthy", "rate", "noise", "labels", "overfitting" or "low".
        name: In the table.
        setting: What is trained.
        segments: `run.segments` of the config; None for one job.
        sweep: `rehearsal.sweep`.
        after: The case that the account has run before, if any.
        accept: The refusals of pre-flight that the person overrules.
    """

    kind: str
    name: str
    setting: Setting
    segments: int | None = None
    sweep: bool = False
    after: "Case | None" = None
    accept: tuple[str, ...] = ()


def _text(seed: int) -> Data:
    return text(seed, RECORDS, KEPT_BACK)


def _sheets(seed: int) -> Data:
    return sheets(seed, SHEETS, SHEETS_KEPT_BACK)


def _small(seed: int) -> Data:
    return sheets(seed, SMALL, SHEETS_KEPT_BACK)


def _labels(seed: int) -> Data:
    return shuffled(classes(seed, RECORDS, KEPT_BACK), seed)


def _noise(share: float) -> Callable[[int], Data]:
    return lambda seed: spoilt(_text(seed), share, seed)


def _healthy() -> tuple[Case, ...]:
    """One epoch, whose first segment is the rehearsal, and four, with a rehearsal of its own.

    How many records a step of Nova takes is known once a job has shown it. Until then twice as many are
    guessed, and the rehearsal is twice as large.
    """
    short = tuple(_sound(1, then, segments) for then in AfterWarmUp for segments in (2, 3))
    long = tuple(_sound(4, then, segments, after=short[0]) for then in AfterWarmUp for segments in (2, 3))
    return (*short, *long, _sound(4, AfterWarmUp.DECAY, 2))


def _sound(epochs: int, then: AfterWarmUp, segments: int, after: Case | None = None) -> Case:
    first = ", first run" if epochs > 1 and after is None else ""
    name = f"{RECORDS} × {epochs} records, {then}, {segments} segments{first}"
    return Case("healthy", name, Setting(NOVA, _text, epochs, then=then), segments, after=after)


def _too_high() -> tuple[Case, ...]:
    """Pre-flight refuses the two higher ones before anything is spent; here a person has overruled it."""
    settings = {
        times: Setting(LLAMA, _sheets, 5, Decimal(times), reference=Reference.DEFAULT_RATE)
        for times in (10, 30, 100)
    }
    return tuple(
        Case("rate", f"{times} × the default rate", setting, accept=("HP030",) if times > 10 else ())
        for times, setting in settings.items()
    )


def _spoilt() -> tuple[Case, ...]:
    settings = {
        share: Setting(NOVA, _noise(share), reference=Reference.SOUND_PART) for share in (0.3, 0.6, 0.85)
    }
    return tuple(
        Case("noise", f"noise from {share:.0%}, {segments} segments", settings[share], segments)
        for share, segments in ((0.3, 3), (0.6, 3), (0.6, 4), (0.85, 3))
    )


def _overfitting() -> tuple[Case, ...]:
    setting = Setting(LLAMA, _small, 5)
    return tuple(
        Case("overfitting", f"{SMALL} records × 5, {segments} segments", setting, segments)
        for segments in (3, 5)
    )


def _too_low() -> tuple[Case, ...]:
    """A twentieth: a thirtieth of the default is below what Llama accepts."""
    setting = Setting(LLAMA, _sheets, 5, Decimal("0.05"), reference=Reference.DEFAULT_RATE)
    return (
        Case("low", "1/20 of the default rate", setting),
        Case("low", "1/20 of the default rate, with a sweep", setting, sweep=True),
    )


CASES: Final = (
    *_healthy(),
    *_too_high(),
    *_spoilt(),
    Case("labels", "labels shuffled, 3 segments", Setting(NOVA, _labels), 3),
    *_overfitting(),
    *_too_low(),
)
