"""HP001: whether a base can be fine-tuned here and now."""

from datetime import UTC, datetime

import pytest

from finetune_guard.core.hyperparameters.bases import BaseAnswer, judge_base
from finetune_guard.core.observations import FoundationModel

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LLAMA = "meta.llama3-1-8b-instruct-v1:0:128k"
HAIKU = "anthropic.claude-3-haiku-20240307-v1:0:200k"


def codes(answer: BaseAnswer, severity: str = "error") -> list[str]:
    return [problem.code for problem in answer.problems if problem.severity == severity]


@pytest.mark.fault(36)
def test_the_seeds_base_is_refused_with_living_ones_beside_it() -> None:
    answer = judge_base("anthropic.claude-v2", NOW, "us-west-2", None)
    assert answer.base is None
    assert codes(answer) == ["HP001"]
    assert LLAMA in answer.problems[0].suggestion
    assert "gone since 2025-07-21" in answer.problems[0].message
    assert "not confirmed" in answer.problems[0].message


@pytest.mark.fault(36)
def test_a_wrong_region_names_the_right_one() -> None:
    answer = judge_base(LLAMA, NOW, "us-east-1", None)
    assert codes(answer) == ["BM004"]
    assert "us-west-2" in answer.problems[0].message


@pytest.mark.fault(36)
def test_a_base_past_its_end_is_refused_with_the_date() -> None:
    answer = judge_base(HAIKU, NOW, "us-west-2", None)
    assert codes(answer) == ["HP001"]
    assert "2026-09-10" in answer.problems[0].message


def test_a_living_base_is_said_to_be_checked_against_the_catalogue_only() -> None:
    answer = judge_base(LLAMA, NOW, "us-west-2", None)
    assert codes(answer) == []
    assert "not live" in answer.problems[0].message


def test_the_live_list_wins_over_the_catalogue_when_it_has_the_base() -> None:
    listed = (FoundationModel(HAIKU, ("FINE_TUNING",), "ACTIVE"),)
    assert judge_base(HAIKU, NOW, "eu-west-1", listed).problems == ()


def test_the_live_list_wins_over_the_catalogue_when_it_lacks_the_base() -> None:
    assert codes(judge_base(LLAMA, NOW, "us-west-2", ())) == ["HP001"]
    assert codes(judge_base(LLAMA, NOW, "us-east-1", ())) == ["BM004"]


def test_a_base_is_recognised_in_the_live_list_without_its_context_length() -> None:
    listed = (FoundationModel("meta.llama3-1-8b-instruct-v1:0", ("FINE_TUNING",), "ACTIVE"),)
    assert codes(judge_base(LLAMA, NOW, "us-west-2", listed)) == []


def test_a_base_that_is_listed_for_other_customizations_is_refused() -> None:
    listed = (FoundationModel(LLAMA, ("DISTILLATION",), "ACTIVE"),)
    assert codes(judge_base(LLAMA, NOW, "us-west-2", listed)) == ["HP001"]


def test_a_legacy_base_is_a_warning_and_an_ended_one_an_error() -> None:
    end = datetime(2027, 1, 1, tzinfo=UTC)
    listed = (FoundationModel(LLAMA, ("FINE_TUNING",), "LEGACY", end),)
    assert codes(judge_base(LLAMA, NOW, "us-west-2", listed), "warning") == ["BM003"]
    assert codes(judge_base(LLAMA, end, "us-west-2", listed)) == ["HP001"]


def test_a_base_that_only_the_service_knows_is_refused_as_unknown_to_this_version() -> None:
    listed = (FoundationModel("amazon.nova-9-v1:0", ("FINE_TUNING",), "ACTIVE"),)
    answer = judge_base("amazon.nova-9-v1:0", NOW, "us-east-1", listed)
    assert codes(answer) == ["HP001"]
    assert "this version" in answer.problems[0].message


@pytest.mark.parametrize("name", ["openai.gpt-oss-20b", "amazon.titan-embed-image-v1:0"])
def test_a_base_that_is_not_tuned_on_text_is_refused(name: str) -> None:
    assert codes(judge_base(name, NOW, None, None)) == ["HP001"]


def test_an_alias_is_taken_and_the_id_is_named() -> None:
    answer = judge_base("llama-3.1-8b", NOW, "us-west-2", None)
    assert codes(answer) == []
    assert answer.problems[0].suggestion == f'Write "{LLAMA}".'
