"""Runs that are cut into jobs: the stand-in's own training, each job from the weights of the one before."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from random import Random
from typing import Final

from local.bedrock.model import ByteModel, Floats
from local.bedrock.rates import HIDDEN_BATCH, Training, default_rate
from local.bedrock.records import Example, read_records
from local.bedrock.schedule import AfterWarmUp
from local.bedrock.training import train, validation_loss
from local.bedrock.weights import BASE_WEIGHTS, read_weights
from local.demo.data import library as every_pair

RECORDS: Final = 2000
KEPT_BACK: Final = 500
#: Nova's default.
WARM_UP: Final = 10


@dataclass(frozen=True, slots=True)
class Case:
    """A run, and how many jobs it is cut into.

    Attributes:
        shares: Of the run's steps, one for each segment.
        epochs: Passes over the records.
        then: The service's schedule.
        rate: Peak over the rate that the family's default means.
        warm_up: Steps of the whole run.
    """

    shares: tuple[float, ...]
    epochs: int
    then: AfterWarmUp
    rate: float = 1.0
    warm_up: int = WARM_UP


@dataclass(frozen=True, slots=True)
class Segment:
    """A job: places `start` to `end` in the run's stream of records, its own peak and warm-up."""

    start: int
    end: int
    peak: float
    warm_up: int

    @property
    def steps(self) -> int:
        """Optimizer steps."""
        return -(-(self.end - self.start) // HIDDEN_BATCH)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a segment starts.

    Attributes:
        place: Segments before it.
        done: Share of the run's steps before it.
        share: Its own share of them.
        steps: Its steps.
        last: Whether none follows.
    """

    place: int
    done: float
    share: float
    steps: int
    last: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of carrying.

    Attributes:
        name: In the table.
        peak: Share of the run's peak.
        warm_up: Steps, from those of the whole run.
    """

    name: str
    peak: Callable[[Start], float]
    warm_up: Callable[[Start, int], int] = lambda _start, run: run


#: What decides a model, the records apart: schedule, rate and the jobs so far.
Trained = tuple[AfterWarmUp, float, tuple[Segment, ...]]


class Draw:
    """Records of one seed, and every model that was trained on them so far."""

    def __init__(self, seed: int) -> None:
        drawn = Random(seed).sample(library(), RECORDS + KEPT_BACK)
        self._records = read_records(drawn[:RECORDS], "prompt-completion").examples
        self._kept_back = read_records(drawn[RECORDS:], "prompt-completion").examples
        self._models: dict[Trained, Floats] = {}
        self._losses: dict[Trained, float] = {}

    def cost(self, rule: Rule, case: Case) -> float:
        """By how much the cut run ends above the whole one, as a share of its loss."""
        whole = Segment(0, RECORDS * case.epochs, 1.0, case.warm_up)
        return self._loss(case, segments(rule, case)) / self._loss(case, (whole,)) - 1

    def _loss(self, case: Case, run: tuple[Segment, ...]) -> float:
        key = (case.then, case.rate, run)
        if key not in self._losses:
            self._losses[key] = validation_loss(ByteModel(self._trained(case, run)), self._kept_back)
        return self._losses[key]

    def _trained(self, case: Case, run: tuple[Segment, ...]) -> Floats:
        """The weights after some segments; a model that was trained before is not trained again."""
        if not run:
            return read_weights(BASE_WEIGHTS)
        key = (case.then, case.rate, run)
        if key not in self._models:
            model = ByteModel(self._trained(case, run[:-1]).copy())
            for _ in train(model, self._stream(run[-1]), [], training(case, run[-1])):
                pass
            self._models[key] = model.parameters
        return self._models[key]

    def _stream(self, segment: Segment) -> list[Example]:
        return [self._records[place % RECORDS] for place in range(segment.start, segment.end)]


@cache
def library() -> tuple[bytes, ...]:
    """Every record that the standard library gives, as lines of a file."""
    return tuple(
        json.dumps({"prompt": asked, "completion": answer}).encode() for asked, answer in every_pair()
    )


def segments(rule: Rule, case: Case) -> tuple[Segment, ...]:
    """The jobs of a run under a rule, cut between steps."""
    whole = RECORDS * case.epochs
    cuts = [
        HIDDEN_BATCH * round(whole * done / HIDDEN_BATCH) for done in accumulate(case.shares, initial=0.0)
    ]
    return tuple(_segment(rule, case, place, start, end) for place, (start, end) in enumerate(pairwise(cuts)))


def _segment(rule: Rule, case: Case, place: int, start: int, end: int) -> Segment:
    whole, records = RECORDS * case.epochs, end - start
    at = Start(place, start / whole, records / whole, records // HIDDEN_BATCH, last=end == whole)
    return Segment(start, end, rule.peak(at), rule.warm_up(at, case.warm_up))


def training(case: Case, segment: Segment) -> Training:
    """What the network is trained with in one job."""
    peak = default_rate(HIDDEN_BATCH) * case.rate * segment.peak
    return Training(1, HIDDEN_BATCH, peak, segment.warm_up, None, 1, case.then)
