"""The published figures are those of the detectors as they are, and reach what must be reached."""

import re

import pytest

from tests.curves.dial import STRICTNESSES
from tests.curves.figures import FILE, read_published, written
from tests.curves.gallery import PAGE as GALLERY
from tests.curves.gallery import page as gallery_page
from tests.curves.gallery import sheets
from tests.curves.gallery_items import injected_items, real_items
from tests.curves.gallery_pictures import FOLDER, picture_of
from tests.curves.gallery_sentences import unwritten
from tests.curves.goals import GOALS, Goal
from tests.curves.judging_code import code_digest
from tests.curves.page import PAGE, with_generated
from tests.curves.sets import DIAL, INJECTED, REAL, SEEDS, SETS, delivered_point

AGAIN = "the detectors changed: run `make quality gallery` and look at what differs"

#: What is judged anew at every test run; `python -m tests.curves.quality --check` judges all, minutes of a
#: core. The others are those that the same code gave, which is held by its digest.
JUDGED = (*REAL, *(f"{of}, seed {SEEDS[0]}" for of in ("injected", "more kinds")))
STRICTER = "0.8"


def test_the_published_figures_were_measured_on_the_code_as_it_is() -> None:
    assert read_published().code == code_digest(), AGAIN


@pytest.mark.parametrize("name", JUDGED)
def test_the_published_figures_of_a_set_are_what_the_detectors_reach(name: str) -> None:
    assert SETS[name]() == read_published().sets[name], AGAIN


def test_a_published_point_of_the_operating_curve_is_what_the_detectors_reach() -> None:
    assert DIAL[STRICTER]() == read_published().dial[STRICTER], AGAIN


def test_all_sets_and_settings_are_published_and_no_other() -> None:
    published = read_published()

    assert list(published.sets) == list(SETS)
    assert list(published.dial) == [f"{strictness:g}" for strictness in STRICTNESSES]
    assert published.dial["1"] == delivered_point(published.sets)
    assert FILE.read_bytes() == written(published)


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_a_goal_is_reached_unless_it_is_said_why_not(goal: Goal) -> None:
    published = read_published()
    sign = "at least" if goal.at_least else "at most"

    said = f"{goal.name}: {goal.figure(published)}, to be {sign} {goal.bound}"
    if goal.open:
        assert not goal.met(published), f"{said}; it is reached now: take `open` from the goal"
    else:
        assert goal.met(published), said


def test_the_page_says_what_the_figures_say() -> None:
    page = PAGE.read_text("utf-8")

    assert page == with_generated(page, read_published()), AGAIN


def test_the_gallery_shows_every_miss_and_false_alarm_that_is_left_and_no_other() -> None:
    published = read_published()
    real = {id for name in REAL for id in published.sets[name].wrong}
    injected = {
        id
        for name in INJECTED
        for id, wrong in published.sets[name].wrong.items()
        if wrong.how != "warned wrongly"
    }

    shown = re.findall(r"^(?:### |- )`([^`]+)`", GALLERY.read_text("utf-8"), re.MULTILINE)

    assert len(shown) == len(set(shown))
    assert set(shown) == real | injected, AGAIN


def test_the_gallery_is_written_from_the_curves_as_they_are_judged_now_and_has_its_pictures() -> None:
    published = read_published()
    real, injected = real_items(published), injected_items(published)
    pictures = {picture_of(item) for item in real} | {sheet for _, _, sheet in sheets(injected)}

    assert GALLERY.read_text("utf-8") == gallery_page(real, injected), AGAIN
    assert set(FOLDER.glob("*.png")) == pictures, AGAIN


def test_every_real_curve_in_the_gallery_has_a_sentence_of_a_person() -> None:
    published = read_published()

    assert unwritten(item.id for item in real_items(published)) == []
