"""Clocks that disagree, and machines in any time zone: the same end, the same records."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from finetune_guard.core.wire import dumps
from tests.crashes.runs import STORIES
from tests.fakes.clock import FakeClock
from tests.fakes.world import World
from tests.usecases.long_run import Play
from tests.usecases.run_ends import nothing_is_lost, outcome_of

ZONES = ("Pacific/Apia", "America/St_Johns", "Europe/Berlin")


class OtherClock(FakeClock):
    """A clock that is always so much off another."""

    def __init__(self, right: FakeClock, off: timedelta) -> None:
        super().__init__()
        self._right, self._off = right, off

    def now(self):  # type: ignore[no-untyped-def]
        return self._right.now() + self._off


@pytest.mark.fault(15)
@pytest.mark.parametrize("minutes", [-10, 10])
@pytest.mark.parametrize("story", STORIES)
def test_a_service_whose_clock_is_minutes_off_ours_changes_no_decision(story: str, minutes: int) -> None:
    world = World()
    world.jobs.clock = OtherClock(world.clock, timedelta(minutes=minutes))
    play = Play(STORIES[story], world).to_the_end()
    assert outcome_of(play) == outcome_of(Play(STORIES[story]).to_the_end())
    nothing_is_lost(play)


@pytest.fixture
def zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process is moved to other time zones, and back in the end."""
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.fault(16)
@pytest.mark.usefixtures("zones")
def test_in_any_time_zone_the_same_run_leaves_the_same_records_to_the_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = []
    for zone in ZONES:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        play = Play(STORIES["segmented sweep"]).to_the_end()
        rows = {key: row.text for key, row in play.world.store.rows.items()}
        left.append((rows, play.world.journal.objects, [dumps(mail) for mail in play.world.alerts.published]))
    assert time.localtime().tm_zone in ("CET", "CEST")
    assert left[0] == left[1] == left[2]
