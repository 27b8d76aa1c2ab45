import math
from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.observations import BaseModelFacts, ShadowCounts
from finetune_guard.core.plans import Stage
from finetune_guard.core.shadow import (
    arming,
    counted,
    diverged_at_end,
    meaning,
    rate_words,
    standing,
    upper_bound,
)
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.core.wire import loads
from tests.builders import BASE, completed, plan, run, running

NONE = ShadowCounts()


def facts(sound: int = 0, wrongly: int = 0, diverged: int = 0, rightly: int = 0) -> BaseModelFacts:
    return BaseModelFacts(BASE, shadow=ShadowCounts(sound, wrongly, diverged, rightly))


def tail(hits: int, of: int, share: float) -> Fraction:
    """Chance of at most `hits` hits, in whole numbers."""
    p = Fraction(share)
    return sum((comb(of, i) * p**i * (1 - p) ** (of - i) for i in range(hits + 1)), Fraction(0))


@pytest.mark.parametrize(
    ("hits", "of", "bound"),
    [
        # The first is 1 - .05 ** (1 / n); the others are in tables of exact one-sided 95 % bounds.
        (0, 1, 0.95),
        (0, 10, 0.2589),
        (0, 23, 0.1221),
        (0, 59, 0.0495),
        (1, 10, 0.3942),
        (2, 20, 0.2826),
        (5, 10, 0.7776),
        (9, 10, 0.9949),
        (1, 184, 0.0255),
    ],
)
def test_the_bound_is_the_one_of_the_tables(hits: int, of: int, bound: float) -> None:
    assert upper_bound(hits, of) == pytest.approx(bound, abs=5e-5)


@given(st.integers(1, 80).flatmap(lambda of: st.tuples(st.integers(0, of - 1), st.just(of))))
def test_at_the_bound_so_few_hits_have_one_chance_in_twenty(trials: tuple[int, int]) -> None:
    hits, of = trials
    assert float(tail(hits, of, upper_bound(hits, of))) == pytest.approx(0.05, rel=1e-9)


@pytest.mark.parametrize(("hits", "of"), [(0, 0), (1, 1), (7, 7)])
def test_without_trials_or_with_hits_only_nothing_is_excluded(hits: int, of: int) -> None:
    assert upper_bound(hits, of) == 1.0


@pytest.mark.parametrize("hits", [1, 1000, 500_000, 999_000])
def test_a_million_trials_have_the_bound_of_the_normal_curve(hits: int) -> None:
    of = 10**6
    share = hits / of
    about = share + 1.645 * math.sqrt(share * (1 - share) / of)
    # One hit is no normal curve: there it is the Poisson bound, 4.744.
    expected = 4.7439 / of if hits == 1 else about
    assert upper_bound(hits, of) == pytest.approx(expected, abs=3e-6, rel=1e-3)


@pytest.mark.parametrize(
    ("job", "diverged"),
    [
        (completed(verdict=VerdictKind.HEALTHY), False),
        (completed(verdict=VerdictKind.SUSPICIOUS), False),
        (completed(verdict=VerdictKind.DIVERGED), True),
        (completed(verdict=VerdictKind.INCONCLUSIVE), None),
        (replace(completed(), verdict=None), None),
        (completed(verdict=VerdictKind.DIVERGED, status=JobStatus.STOPPED), None),
        (completed(verdict=VerdictKind.HEALTHY, status=JobStatus.FAILED), None),
        (completed(verdict=VerdictKind.HEALTHY, status=JobStatus.LOST), None),
        (running(verdict=VerdictKind.DIVERGED), None),
    ],
)
def test_only_a_whole_curve_shows_how_it_ended(job: JobRecord, diverged: bool | None) -> None:
    assert diverged_at_end(job) is diverged


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(
    ("verdict", "step", "counts"),
    [
        (VerdictKind.HEALTHY, None, ShadowCounts(sound=1)),
        (VerdictKind.SUSPICIOUS, 0, ShadowCounts(sound=1, sound_stopped=1)),
        (VerdictKind.DIVERGED, None, ShadowCounts(diverged=1)),
        (VerdictKind.DIVERGED, 40, ShadowCounts(diverged=1, diverged_stopped=1)),
        (VerdictKind.INCONCLUSIVE, 40, NONE),
    ],
)
def test_a_job_counts_by_its_end_and_by_the_stop_that_it_would_have_had(
    verdict: VerdictKind, step: int | None, counts: ShadowCounts, stage: Stage
) -> None:
    assert counted(NONE, completed(stage=stage, verdict=verdict, would_stop_step=step)) == counts


@pytest.mark.parametrize(
    ("auto_stop", "live", "counts"),
    [
        (AutoStop.ON, True, False),
        (AutoStop.ON, False, True),
        (AutoStop.SHADOW, True, True),
        (AutoStop.OFF, True, True),
    ],
)
def test_a_job_that_could_really_have_been_stopped_does_not_count(
    auto_stop: AutoStop, live: bool, counts: bool
) -> None:
    armed = run(plan=plan(auto_stop=auto_stop))
    job = completed(armed, seen=CurveSeen(rows=100, last_step=100, live=live))
    assert (counted(NONE, job) != NONE) is counts


def test_the_standing_adds_up() -> None:
    known = standing(facts(sound=20, wrongly=2, diverged=5, rightly=4))
    assert (known.curves, known.would_have_stopped, known.rightly, known.wrongly, known.missed) == (
        25,
        6,
        4,
        2,
        1,
    )
    assert (known.sound, known.false_stop_rate) == (20, 0.1)
    assert known.at_most == upper_bound(2, 20)


def test_without_a_sound_curve_there_is_no_rate() -> None:
    known = standing(facts(diverged=3, rightly=3))
    assert (known.false_stop_rate, known.at_most) == (None, 1.0)
    assert rate_words(known) == "no sound curve yet"
    assert "Leave it on shadow" in meaning(known)
    assert f"this account has no figure yet for false stops of {BASE}" in arming(facts())


def test_the_rate_is_told_with_its_bound() -> None:
    assert rate_words(standing(facts(sound=23))) == "0 of 23, at most 12.2 % (95 %)"
    assert arming(facts(sound=184, wrongly=1)) == (
        f"auto_stop is on: false stops of {BASE} in this account: 1 of 184, at most 2.55 % (95 %)."
    )


def test_what_it_means_says_what_is_lost_what_is_caught_and_what_is_missing() -> None:
    few = meaning(standing(facts(sound=23, diverged=4, rightly=3)))
    assert few == (
        "Armed, the watch would have stopped none of 23 sound jobs; the true share is at most 12.2 % (95 %). "
        "Of 4 that diverged it would have stopped 3. "
        "With 59 sound jobs and no false stop it would be at most 5 %."
    )
    assert "With 59" not in meaning(standing(facts(sound=59)))
    wrong = meaning(standing(facts(sound=23, wrongly=1)))
    assert "stopped 1 of 23 sound jobs, whose models would be lost" in wrong
    assert "diverged" not in wrong
    assert "With 59" not in wrong


def test_what_an_older_version_learnt_is_still_read() -> None:
    old = loads(f'{{"base_model_id":"{BASE}","jobs_seen":3,"learnt_from":"r/full-0-0"}}', BaseModelFacts)
    assert (old.jobs_seen, old.shadow) == (3, NONE)
