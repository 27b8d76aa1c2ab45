from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.jobs import JobRecord, JobStatus, StopReason
from finetune_guard.core.plans import LearningRate
from finetune_guard.core.sweeping import Chosen, Tried, choose, is_tie, rates, refinement, table, tried
from tests.builders import broken, closed, ended_as, intent

KEY = "learningRate"
CENTRE = LearningRate(KEY, Decimal("0.0001"), Decimal("0.000005"), Decimal("0.01"))
LOW, MIDDLE, HIGH = "0.0000333", "0.0001", "0.0003"


def at(rate: str, candidate: int = 0) -> JobRecord:
    made = intent(candidate=candidate)
    request = replace(made.request, hyperparameters={"epochCount": "1", KEY: rate})
    return replace(made, request=request)


def look(*jobs: JobRecord) -> tuple[Tried, ...]:
    return tried(jobs, KEY, CENTRE.value)


def three(low: float | None, middle: float | None, high: float | None) -> tuple[Tried, ...]:
    return look(closed(at(MIDDLE), middle), closed(at(HIGH, 1), high), closed(at(LOW, 2), low))


def chosen(seen: tuple[Tried, ...]) -> Chosen:
    found = choose(seen)
    assert found is not None
    return found


def seen(validation: float | None, training: float | None, rows: int = 100) -> CurveSeen:
    return CurveSeen(rows=rows, last_validation=validation, training_level=training)


def test_the_usual_rates_are_a_factor_of_three_apart_and_legal() -> None:
    assert rates(CENTRE) == (Decimal("0.0001"), Decimal("0.0003"), Decimal("0.0000333"))
    narrow = replace(CENTRE, minimum=Decimal("0.00005"), maximum=Decimal("0.0001"))
    assert rates(narrow) == (Decimal("0.0001"), Decimal("0.00005"))


def test_the_lowest_validation_loss_is_chosen_and_the_reason_names_it() -> None:
    best = chosen(three(low=1.5, middle=1.2, high=1.4))
    assert (best.tried.rate, best.tie) == (Decimal(MIDDLE), False)
    assert "lowest validation loss" in best.reason
    assert "1.2" in best.reason


@pytest.mark.parametrize(
    ("one", "other", "tie"),
    [(1.0, 1.0199, True), (1.0, 1.0201, False), (5.0, 5.049, True), (5.0, 5.051, False)],
)
def test_a_fiftieth_of_a_nat_or_a_hundredth_is_a_tie(one: float, other: float, tie: bool) -> None:
    assert is_tie(one, other) is tie
    assert is_tie(other, one) is tie


def test_of_equals_the_highest_rate_is_chosen_and_called_a_tie() -> None:
    best = chosen(three(low=1.0, middle=1.015, high=1.019))
    assert (best.tried.rate, best.tie) == (Decimal(HIGH), True)
    assert "highest of the equals" in best.reason


def test_the_best_rate_is_no_tie_with_itself() -> None:
    best = chosen(three(low=1.5, middle=1.5, high=1.0))
    assert (best.tried.rate, best.tie) == (Decimal(HIGH), False)


@given(
    levels=st.lists(st.floats(0.01, 20), min_size=3, max_size=3),
)
def test_what_is_chosen_is_never_worse_than_a_tie_with_the_best(levels: list[float]) -> None:
    best = chosen(three(*levels))
    assert best.tried.level is not None
    assert is_tie(min(levels), best.tried.level)
    higher = [one for one in three(*levels) if one.rate > best.tried.rate and one.level is not None]
    assert all(not is_tie(min(levels), one.level or 0) for one in higher)


def test_without_validation_the_training_tails_are_compared_and_labelled() -> None:
    jobs = [closed(at(rate, place)) for place, rate in enumerate((MIDDLE, HIGH))]
    blind = [replace(job, seen=seen(None, level)) for job, level in zip(jobs, (1.4, 1.1), strict=True)]
    best = chosen(look(*blind))
    assert best.tried.rate == Decimal(HIGH)
    assert not best.tried.by_validation
    assert "no validation is reported" in best.reason


