from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.config import RehearsalOrders, RunOrders
from finetune_guard.core.decisions import Mode
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.steps import batch_of
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.core.planning import explicit, learning_rate
from finetune_guard.core.shaping import DEAR, Question, Shape, shape, share_of_rehearsal, training_minutes

LITE, HAIKU = "nova-lite", "claude-3-haiku"
THREE_SEGMENTS = RunOrders(segments=3)


def asked(
    name: str = LITE,
    *,
    epochs: int = 3,
    run: RunOrders | None = None,
    rehearsal: RehearsalOrders | None = None,
    **changes: object,
) -> Question:
    base = find(name)
    assert base is not None
    values = explicit(base, {"epochCount": str(epochs)})
    made = Question(
        mode=Mode.REHEARSE_THEN_RUN,
        base=base,
        values=values,
        rate=learning_rate(base, values),
        batch=batch_of(base, values),
        records=3000,
        sample=800,
        rehearsal=rehearsal or RehearsalOrders(),
        run=run or RunOrders(),
        seen=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def facts(**changes: object) -> BaseModelFacts:
    return replace(BaseModelFacts(LITE), **changes)  # type: ignore[arg-type]


def test_where_nothing_is_asked_a_run_has_a_rehearsal_and_one_job() -> None:
    assert shape(asked()) == Shape()


def test_segments_of_a_base_that_is_not_known_have_a_probe_of_the_fewest_records() -> None:
    made = shape(asked(run=THREE_SEGMENTS))
    assert len(made.pieces) == 3
    assert (made.probe, made.rehearsed) == (8, False)


def test_a_base_that_is_known_to_accept_needs_no_probe() -> None:
    made = shape(asked(run=THREE_SEGMENTS, seen=facts(accepts_custom_model=True)))
    assert (len(made.pieces), made.probe) == (3, None)


def test_a_base_that_is_known_to_refuse_is_not_cut() -> None:
    made = shape(asked(run=THREE_SEGMENTS, seen=facts(accepts_custom_model=False)))
    assert (made.pieces, made.probe) == ((), None)
    assert "does not accept a custom model" in made.notes[0]


def test_a_mini_run_has_no_segments_but_may_sweep() -> None:
    made = shape(asked(run=THREE_SEGMENTS, mode=Mode.MINI_RUN, rehearsal=RehearsalOrders(sweep=True)))
    assert (made.pieces, made.probe, made.rehearsed) == ((), None, False)
    assert len(made.sweep) == 3


@pytest.mark.parametrize(("sample", "rehearsed"), [(899, False), (900, False), (901, True)])
def test_the_first_segment_is_the_rehearsal_where_that_would_be_nearly_as_dear(
    sample: int, rehearsed: bool
) -> None:
    made = shape(asked(epochs=1, run=THREE_SEGMENTS, sample=sample))
    assert made.rehearsed is rehearsed
    assert (made.probe is None) is rehearsed
    assert share_of_rehearsal(asked(epochs=1, sample=900)) == DEAR


def test_a_first_segment_of_several_passes_is_no_rehearsal() -> None:
    made = shape(asked(epochs=4, run=RunOrders(segments=2), sample=3900, records=3000))
    assert [piece.epochs for piece in made.pieces] == [2, 2]
    assert not made.rehearsed


def test_a_dear_rehearsal_is_said_with_what_would_make_it_cheaper() -> None:
    (alone,) = shape(asked(epochs=1, sample=2000)).notes
    assert 'lower rehearsal.steps, "run": {"segments": 2} makes the first segment' in alone
    made = shape(asked(epochs=1, sample=2000, run=THREE_SEGMENTS))
    assert made.notes[-1] == (
        "A rehearsal would train 67% of the full run's tokens: the first segment is it."
    )


def test_a_full_run_alone_has_neither_sweep_nor_probe() -> None:
    alone = asked(
        mode=Mode.FULL_RUN,
        sample=None,
        run=THREE_SEGMENTS,
        rehearsal=RehearsalOrders(sweep=True),
        seen=facts(accepts_custom_model=True),
    )
    made = shape(alone)
    assert (made.sweep, made.probe, made.rehearsed, len(made.pieces)) == ((), None, False, 3)


def test_a_sweep_tries_the_rate_itself_first_and_then_from_the_highest_down() -> None:
    question = asked(rehearsal=RehearsalOrders(sweep=True))
    assert question.rate is not None
    made = shape(question)
    assert made.sweep[0] == question.rate.value
    assert list(made.sweep[1:]) == sorted(made.sweep[1:], reverse=True)
    assert "compares 3 rates" in made.notes[0]


def test_rates_that_are_given_are_tried_and_no_others() -> None:
    given = (Decimal("0.000003"), Decimal("0.00001"), Decimal("0.00003"), Decimal("0.00009"))
    made = shape(asked(rehearsal=RehearsalOrders.model_validate({"sweep": [str(rate) for rate in given]})))
    assert sorted(made.sweep) == list(given)


def test_a_sweep_of_a_base_without_a_rate_is_one_rehearsal_and_that_is_said() -> None:
    made = shape(asked(rehearsal=RehearsalOrders(sweep=True), rate=None))
    assert made.sweep == ()
    assert "no rate that could be set" in made.notes[0]


def test_a_sweep_that_is_not_wanted_is_none() -> None:
    assert shape(asked(rehearsal=RehearsalOrders(sweep=False))).sweep == ()


def test_minutes_are_steps_at_the_median_pace_of_the_jobs_before() -> None:
    paces = tuple(JobPace(f"r/{n}", seconds, 100) for n, seconds in enumerate((2.0, 3.0, 60.0)))
    assert training_minutes(200, facts(paces=paces)) == 10
    assert training_minutes(200, facts()) is None
    assert training_minutes(200, None) is None
    assert training_minutes(None, facts(paces=paces)) is None


def test_a_base_that_can_stop_early_by_itself_is_not_cut_by_auto() -> None:
    made = shape(asked(HAIKU, run=RunOrders(segments="auto")))
    assert made.pieces == ()
    assert "earlyStoppingThreshold" in made.notes[0]
