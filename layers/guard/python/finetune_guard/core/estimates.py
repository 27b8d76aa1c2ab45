"""What a run will train and cost, job by job, as values."""

from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.cost import CostRange, total
from finetune_guard.core.plans import AT_ONCE, Price, Stage, TokenRange, part_words

#: What a job starts from that starts from no custom model.
BASE = "base"


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """One stage, before it is planned: one try of the rehearsal, and the full run whole, however it is cut.

    Attributes:
        stage: Which.
        records: Training records; None where the data was not read.
        epochs: Passes over them.
        steps: Optimizer steps expected; None where nobody can say.
        tokens: Tokens of all passes; None where the data was not read.
        cost_usd: US dollars; None where tokens or price are unknown.
    """

    stage: Stage
    records: int | None
    epochs: int
    steps: int | None
    tokens: TokenRange | None
    cost_usd: CostRange | None


@dataclass(frozen=True, slots=True)
class JobEstimate:
    """One job of the run, before it is planned.

    Attributes:
        stage: The stage that it belongs to.
        segment: Which segment of the full run it is, from 1; 0 where it is none.
        candidate: Which rate of a sweep it tries, from 0.
        part: Stage or segment in one word, such as "segment-2".
        starts_from: "base", or the part whose model it starts from.
        records: Training records; None where the data was not read.
        epochs: Passes over them.
        steps: Optimizer steps expected; None where nobody can say.
        rate: What it is sent as learning rate; None where a sweep will choose it, or the base has none.
        rate_share: Share of the run's peak rate that it is sent, above 0 and at most 1.
        tokens: Tokens of all passes; None where the data was not read.
        cost_usd: US dollars; None where tokens or price are unknown.
    """

    stage: Stage
    segment: int
    candidate: int
    part: str
    starts_from: str
    records: int | None
    epochs: int
    steps: int | None
    rate: Decimal | None
    rate_share: Decimal
    tokens: TokenRange | None
    cost_usd: CostRange | None

    @property
    def words(self) -> str:
        """What a person calls it."""
        return part_words(self.stage, self.segment)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will train and cost.

    Attributes:
        stages: In the order in which they run.
        price: The price that counts; None where none is known.
        jobs: Every job of a run without trouble, in the order in which they run.
        notes: What was asked and is not possible, and what was weighed; sentences for a person.
        rate_key: Name of the learning rate; None where the base has none.
        at_once: Jobs of a sweep that may run at the same time.
    """

    stages: tuple[StageEstimate, ...]
    price: Price | None
    jobs: tuple[JobEstimate, ...] = ()
    notes: tuple[str, ...] = ()
    rate_key: str | None = None
    at_once: int = AT_ONCE

    @property
    def cost_usd(self) -> CostRange | None:
        """Of all jobs, each once; None where it is not known."""
        return total(job.cost_usd for job in self.jobs)

    def of(self, stage: Stage) -> tuple[JobEstimate, ...]:
        """The jobs of one stage; none where the run has none such."""
        return tuple(job for job in self.jobs if job.stage is stage)
