"""One machine for all end-to-end tests, with enforced permissions, and one play on it."""

import shutil
import threading
from collections.abc import Iterator

import pytest

from local.demo.stories import stand_in_faults
from local.demo.world import world_of
from local.engine.machine import Machine, Wishes, down, up
from local.engine.places import HOME, Places
from tests.e2e.scenes import BY_HAND, RESTARTED, ConsoleConfig, Played, play


@pytest.fixture(scope="session")
def config() -> ConsoleConfig:
    return ConsoleConfig.of_readme()


@pytest.fixture(scope="session")
def wishes(config: ConsoleConfig) -> Wishes:
    return Wishes(
        region=config.base.regions[0],
        tick_seconds=1.5,
        enforce_permissions=True,
        # Slow enough for the machine to be ended while a segment trains, and for two stops to meet one job.
        stand_in={
            "overrides": [
                {"job_name": RESTARTED, "pace": {"step_seconds": 0.08}},
                {"job_name": BY_HAND, "pace": {"stopping_seconds": 15.0}},
            ]
        },
        faults=stand_in_faults(config.stories()),
        options={"dataBuckets": ",".join(config.buckets), "quotaWaitSeconds": "5"},
    )


@pytest.fixture(scope="session")
def machine(wishes: Wishes) -> Iterator[Machine]:
    """Left on disk afterwards, so that a failure can be looked into; nothing of it is left running."""
    places = Places(HOME / "e2e")
    down(places, lambda _: None)
    shutil.rmtree(places.home, ignore_errors=True)
    try:
        yield up(places, wishes, lambda _: None)
    finally:
        down(places, lambda _: None)


@pytest.fixture(scope="session")
def played(machine: Machine, config: ConsoleConfig) -> Played:
    return play(machine, world_of(machine, threading.Event()), config)
