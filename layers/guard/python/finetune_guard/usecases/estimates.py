"""What a config would cost and how long it would take, shared by pre-flight and by `validate`."""

from dataclasses import dataclass

from finetune_guard.core.budget import judge_money
from finetune_guard.core.config import Reading, RehearsalOrders, RunOrders
from finetune_guard.core.cost import price_of
from finetune_guard.core.decisions import Mode
from finetune_guard.core.duration import Duration, expect, judge_time
from finetune_guard.core.estimates import Estimate
from finetune_guard.core.estimating import Demand, estimate
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.check_data import DataAnswer
from finetune_guard.usecases.checks import setting_of


@dataclass(frozen=True, slots=True)
class Foretold:
    """Money and time of a run, before it starts.

    Attributes:
        estimate: What each job trains and costs.
        duration: How long each job takes.
        problems: What is wrong with price, budget and max_hours.
    """

    estimate: Estimate
    duration: Duration
    problems: tuple[Problem, ...]


def foretell(
    reading: Reading, base: BaseModel, data: DataAnswer, seen: BaseModelFacts | None, mode: Mode
) -> Foretold:
    """What a config would cost and take in a machine; of one that cannot be read, with our defaults."""
    config, tokens = reading.config, data.training.tokens if data.training else None
    orders = config.run if config else RunOrders()
    demand = Demand(
        setting=setting_of(reading, base, data, seen),
        tokens=tokens if tokens and tokens.high else None,
        mode=mode,
        price=price_of(base.price, config.price_per_1k_tokens_usd if config else None),
        rehearsal=config.rehearsal if config else RehearsalOrders(),
        run=orders,
        seen=seen,
    )
    found = estimate(demand)
    duration = expect(found, seen)
    money = judge_money(base, found, reading.budget_usd)
    time = judge_time(duration, orders.max_hours)
    return Foretold(found, duration, (*money, *time))
