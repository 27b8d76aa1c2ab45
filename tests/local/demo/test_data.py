import json

import pytest

from finetune_guard.core.wire import dumps
from local.demo.data import conversation, lines, prompt_completion, question_sheets, spoilt_from

PAIRS = [(f"How does {n} begin", f"and how it goes on, {n} times") for n in range(10)]


def test_the_data_is_real_text_and_always_the_same() -> None:
    pairs = question_sheets(200)

    assert len(set(pairs)) > 190
    assert pairs == question_sheets(201)[:200]
    assert all(asked.count("What does ") == 6 for asked, _ in pairs)


def test_more_than_the_library_has_is_refused_with_what_it_has() -> None:
    with pytest.raises(ValueError, match=r"gives \d+ records; 1000000 are needed"):
        question_sheets(1_000_000)


def test_noise_begins_at_its_share_of_the_file_and_not_before() -> None:
    spoilt = spoilt_from(PAIRS, 0.6, seed=3)

    assert spoilt[:6] == PAIRS[:6]
    assert [prompt for prompt, _ in spoilt] == [prompt for prompt, _ in PAIRS]
    assert all(noise != text for (_, noise), (_, text) in zip(spoilt[6:], PAIRS[6:], strict=True))
    assert [len(noise) for _, noise in spoilt] == [len(text) for _, text in PAIRS]


def test_the_same_seed_gives_the_same_noise() -> None:
    assert spoilt_from(PAIRS, 0.5, seed=3) == spoilt_from(PAIRS, 0.5, seed=3)
    assert spoilt_from(PAIRS, 0.5, seed=3) != spoilt_from(PAIRS, 0.5, seed=4)


def test_each_line_is_one_record_in_the_format_of_the_family() -> None:
    nova = [json.loads(line) for line in lines(spoilt_from(PAIRS, 0.5, 3), conversation).splitlines()]
    llama = [json.loads(line) for line in lines(PAIRS, prompt_completion).splitlines()]

    assert len(nova) == len(llama) == 10
    assert [message["role"] for message in nova[0]["messages"]] == ["user", "assistant"]
    assert llama[0] == {"prompt": PAIRS[0][0], "completion": PAIRS[0][1]}


def test_noise_is_printable_so_that_no_validator_stumbles_on_it() -> None:
    assert all(noise.isprintable() for _, noise in spoilt_from(PAIRS, 0.0, 3))
    assert dumps(spoilt_from(PAIRS, 0.0, 3)[0][1])
