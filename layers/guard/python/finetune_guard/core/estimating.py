"""What each stage of a run will train, and for how much, before anything is planned or cut.

The split and the sample are those that the plan will make, at the mean length of the file's records: the
split goes by hash and the sample is stratified by length, so both are as long as the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from finetune_guard.core.cost import CostRange, cost_of, total
from finetune_guard.core.datasets.splitting import SHARE
from finetune_guard.core.decisions import Mode
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.planning import sample_size
from finetune_guard.core.plans import Price, Stage, TokenRange


@dataclass(frozen=True, slots=True)
class StageEstimate:
    """One stage, before it is planned.

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
class Estimate:
    """What a run will train and cost.

    Attributes:
        stages: In the order in which they run.
        price: The price that counts; None where none is known.
    """

    stages: tuple[StageEstimate, ...]
    price: Price | None

    @property
    def cost_usd(self) -> CostRange | None:
        """Of all stages, each once; None where it is not known."""
        return total(stage.cost_usd for stage in self.stages)

    def of(self, stage: Stage) -> StageEstimate | None:
        """One stage; None where the run has none such."""
        return next((each for each in self.stages if each.stage is stage), None)


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be estimated.

    Attributes:
        setting: Base, hyperparameters, records and batch.
        tokens: Tokens of one pass over the whole training file; None where none of its records could be read.
        mode: Which machine will carry the run.
        rehearsal_steps: Steps that the rehearsal aims at.
        price: The price that counts; None where none is known.
    """

    setting: Setting
    tokens: TokenRange | None
    mode: Mode
    rehearsal_steps: int
    price: Price | None


def estimate(demand: Demand) -> Estimate:
    """The stages of a run with their costs."""
    return Estimate(tuple(_stages(demand)), demand.price)


def _stages(demand: Demand) -> Iterator[StageEstimate]:
    setting, train = demand.setting, _training_records(demand.setting)
    if demand.mode is not Mode.FULL_RUN:
        sample = sample_size(setting.base, setting.batch, demand.rehearsal_steps)
        yield _stage(demand, Stage.REHEARSAL, sample if train is None else min(sample, train), 1)
    if demand.mode is not Mode.MINI_RUN:
        yield _stage(demand, Stage.FULL, train, setting.epochs)


def _training_records(setting: Setting) -> int | None:
    """What is left to train on when validation records are set apart (datasets/splitting.py)."""
    if setting.records is None or not setting.will_split:
        return setting.records
    most = setting.base.limits.max_validation or setting.records
    return setting.records - min(int(setting.records * SHARE), most)


def _stage(demand: Demand, stage: Stage, records: int | None, epochs: int) -> StageEstimate:
    tokens = _share(demand.tokens, records, demand.setting.records)
    return StageEstimate(
        stage=stage,
        records=records,
        epochs=epochs,
        steps=demand.setting.batch.steps(records, epochs) if records else None,
        tokens=TokenRange(tokens.low * epochs, tokens.high * epochs) if tokens else None,
        cost_usd=cost_of(tokens, epochs, demand.price) if tokens else None,
    )


def _share(tokens: TokenRange | None, records: int | None, of: int | None) -> TokenRange | None:
    """Tokens of one pass over so many of the file's records."""
    if tokens is None or records is None or not of:
        return None
    return TokenRange(round(tokens.low * records / of), round(tokens.high * records / of))
