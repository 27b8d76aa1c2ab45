import pytest

from finetune_guard.core.access.objects import CUSTOMER_KEY, unreadable
from finetune_guard.core.access.rights import (
    Right,
    Ruling,
    context_of,
    judge_rulings,
    right_of_output,
    rights_of_data,
)
from finetune_guard.core.access.room import judge_names, judge_room
from finetune_guard.core.errors import AccessRefusedError, NotFoundError, RequestRejectedError
from finetune_guard.core.observations import FileFacts
from tests.builders import START, run

ROLE = "arn:aws:iam::123456789012:role/other"
KEY = "arn:aws:kms:us-west-2:123456789012:key/0f3a"
URI = "s3://data/a/t.jsonl"


def test_reading_takes_listing_getting_and_the_key() -> None:
    rights = list(rights_of_data("training_data_path", URI, KEY, "aws"))
    assert [(right.action, right.resource) for right in rights] == [
        ("s3:ListBucket", "arn:aws:s3:::data"),
        ("s3:GetObject", "arn:aws:s3:::data/a/t.jsonl"),
        ("kms:Decrypt", KEY),
    ]
    assert len(list(rights_of_data("training_data_path", URI, "", "aws"))) == 2


@pytest.mark.parametrize(
    ("uri", "below"), [("s3://data", ""), ("s3://data/", ""), ("s3://data/out/", "out/")]
)
def test_writing_is_asked_for_a_file_as_bedrock_names_it(uri: str, below: str) -> None:
    right = right_of_output("output_data_path", uri, "aws-cn")
    assert right.resource.startswith(f"arn:aws-cn:s3:::data/{below}model-customization-job-")
    assert "//" not in right.resource


def test_the_calls_carry_what_the_stacks_own_policies_ask_for() -> None:
    context = context_of("us-west-2", "123456789012")
    assert context["s3:ResourceAccount"] == "123456789012"
    assert context["kms:ViaService"] == "s3.us-west-2.amazonaws.com"


RIGHT = Right("training_data_path", URI, "s3:GetObject", "arn:aws:s3:::data/a/t.jsonl")


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    ("decision", "unknown", "found"),
    [
        ("allowed", (), []),
        ("explicitDeny", (), [("AC008", "error")]),
        ("implicitDeny", (), [("AC008", "warning")]),
        ("implicitDeny", ("aws:PrincipalTag/team",), []),
        ("explicitDeny", ("aws:SourceVpc",), []),
    ],
)
def test_only_a_deny_that_hangs_on_nothing_unknown_is_an_error(
    decision: str, unknown: tuple[str, ...], found: list[tuple[str, str]]
) -> None:
    problems = list(judge_rulings(ROLE, [Ruling(RIGHT, decision, unknown)]))
    assert [(problem.code, problem.severity) for problem in problems] == found
    assert all("s3:GetObject on arn:aws:s3:::data/a/t.jsonl" in problem.message for problem in problems)


def test_a_missing_right_on_a_key_speaks_of_the_keys_policy() -> None:
    right = Right("training_data_path", URI, "kms:Decrypt", KEY)
    [problem] = judge_rulings(ROLE, [Ruling(right, "implicitDeny")])
    assert "unless that of the key does" in problem.message


FACTS = FileFacts(URI, 5, '"e"', "v", START)
NO = AccessRefusedError("Access Denied")


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    ("error", "changes", "code", "said"),
    [
        (NO, {"key_arn": KEY}, "AC015", KEY),
        (
            RequestRejectedError("x", "InvalidObjectState"),
            {"archived": "DEEP_ARCHIVE"},
            "AC013",
            "DEEP_ARCHIVE",
        ),
        (RequestRejectedError("x", CUSTOMER_KEY), {}, "AC014", "SSE-C"),
        (NO, {}, "DS005", "Access Denied"),
        (NotFoundError("There is no file."), {}, "DS005", "no file"),
        (RequestRejectedError("x"), {"key_arn": KEY}, "DS005", "x"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_the_reason_that_s3_shows(
    error: Exception, changes: dict[str, str], code: str, said: str
) -> None:
    facts = FileFacts(URI, 5, '"e"', "v", START, **changes)
    problem = unreadable("training_data_path", URI, error, facts)
    assert (problem.code, problem.severity, problem.key) == (code, "error", "training_data_path")
    assert said in problem.message


def test_a_key_that_is_missing_is_told_with_its_setting() -> None:
    facts = FileFacts(URI, 5, '"e"', "v", START, key_arn=KEY)
    assert "dataKeys" in unreadable("training_data_path", URI, NO, facts).suggestion


def test_a_file_that_was_never_seen_is_just_unreadable() -> None:
    assert unreadable("training_data_path", URI, NO, None).code == "DS005"


def test_a_run_of_the_same_name_warns_however_it_is_written() -> None:
    [problem] = judge_names("Support  Bot", (run(), run(run_id="other-1", job_name="other")))
    assert (problem.code, problem.severity) == ("AC017", "warning")
    assert "support-bot-0123456789" in problem.message
    assert "other-1" not in problem.message
    assert list(judge_names("new", (run(),))) == []


@pytest.mark.fault(23)
@pytest.mark.parametrize(("running", "codes"), [(0, []), (1, []), (2, ["AC018"]), (5, ["AC018"])])
def test_a_full_account_warns_that_the_run_would_wait(running: int, codes: list[str]) -> None:
    problems = list(judge_room(running, 2))
    assert [problem.code for problem in problems] == codes
    assert all(problem.severity == "warning" for problem in problems)
    assert all(f"{running} customization jobs are" in problem.message for problem in problems)
    assert all("of 2 that the account may have" in problem.message for problem in problems)


def test_without_a_known_quota_two_jobs_fill_the_account() -> None:
    assert [problem.message for problem in judge_room(2, None)] == [
        "2 customization jobs are in progress, of 2 that are usual; a new run would wait until one ends."
    ]
    assert list(judge_room(1, None)) == []
