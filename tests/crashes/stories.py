"""Every story whose crash points are tried, by name."""

from collections.abc import Callable, Mapping
from functools import partial

from tests.crashes import beginnings, looking, orders, rebuilding, runs
from tests.crashes.breaker import TwoAtOnce
from tests.crashes.points import Playing

STORIES: Mapping[str, Callable[[], Playing]] = {
    **{name: partial(runs.told, name) for name in runs.STORIES},
    "segmented sweep, aborted where it dies": partial(runs.Killed, runs.SEGMENTED),
    "aborted, and its jobs stopped": runs.aborted,
    "a base that takes no custom model": runs.on_a_base_that_takes_no_custom_model,
    "data that changed before the first job": runs.whose_data_changed,
    "two to be stopped in an hour that may have one": TwoAtOnce,
    "begins": beginnings.begins,
    "begins on data that changes": beginnings.begins_on_data_that_changes,
    "starts": beginnings.starts,
    "starts again": beginnings.starts_again,
    "starts again after weeks": partial(beginnings.starts_again, beginnings.failed_weeks_ago),
    "asks in vain": beginnings.asks_in_vain,
    "answers": orders.answers,
    "stops": orders.stops,
    "stopped once the kill switch is off": orders.with_the_kill_switch,
    "cleans up": orders.cleans_up,
    "fails": orders.fails,
    "follows": looking.follows,
    "monitors": looking.monitors,
    "tests its alerts": looking.tests_its_alerts,
    "rebuilds": rebuilding.rebuilds,
}
