"""A process dies after any call, or never begins; whoever comes next brings everything to the same end."""

from collections import defaultdict
from collections.abc import Hashable

import pytest

from finetune_guard.core.observations import ShadowCounts
from finetune_guard.core.wire import dumps
from tests.crashes import callers
from tests.crashes.breaker import TwoAtOnce
from tests.crashes.points import Place, Playing, Point, crashed, doomed_at, points_of, processes_of, state_of
from tests.crashes.runs import told
from tests.crashes.stories import STORIES
from tests.crashes.tally import Tally, summary
from tests.fakes.world import World
from tests.usecases.run_ends import end_of

#: Many ticks that do nothing: most of its calls are points that were tried before.
QUIET = "stopped once the kill switch is off"


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.fault(12)
@pytest.mark.fault(19)
@pytest.mark.fault(22)
def test_a_crash_at_any_point_leads_to_the_same_end(story: str, tally: Tally) -> None:
    calm = STORIES[story]()
    points = points_of(calm)
    tally.find(points)
    expected = calm.end()
    for point, play in crashed(STORIES[story], points):
        assert play.end() == expected, f"{point.use_case} died after {point.calls}"
        tally.hold(point)


def every_call(story: str) -> tuple[dict[Place, Place], dict[Point, list[Place]]]:
    """Both sides of every call of the story's processes, and the calls of each point."""
    sides: dict[Place, Place] = {}
    alike: dict[Point, list[Place]] = defaultdict(list)
    for nth, use_case, state, calls in processes_of(STORIES[story]()).calls():
        sides |= {place: place for place in (Place(nth, "before"), Place(nth, "after"))}
        alike[Point(use_case, state, calls)].append(Place(nth, "after"))
    return sides, alike


def test_a_crash_on_either_side_of_any_call_leads_to_the_same_end_as_one_at_its_point() -> None:
    calm = STORIES[QUIET]()
    points = points_of(calm)
    sides, _ = every_call(QUIET)
    assert len(sides) > 2 * len(points)
    for place, play in crashed(STORIES[QUIET], sides):
        assert play.end() == calm.end(), place


def left_by(play: Playing) -> tuple[Hashable, str]:
    """What a crash in this round leaves: as the point tells it apart, and to the letter."""
    play.round()
    world = play.world
    exactly = (sorted(world.store.rows.items()), world.jobs.described, sorted(world.journal.objects))
    return state_of(world), dumps(exactly) + repr(world.alerts.published)


def test_what_a_crash_leaves_is_told_by_its_point() -> None:
    sides, alike = every_call(QUIET)
    left = {place: left_by(play) for place, play in doomed_at(STORIES[QUIET], sides)}
    within = [place for point, places in alike.items() if len(point.calls) > 1 for place in places]
    repeated = [places for places in alike.values() if len(places) > 1]
    assert min(len(within), 3 * len(repeated)) > 50
    # Before a call is after the one before it, to the letter; the same point is the same but for times.
    assert all(left[Place(at.nth, "before")] == left[Place(at.nth - 1, "after")] for at in within)
    assert all(len({left[place][0] for place in places}) == 1 for places in repeated)


def test_every_method_of_a_port_is_known_as_a_look_or_as_an_effect() -> None:
    assert callers.port_methods() == callers.LOOKS | callers.EFFECTS
    assert not callers.LOOKS & callers.EFFECTS


def test_every_effect_that_a_use_case_has_is_a_crash_point_of_a_story() -> None:
    noted = callers.Callers()
    for begin in STORIES.values():
        play = begin()
        play.world.seam.interrupt = noted
        play.to_the_end()
    assert callers.written() - noted.found == set(callers.THROUGH_ANOTHER)
    assert {caller for caller, _ in noted.found - callers.written()} == {"no use case"}


@pytest.mark.parametrize(
    ("told_of", "expected"),
    [
        ([], ""),
        ([({"watch": 3}, {"watch": 3}), ({"plan": 2}, {"plan": 1})], "crash points: 4 of 5 in 2 use cases"),
        ([({"watch": 3}, {"watch": 3})], "crash points: 3 of 3 in 1 use cases, 1 of 2 stories"),
    ],
)
def test_the_line_at_the_end_says_what_was_tried_and_of_how_many(
    told_of: list[tuple[dict[str, int], dict[str, int]]], expected: str
) -> None:
    assert summary(told_of, stories=2) == expected


@pytest.mark.parametrize(
    ("story", "status", "policies", "counts"),
    [
        ("healthy", "completed", ["rehearsal.healthy", "full.healthy"], ShadowCounts(sound=2)),
        (
            "hot twice",
            "refused",
            ["rehearsal.too_hot.retry", "rehearsal.too_hot.again"],
            ShadowCounts(diverged=2, diverged_stopped=2),
        ),
        ("stopped in mid-run", "stopped", ["rehearsal.healthy", "full.stopped"], ShadowCounts(sound=1)),
    ],
)
def test_each_short_story_ends_as_it_should(
    story: str, status: str, policies: list[str], counts: ShadowCounts
) -> None:
    end = end_of(told(story).to_the_end()).end
    assert (end.status, [policy for _, policy in end.decisions], end.bedrock_jobs) == (status, policies, 2)
    assert end.told == end.alerts
    assert end.report
    assert end.known[2] == counts


def test_both_of_two_that_are_to_be_stopped_are_stopped_though_the_hour_has_one_place() -> None:
    assert TwoAtOnce().to_the_end().end() == 2


def played(story: str) -> World:
    """The world at the end of a story."""
    return told(story).to_the_end().world


@pytest.mark.parametrize(("story", "stops"), [("healthy", 0), ("hot twice", 0), ("stopped in mid-run", 1)])
def test_a_stop_is_called_at_most_once_in_normal_working(story: str, stops: int) -> None:
    assert played(story).jobs.calls.count("stop") == stops


def test_everything_visible_was_durable_before_the_stop_was_called() -> None:
    calls = played("stopped in mid-run").seam.calls
    stop = calls.index("jobs.stop")
    assert calls[:stop].count("journal.keep") > 0
    last_save = max(i for i, call in enumerate(calls[:stop]) if call == "store.save_job")
    last_keep = max(i for i, call in enumerate(calls[:stop]) if call == "journal.keep")
    assert last_keep < last_save < stop
