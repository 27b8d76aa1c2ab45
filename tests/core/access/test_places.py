from finetune_guard.core.access.places import (
    Answer,
    BucketFacts,
    Deployment,
    Named,
    judge_bucket,
)
from finetune_guard.core.access.settings import judge_buckets, judge_reach, judge_role
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.runs import Problem

NOVA = find("amazon.nova-lite-v1:0:300k")
LLAMA = find("meta.llama3-1-8b-instruct-v1:0:128k")
NAMED = Named("training_data_path", "s3://my-bucket/t.jsonl")
ACCOUNT = "123456789012"


def judged(
    found: BucketFacts, region: str | None, base: object = NOVA, named: Named = NAMED
) -> list[Problem]:
    return list(judge_bucket(named, found, region, ACCOUNT, base))  # type: ignore[arg-type]


def test_a_bucket_that_is_where_the_jobs_run_is_fine() -> None:
    assert judged(BucketFacts("my-bucket", Answer.OPEN, "us-east-1", True), "us-east-1") == []


def test_a_bucket_elsewhere_is_named_with_all_three_regions_and_what_to_do() -> None:
    [problem] = judged(BucketFacts("my-bucket", Answer.OPEN, "eu-west-1"), "us-east-1")
    assert (problem.code, problem.severity, problem.key) == ("AC010", "error", "training_data_path")
    assert "my-bucket is in eu-west-1, jobs would run in us-east-1, and" in problem.message
    assert "amazon.nova-lite-v1:0:300k can be fine-tuned in us-east-1" in problem.message
    assert problem.suggestion == "Use a bucket in us-east-1, and copy the data there."


def test_a_stack_that_is_elsewhere_than_bucket_and_model_is_what_to_change() -> None:
    [problem] = judged(BucketFacts("my-bucket", Answer.OPEN, "us-west-2"), "us-east-1", LLAMA)
    assert problem.suggestion == "Deploy the stack in us-west-2, where bucket and model are."


def test_a_model_that_is_in_neither_region_changes_both() -> None:
    [problem] = judged(BucketFacts("my-bucket", Answer.OPEN, "eu-west-1"), "eu-central-1", LLAMA)
    assert problem.suggestion == "Deploy the stack in us-west-2, and use a bucket there."


def test_without_a_known_base_the_two_regions_are_told() -> None:
    [problem] = judged(BucketFacts("my-bucket", Answer.OPEN, "eu-west-1"), "us-east-1", None)
    assert "fine-tuned" not in problem.message
    assert problem.suggestion.startswith("Use a bucket in us-east-1")


def test_a_region_that_nobody_knows_is_no_fault() -> None:
    assert judged(BucketFacts("my-bucket", Answer.OPEN, ""), "us-east-1") == []
    assert judged(BucketFacts("my-bucket", Answer.OPEN, "eu-west-1"), None) == []


def test_an_absent_bucket_has_no_other_fault() -> None:
    [problem] = judged(BucketFacts("my-bucket", Answer.ABSENT), "us-east-1")
    assert (problem.code, problem.severity) == ("AC011", "error")
    assert problem.suggestion == "Check its spelling, or create it in us-east-1."


def test_a_bucket_of_another_account_is_an_error() -> None:
    [problem] = judged(BucketFacts("my-bucket", Answer.OPEN, "us-east-1", False), "us-east-1")
    assert (problem.code, problem.severity) == ("AC012", "error")
    assert ACCOUNT in problem.message


def test_a_forbidden_bucket_only_warns_since_its_file_may_still_be_readable() -> None:
    [problem] = judged(BucketFacts("my-bucket", Answer.FORBIDDEN, "us-east-1"), "us-east-1")
    assert (problem.code, problem.severity) == ("AC012", "warning")


def test_a_forbidden_bucket_elsewhere_still_tells_its_region() -> None:
    found = judged(BucketFacts("my-bucket", Answer.FORBIDDEN, "eu-west-1"), "us-east-1")
    assert [problem.code for problem in found] == ["AC010", "AC012"]


def test_a_bucket_that_the_settings_leave_out_is_not_called_forbidden_as_well() -> None:
    named = Named("training_data_path", "s3://my-bucket/t.jsonl", listed=False)
    assert judged(BucketFacts("my-bucket", Answer.FORBIDDEN, "us-east-1"), "us-east-1", named=named) == []


def test_an_object_lambda_access_point_warns() -> None:
    name = "points-abc123--ol-s3"
    [problem] = judged(BucketFacts(name, Answer.OPEN, "us-east-1"), "us-east-1")
    assert (problem.code, problem.severity) == ("AC016", "warning")


STACK = Deployment("us-east-1", ACCOUNT, ("own", "shared"), (f"arn:aws:iam::{ACCOUNT}:role/own",))


def test_the_settings_say_which_buckets_and_roles_may_be_used() -> None:
    paths = {"training_data_path": "s3://shared/t.jsonl", "output_data_path": "s3://other/out/"}
    [problem] = judge_buckets(paths, STACK)
    assert (problem.code, problem.key) == ("AC002", "output_data_path")
    assert list(judge_buckets({"training_data_path": "t.jsonl"}, STACK)) == []
    assert [p.code for p in judge_reach({"training_data_path": "t.jsonl"})] == ["AC001"]
    assert list(judge_role(STACK.role_arns[0], STACK)) == list(judge_role(None, STACK)) == []
    assert [p.code for p in judge_role("arn:aws:iam::999999999999:role/x", STACK)] == ["AC003"]
    assert [p.code for p in judge_role(f"arn:aws:iam::{ACCOUNT}:role/x", STACK)] == ["AC004"]
