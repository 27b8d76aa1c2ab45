from collections import Counter

import pytest

from bench.early.data import classes, sheets, shuffled, spoilt, text
from local.demo.data import library


def test_a_seed_draws_its_own_records_and_none_twice() -> None:
    drawn = text(1, 100, 20)

    assert len(set(drawn.training + drawn.validation)) == 120
    assert text(1, 100, 20) == drawn
    assert text(2, 100, 20) != drawn


def test_no_line_is_on_two_sheets() -> None:
    drawn = sheets(1, 50, 10)

    answers = [answer for _, answer in drawn.training + drawn.validation]
    lines = [line for answer in answers for line in answer.split("In short: ") if line]
    assert len(lines) == len(set(lines)) == 240


def test_more_records_than_the_library_has_are_refused() -> None:
    with pytest.raises(ValueError, match=r"[Ss]ample"):
        text(1, len(library()), 1)


def test_noise_begins_at_its_share_and_leaves_prompts_lengths_and_validation_alone() -> None:
    sound = text(1, 100, 20)
    noisy = spoilt(sound, 0.6, 1)

    assert noisy.sound == 60
    assert noisy.training[:60] == sound.training[:60]
    assert noisy.validation == sound.validation
    for (asked, answer), (before, was) in zip(noisy.training[60:], sound.training[60:], strict=True):
        assert asked == before
        assert answer != was
        assert len(answer) == len(was)


def test_the_last_word_of_a_question_decides_its_class() -> None:
    drawn = classes(1, 200, 50)

    decided: dict[str, set[str]] = {}
    for asked, answer in drawn.training + drawn.validation:
        decided.setdefault(asked.rsplit(" ", 1)[-1], set()).add(answer)
    assert {len(answers) for answers in decided.values()} == {1}
    assert len({answer for answers in decided.values() for answer in answers}) == 4


def test_shuffled_labels_are_the_same_labels_on_other_questions() -> None:
    right = classes(1, 200, 50)
    wrong = shuffled(right, 1)

    answers, dealt = ([answer for _, answer in data.training] for data in (right, wrong))
    assert [asked for asked, _ in wrong.training] == [asked for asked, _ in right.training]
    assert Counter(dealt) == Counter(answers)
    assert sum(one != other for one, other in zip(answers, dealt, strict=True)) > 100
    assert wrong.validation == right.validation
