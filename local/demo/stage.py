"""Sets up the demo's own machine, plays the stories on it, and leaves nothing running."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from local.demo.data import question_sheets
from local.demo.endings import Ending
from local.demo.following import begin_all, follow, upload
from local.demo.progress import Progress
from local.demo.stories import REGION, Story, stand_in_faults, stand_in_settings
from local.demo.world import world_of
from local.engine.machine import Machine, Wishes, down, up
from local.engine.places import Places

#: The stories have this long, from the stack deployed to the last mail.
SECONDS = 300.0
LOOK_EVERY = 1.5
TICK_SECONDS = 2.0


@contextmanager
def machine_for(
    stories: Sequence[Story], places: Places, keep: bool, say: Callable[[str], None]
) -> Iterator[Machine]:
    """A machine with nothing on it but the stack and the stories' data; ended afterwards, unless kept.

    Raises:
        LocalMachineError: It could not be set up.
    """
    down(places, lambda _: None)
    shutil.rmtree(places.home, ignore_errors=True)
    try:
        with ThreadPoolExecutor(1) as reading:
            sheets = reading.submit(question_sheets, max(story.data.records for story in stories))
            machine = up(places, _wishes(stories), say)
        world = world_of(machine, threading.Event())
        upload(stories, sheets.result(), world.bucket, world.start.files)
        yield machine
    finally:
        if not keep:
            down(places, lambda _: None)


def play(stories: Sequence[Story], machine: Machine, progress: Progress) -> list[Ending]:
    """Plays the stories side by side, as far as they come in SECONDS."""
    world = world_of(machine, threading.Event())
    begun = seen = begin_all(stories, world, gap=LOOK_EVERY, longest=60)
    with progress:
        for seen in follow(begun, world, SECONDS, LOOK_EVERY):
            progress.show(seen)
    return [each.ending for each in seen]


def _wishes(stories: Sequence[Story]) -> Wishes:
    return Wishes(
        region=REGION,
        tick_seconds=TICK_SECONDS,
        stand_in=stand_in_settings(stories),
        faults=stand_in_faults(stories),
        options={"quotaWaitSeconds": "5"},
    )
