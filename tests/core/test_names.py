import re

import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.names import JobKey, run_id, slug
from finetune_guard.core.plans import Stage

# botocore keeps no patterns on its shape objects, so the raw model is read.
SHAPES = Session().get_component("data_loader").load_service_model("bedrock", "service-2")["shapes"]


def pattern(shape: str) -> str:
    return str(SHAPES[shape]["pattern"])


@given(st.text(max_size=200), st.text(min_size=1, max_size=200), st.sampled_from(Stage), st.integers(0, 9))
def test_derived_names_fit_the_service_model_whatever_the_user_typed(
    job_name: str, execution: str, stage: Stage, candidate: int
) -> None:
    key = JobKey(run_id(job_name, execution), stage, candidate)
    assert re.fullmatch(pattern("JobName"), key.job_name)
    assert re.fullmatch(pattern("CustomModelName"), key.model_name)
    assert re.fullmatch(pattern("IdempotencyToken"), key.token)
    assert len(key.job_name) <= 63
    assert re.fullmatch(pattern("S3Uri"), f"s3://bucket/runs/{key.run_id}/{key.short}.jsonl")


@pytest.mark.parametrize("name", ["run one=two@x+y", "a" * 80, "…", "--", "UPPER case"])
def test_execution_names_with_odd_characters_give_legal_names(name: str) -> None:
    arn = f"arn:aws:states:us-east-1:123456789012:execution:M:{name}"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", run_id(name, arn))


def test_every_part_of_a_key_changes_the_names() -> None:
    base = JobKey("r", Stage.FULL)
    others = [
        JobKey("s", Stage.FULL),
        JobKey("r", Stage.REHEARSAL),
        JobKey("r", Stage.FULL, 1),
        JobKey("r", Stage.FULL, 0, 1),
    ]
    assert len({key.token for key in (base, *others)}) == 5
    assert len({key.job_name for key in (base, *others)}) == 5


def test_the_longest_key_keeps_enough_of_its_digest_to_stay_unique() -> None:
    names = {JobKey("r" * 40, Stage.REHEARSAL, candidate).job_name for candidate in range(9)}
    assert len(names) == 9


@given(st.text())
def test_a_slug_is_never_empty(text: str) -> None:
    assert slug(text, 10)
