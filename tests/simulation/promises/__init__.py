"""What must always hold (docs/architecture.md), as functions that are held against each effect of a night."""

from collections import defaultdict

from tests.simulation.night import Promise, Promises
from tests.simulation.promises import alerts, calm, creates, durable, liveness, models, records, stops

MODULES = (alerts, calm, creates, durable, liveness, models, records, stops)


def all_promises() -> Promises:
    """Every promise, by the call or moment that it is checked at."""
    found: defaultdict[str, tuple[Promise, ...]] = defaultdict(tuple)
    for module in MODULES:
        for moment, promises in module.PROMISES.items():
            found[moment] += promises
    return dict(found)
