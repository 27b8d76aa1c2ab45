from dataclasses import replace

import pytest

from bench.early.cases import CASES
from bench.early.figures import FILE, Row, read_published, written
from bench.early.goals import GOALS, Goal
from bench.early.page import BEGIN, END, PAGE, with_generated

AGAIN = "run `python -m bench.early --write` and look at what differs"
ROW = Row(
    kind="healthy",
    name="2000 × 1 records, decay, 2 segments",
    seed=1,
    tokens=1.0,
    tokens_at_most=1.0,
    first=0.5,
    decided=None,
    turning="",
    about="",
    decision="segment.healthy",
    kept="segment-2-0-0",
    broken=False,
    loss=1.51,
    one_shot=1.5,
    checkpoint=1.5,
    reachable=1.5,
)


def goal(name: str) -> Goal:
    return next(one for one in GOALS if one.name == name)


def test_the_page_says_what_the_figures_say() -> None:
    page = PAGE.read_text("utf-8")

    assert page == with_generated(page, read_published()), AGAIN


def test_every_case_is_published_with_every_seed_and_no_other() -> None:
    published = read_published()

    wanted = [(case.name, seed) for case in CASES for seed in published.seeds]
    assert [(row.name, row.seed) for row in published.rows] == wanted
    assert FILE.read_bytes() == written(published)


@pytest.mark.parametrize("one", GOALS, ids=lambda one: one.name)
def test_a_goal_is_reached_unless_it_is_said_why_not(one: Goal) -> None:
    rows = read_published().rows

    assert one.met(rows) is not bool(one.open), f"{one.name}: {one.worst(rows):.2%}, at most {one.most:.0%}"


def test_the_worst_seed_decides_whether_a_goal_is_met() -> None:
    loss = goal("healthy: loss above the one-shot run")
    worse = replace(ROW, seed=2, loss=1.54)

    assert loss.met([ROW])
    assert not loss.met([ROW, worse])
    assert loss.worst([ROW, worse]) == pytest.approx(0.04 / 1.5)


def test_a_goal_without_rows_or_without_a_model_is_missed() -> None:
    loss = goal("healthy: loss above the one-shot run")

    assert not loss.met([])
    assert not loss.met([replace(ROW, kind="rate")])
    assert not loss.met([replace(ROW, loss=None)])


def test_a_model_that_is_kept_after_the_last_segment_ends_nothing() -> None:
    ended = goal("healthy: runs refused or ended")
    early = replace(ROW, turning="segment.no_gain.keep_best", about="segment-2-0-0")

    assert ended.met([replace(early, about="run")])
    assert not ended.met([early])


def test_a_rate_that_only_the_full_run_shows_to_be_too_high_was_not_found() -> None:
    found = goal("rate too high: runs that their first rehearsal let pass")
    hot = replace(ROW, kind="rate", turning="rehearsal.too_hot.retry", about="rehearsal-0-0", loss=None)

    assert found.met([hot])
    assert not found.met([replace(hot, about="full-0-0")])
    assert not found.met([replace(hot, broken=True)])


def test_a_page_without_its_marks_is_not_written() -> None:
    with pytest.raises(ValueError, match="marks"):
        with_generated(f"{BEGIN}\n{END}\n{BEGIN}\n", read_published())