def test_where_one_rate_has_no_validation_loss_all_are_compared_by_their_training_tails() -> None:
    both = replace(closed(at(MIDDLE)), seen=seen(0.5, 1.4))
    one = replace(closed(at(HIGH, 1)), seen=seen(None, 1.1))
    best = chosen(look(both, one))
    assert (best.tried.rate, best.tried.level) == (Decimal(HIGH), 1.1)


def test_a_rate_that_is_out_does_not_take_the_others_validation_losses_away() -> None:
    failed = ended_as(at(HIGH, 1), JobStatus.FAILED)
    blind = replace(failed, seen=seen(None, None, rows=0))
    best = chosen(look(replace(closed(at(MIDDLE)), seen=seen(0.5, 1.4)), blind))
    assert (best.tried.by_validation, best.tried.level) == (True, 0.5)


@pytest.mark.parametrize("validation", [None, float("nan"), float("inf")])
def test_a_rate_without_any_finite_loss_cannot_be_chosen(validation: float | None) -> None:
    job = replace(closed(at(MIDDLE)), seen=seen(validation, None))
    (one,) = look(job)
    assert (one.level, one.why) == (None, "no loss was seen")
    assert choose([one]) is None


def test_a_rate_whose_loss_is_of_another_kind_than_all_others_is_out_and_can_be_told() -> None:
    only_validation = replace(closed(at(MIDDLE)), seen=seen(0.9, None))
    only_training = replace(closed(at(HIGH, 1)), seen=seen(None, 1.2))
    seen_ = look(only_validation, only_training)
    assert chosen(seen_).tried.rate == Decimal(HIGH)
    assert table(seen_) == "0.0001: no loss that all could be compared by; 0.0003: 1.2"


def test_hot_stopped_and_failed_rates_are_out_each_with_its_reason() -> None:
    stopped = ended_as(at(HIGH, 1), JobStatus.STOPPED, StopReason.FINDING)
    seen_ = look(broken(at(MIDDLE)), stopped, ended_as(at(LOW, 2), JobStatus.FAILED))
    assert choose(seen_) is None
    assert table(seen_) == "0.0000333: the job ended as Failed; 0.0001: too hot; 0.0003: too hot"


def test_beyond_a_clearly_better_edge_one_more_rate_is_tried() -> None:
    seen_ = three(low=1.5, middle=1.2, high=1.0)
    assert refinement(seen_, chosen(seen_), CENTRE) == Decimal("0.0009")
    seen_ = three(low=1.0, middle=1.2, high=1.5)
    assert refinement(seen_, chosen(seen_), CENTRE) == Decimal("0.0000111")


def test_nothing_lies_beyond_the_middle() -> None:
    seen_ = three(low=1.5, middle=1.0, high=1.5)
    assert refinement(seen_, chosen(seen_), CENTRE) is None


def test_an_edge_that_ties_with_its_neighbour_is_no_clear_edge() -> None:
    seen_ = three(low=1.5, middle=1.01, high=1.0)
    assert refinement(seen_, chosen(seen_), CENTRE) is None


@pytest.mark.parametrize("end", [broken, lambda job: ended_as(job, JobStatus.FAILED)])
def test_an_edge_whose_neighbour_is_out_is_no_edge(end) -> None:  # type: ignore[no-untyped-def]
    seen_ = look(end(at(MIDDLE)), closed(at(LOW, 1), 1.0))
    assert refinement(seen_, chosen(seen_), CENTRE) is None


def test_a_single_rate_has_no_edge() -> None:
    seen_ = look(closed(at(MIDDLE)))
    assert refinement(seen_, chosen(seen_), CENTRE) is None


def test_where_the_base_takes_nothing_beyond_the_edge_none_is_tried() -> None:
    seen_ = three(low=1.5, middle=1.2, high=1.0)
    limited = replace(CENTRE, maximum=Decimal(HIGH))
    assert refinement(seen_, chosen(seen_), limited) is None


def test_a_rate_at_its_default_that_was_not_sent_counts_at_the_default() -> None:
    job = closed(at(MIDDLE))
    unsent = replace(job, request=replace(job.request, hyperparameters={}))
    assert look(unsent)[0].rate == CENTRE.value
