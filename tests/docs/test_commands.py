"""What the pages tell people to type can be typed."""

import re
from pathlib import Path

import pytest

from finetune_guard.cli.commands import COMMANDS
from tests.docs.commands import ROOT, Command, commands_in, faults_of_aws, faults_of_guard, pages


def _all(program: str) -> list[Command]:
    return [
        command
        for page in pages()
        for command in commands_in(page.read_text("utf-8"), str(page.relative_to(ROOT)), program)
    ]


@pytest.mark.parametrize("command", _all("finetune-guard"), ids=str)
def test_a_command_of_ours_is_one_that_its_parser_takes(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for word in command.words[2:]:
        if "/" not in word and not word.startswith("-"):
            (tmp_path / word).touch()
    assert faults_of_guard(command) == ""


@pytest.mark.parametrize("command", _all("aws"), ids=str)
def test_a_command_of_aws_is_one_that_the_services_model_knows(command: Command) -> None:
    assert faults_of_aws(command) == ""


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("finetune-guard stopp RUN", "there is no command 'stopp'"),
        ("finetune-guard stop RUN --now", "No such option '--now'"),
        ("finetune-guard stop", "Missing argument 'RUN'"),
        ("finetune-guard answer RUN maybe", "'maybe' is not one of"),
        ("finetune-guard runs --ended many", "'many' is not a valid int"),
    ],
)
def test_a_command_of_ours_that_cannot_be_typed_is_told(typed: str, fault: str) -> None:
    [command] = commands_in(f"```bash\n{typed}\n```\n", "page", "finetune-guard")
    assert fault in faults_of_guard(command)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("aws sqss list-queues", "there is no service 'sqss'"),
        ("aws sqs list-queue", "sqs has no operation 'list-queue'"),
        ("aws sqs", "a service and an operation are expected"),
        ("aws sqs receive-message --queue-url URL --number 10", "there is no option --number"),
        ("aws sqs receive-message", "--queue-url is missing"),
        ("aws sqs receive-message --queue-url URL --max-number-of-messages ten", "expected a number"),
        ("aws sqs receive-message --queue-url", "--queue-url has no value"),
        ("aws lambda invoke --function-name WATCH", "a file for the answer is missing"),
        ("aws sqs list-queues more", "words that belong to nothing: ['more']"),
        ("aws cloudwatch describe-alarms --state-value BAD", "expected one of"),
        (
            "aws sqs list-queues | aws cloudwatch get-metric-statistics --dimensions Nam=a,Value=b "
            "--namespace A --metric-name B --start-time C --end-time D --period 60",
            "--dimensions has no Nam",
        ),
        ("""aws s3api delete-objects --bucket B --delete '{"Object": []}'""", "Missing required parameter"),
        ('X=$(aws sns publish --message "$(date)")', ""),
        ('X=$(aws sns publish --subject "a; b")', "--message is missing"),
    ],
)
def test_a_command_of_aws_that_cannot_be_typed_is_told(typed: str, fault: str) -> None:
    *_, command = commands_in(f"```bash\n{typed}\n```\n", "page", "aws")
    found = faults_of_aws(command)
    assert fault in found if fault else not found


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_command_that_a_sentence_names_is_one_of_ours(page: Path) -> None:
    named = set(re.findall(r"`finetune-guard ([a-z][a-z-]*)", page.read_text("utf-8")))
    assert named - set(COMMANDS) == set()


def test_commands_are_found_wherever_they_stand_in_a_line() -> None:
    block = "aws a b \\\n  --c d  # aws x\nfinetune-guard runs && aws e f | aws g h\n"
    text = f"```bash\n{block}```\n\naws not this\n"
    assert [command.words[1:] for command in commands_in(text, "page", "aws")] == [
        ("a", "b", "--c", "d"),
        ("e", "f"),
        ("g", "h"),
    ]
