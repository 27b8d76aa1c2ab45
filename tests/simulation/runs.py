"""The runs of a night: every kind of them, drawn from the seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive, Reply
from finetune_guard.core.plans import AskOrders, Plan
from finetune_guard.core.runs import Run
from tests.builders import SWEEP, plan, run, segmented
from tests.fakes.clock import START

#: Share of the runs that have a budget.
BUDGETED = 0.4
#: Where executions are.
MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:RehearseThenRun"

Make = Callable[..., Plan]
KINDS: dict[str, Make] = {
    "one job": plan,
    "without a rehearsal": lambda **orders: plan(rehearsal=None, **orders),
    "asking": lambda **orders: plan(
        on_inconclusive=OnInconclusive.ASK, ask=AskOrders(3.0, Reply.PROCEED), **orders
    ),
    "two segments": lambda **orders: segmented(2, **orders),
    "probed segments": lambda **orders: segmented(3, probe=True, **orders),
    "rehearsed segments": lambda **orders: segmented(3, rehearsed=True, **orders),
    "sweep": lambda **orders: plan(sweep=SWEEP, **orders),
    "sweep and segments": lambda **orders: segmented(2, probe=True, sweep=SWEEP, **orders),
}


@dataclass(frozen=True)
class Starting:
    """A run, and the minute of the night in which a person starts it."""

    minute: int
    run: Run


def starting(random: Random, runs: int, minutes: int) -> Iterator[Starting]:
    """The runs of a night, each kind as often as the others."""
    kinds = list(KINDS)
    for number in range(runs):
        made = KINDS[kinds[number % len(kinds)]](**_orders(random))
        budget = made.estimated_usd
        if budget is not None and random.random() < BUDGETED:
            made = replace(made, budget_usd=(budget * random.choice((1, 2))).quantize(Decimal("0.01")))
        named = run(
            run_id=f"night-{number:02d}",
            job_name=f"night {number}",
            plan=made,
            execution_arn=f"{MACHINE.replace('stateMachine', 'execution')}:night-{number:02d}",
            started_at=START,
        )
        yield Starting(random.randrange(minutes), named)


def _orders(random: Random) -> dict[str, Any]:
    return {
        "auto_stop": random.choice((AutoStop.ON, AutoStop.ON, AutoStop.SHADOW, AutoStop.OFF)),
        "on_abort": random.choice(list(OnAbort)),
        "max_hours": random.choice((0.7, 1.5, 3.0)),
    }
