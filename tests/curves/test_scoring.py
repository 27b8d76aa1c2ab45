"""Figures of a small set made by hand, reckoned by hand."""

import pytest

from tests.curves.corpus import Case, Label, Run
from tests.curves.figures import figures_of, totals_of
from tests.curves.kinds import Sort
from tests.curves.scoring import Answer, Row, Warned, row, weighted


def case(
    label: str, sort: Sort, onset: float | None = None, group: str = "g", kind: str = "csv", rows: int = 20
) -> Case:
    steps: list[int | float] = [10 * (row + 1) for row in range(rows)]
    run = Run(f"{label}-{group}", None, kind, {"step": [*steps], "train_loss": [1.0] * rows}, {})
    stop = "yes" if sort == "failure" else "no"
    return Case(run, Label(run.id, group, label, onset, stop, "high", ""), sort)  # type: ignore[arg-type]


def failure(answer: Answer, onset: float = 100, **changes: str) -> Row:
    return row(case("exploding", "failure", onset, **changes), answer)  # type: ignore[arg-type]


def test_a_stop_at_the_onset_saves_all_that_was_left() -> None:
    made = failure(Answer(100))

    assert (made.caught, made.early, made.delay, made.saved) == (True, False, 0, 1)
    assert made.how() is None


def test_a_late_stop_saves_a_share_of_what_was_left() -> None:
    made = failure(Answer(150))

    assert made.delay == pytest.approx(5 / 20)
    assert made.saved == pytest.approx(6 / 11)


def test_a_miss_saves_nothing() -> None:
    made = failure(Answer())

    assert (made.caught, made.delay, made.saved, made.how()) == (False, None, 0, "missed")


def test_two_rows_early_are_forgiven_on_a_real_curve_and_a_third_is_not() -> None:
    assert failure(Answer(80)).caught
    assert failure(Answer(80)).saved == 1
    assert not failure(Answer(70)).caught
    assert failure(Answer(70)).how() == "stopped early"


def test_nothing_is_forgiven_on_an_injected_curve() -> None:
    assert failure(Answer(100), kind="injected").caught
    assert failure(Answer(90), kind="injected").early


def test_a_step_between_two_rows_counts_as_the_next_row() -> None:
    assert failure(Answer(101)).delay == pytest.approx(1 / 20)


def test_a_stop_of_a_healthy_or_of_an_overfitting_run_is_false_and_of_a_stagnating_one_is_neither() -> None:
    assert row(case("healthy", "harmless"), Answer(50)).how() == "stopped wrongly"
    assert row(case("overfit", "warning", 50), Answer(50)).wrongly_stopped
    assert not row(case("stagnation", "warning", 50), Answer(50)).wrongly_stopped


@pytest.mark.parametrize(
    ("label", "signal", "step", "named"),
    [
        ("overfit", "overfitting", 100, True),
        ("overfit", "overfitting", 80, True),
        ("overfit", "overfitting", 70, False),
        ("overfit", "divergence", 100, False),
        ("oscillation-45", "oscillation", 100, True),
        ("oscillation-45", "divergence", 100, False),
        ("mild-20", "divergence", 100, True),
        ("mild-20", "divergence", 70, False),
    ],
)
def test_a_warning_counts_by_its_name_and_from_the_onset_on(
    label: str, signal: str, step: int, named: bool
) -> None:
    made = row(case(label, "warning", 100), Answer(None, (Warned(signal, step),)))

    assert made.named is named
    assert made.how() == (None if named else "not warned")


def test_a_group_weighs_one_however_many_curves_it_has() -> None:
    assert weighted([("a", 1), ("a", 0), ("a", 0), ("a", 1), ("b", 1)]) == pytest.approx(0.75)
    assert weighted([]) is None


def test_the_figures_of_a_small_set() -> None:
    rows = [
        failure(Answer(100), group="a"),
        failure(Answer(), group="a"),
        failure(Answer(150), group="b"),
        failure(Answer(50), group="c"),
        row(case("healthy", "harmless", group="a"), Answer()),
        row(case("healthy", "harmless", group="d"), Answer(None, (Warned("divergence", 10),))),
        row(case("overfit", "warning", 100, group="d"), Answer(120, (Warned("overfitting", 100),))),
        row(case("stagnation", "warning", 100, group="e"), Answer(120)),
    ]

    totals = totals_of(rows)

    assert totals.curves == 8
    assert (totals.caught.count, totals.caught.of, totals.caught.rate) == (2, 4, 0.5)
    # Groups: a 0 of 3, b 0 of 1, c 1 of 1, d 1 of 2; a stop of the stagnating one counts neither way.
    assert (totals.false_stops.count, totals.false_stops.of, totals.false_stops.rate) == (2, 7, 0.375)
    # Groups: a (1 + 0) / 2, b 6 / 11, c 0.
    assert totals.saved == round((0.5 + 6 / 11) / 3, 4)
    assert (totals.delay_median, totals.delay_p90) == (0.125, 0)
    assert (totals.false_warnings.count, totals.false_warnings.of, totals.false_warnings.rate) == (1, 2, 0.5)
    assert totals.warned["overfit"].rate == 1
    assert totals.warned["stagnation"].rate == 0


def test_what_is_left_wrong_is_told_by_id_but_for_what_was_not_warned_of() -> None:
    rows = [
        failure(Answer(), group="a"),
        failure(Answer(100), group="b"),
        row(case("stagnation", "warning", 100, group="c"), Answer()),
    ]

    wrong = figures_of(rows).wrong

    assert {id: one.how for id, one in wrong.items()} == {"exploding-a": "missed"}


def test_shapes_are_told_by_the_rows_of_the_run() -> None:
    rows = [
        row(case("fast-20", "failure", 100, kind="injected"), Answer(100)),
        row(case("slow-20", "failure", 100, kind="injected"), Answer()),
        row(case("freeze-45", "failure", 100, kind="injected", rows=45), Answer(100)),
        row(case("nan-45", "failure", 100, kind="injected", rows=45), Answer()),
    ]

    by_length = figures_of(rows).by_length

    assert {rows: (share.count, share.of) for rows, share in by_length.items()} == {
        "20": (1, 2),
        "45": (1, 1),
    }
