"""The scenes of the end-to-end tests: what is started, on what data, and what a person does meanwhile."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from subprocess import PIPE, STDOUT
from typing import TYPE_CHECKING, Any, cast

import boto3

from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.names import run_id
from finetune_guard.core.wire import JsonValue
from local.demo.data import Pair, conversation, lines, prompt_completion, question_sheets
from local.demo.following import Seen, World, await_job, begin, follow, upload
from local.demo.stories import DIVERGING, HEALTHY, Data, Story
from local.engine.machine import Machine
from local.engine.places import ROOT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType

#: The heading in README.md above the JSON that a person pastes into the console.
HEADING = "Start it from the console"
_FENCED = re.compile(rf"^#+ {HEADING}$.*?^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_S3 = re.compile(r"s3://([^/]+)/(.*)")

#: Half of the data is noise, so that it runs too hot at any rate.
SPOILT = "spoilt"
BY_HAND = "by-hand"
ABORTED = "aborted"
#: The machine is ended and started again in the middle of it.
RESTARTED = "restarted"
REFUSED = replace(DIVERGING.expected, mails=("CRITICAL ", f"REFUSED: {SPOILT}"))

#: An execution's end is looked up in every fifth minute at the latest, when its event was lost.
SECONDS = 420.0


@dataclass(frozen=True)
class ConsoleConfig:
    """The JSON that README.md tells a person to paste into the console, byte for byte, and what it names.

    Attributes:
        text: The JSON.
        job_name: The run's name.
        base: The base model.
        buckets: Buckets of the person.
        training: Bucket and key of the training file.
    """

    text: str
    job_name: str
    base: BaseModel
    buckets: tuple[str, ...]
    training: tuple[str, str]

    @classmethod
    def of_readme(cls) -> "ConsoleConfig":
        found = _FENCED.search((ROOT / "README.md").read_text())
        assert found, f'README.md has no fenced json block under the heading "{HEADING}"'
        config: dict[str, Any] = json.loads(found.group(1))
        places = [_S3.fullmatch(config[key]) for key in ("training_data_path", "output_data_path")]
        named = [(place.group(1), place.group(2)) for place in places if place]
        assert named, "The console's JSON names no place on S3"
        base = find(config["base_model_id"])
        assert base, f"The console's JSON names {config['base_model_id']}, which cannot be fine-tuned"
        buckets = tuple(dict.fromkeys(bucket for bucket, _ in named))
        return cls(found.group(1), config["job_name"], base, buckets, named[0])

    def record(self, pair: Pair) -> dict[str, object]:
        """A record in the format of the base model."""
        chat = self.base.limits.schema.startswith("bedrock-conversation")
        return conversation(pair) if chat else prompt_completion(pair)

    def stories(self) -> tuple[Story, ...]:
        """What is played beside it, on the same base model; of the last two, training never begins."""
        small: dict[str, JsonValue] = {"rehearsal": {"steps": 10}}
        plain = replace(
            HEALTHY,
            base_model_id=self.base.model_id,
            hyperparameters={"epochCount": "1"},
            data=Data(200, self.record),
            sections=small,
        )
        return (
            replace(plain, name=SPOILT, data=Data(200, self.record, noise_from=0.5), expected=REFUSED),
            replace(plain, name=BY_HAND, frozen=True),
            replace(plain, name=ABORTED, frozen=True),
        )


@dataclass
class Played:
    """Everything that happened.

    Attributes:
        seen: The runs as they were last seen, by name.
        listed: Executions by name, as plain boto3 listed them while runs were on.
        items: Items of one run, as plain boto3 read them while it was on.
        stops: What `finetune-guard stop` printed, with its exit code, each time.
    """

    seen: dict[str, Seen] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    stops: list[tuple[int, str]] = field(default_factory=list)

    def subjects(self, name: str) -> list[str]:
        """Subjects of the mails about a run, oldest first."""
        return [mail.subject for mail in self.seen[name].mails]


def play(machine: Machine, world: World, config: ConsoleConfig) -> Played:
    """Starts everything at once, acts as a person would meanwhile, and follows until all is over."""
    _provide(config)
    stories = config.stories()
    upload(stories, question_sheets(200), world.bucket, world.start.files)
    pasted = _paste(config, machine, world)
    await_job(pasted, world, longest=60)
    begun = [pasted, *(begin(story, world) for story in stories)]
    played = Played()
    for looked in follow(begun, world, SECONDS, interval=1.0):
        played.seen = {seen.story.name: seen for seen in looked}
        _act(played, machine, world)
        if all(_over(seen) for seen in looked):
            break
    return played


def make_buckets(config: ConsoleConfig) -> None:
    """The person's own buckets, which the stack may use; those that are there stay as they are."""
    store = boto3.client("s3")
    there = {bucket["Name"] for bucket in store.list_buckets()["Buckets"]}
    for name in config.buckets:
        if name not in there:
            _make_bucket(store, name)


def _make_bucket(store: "S3Client", name: str) -> None:
    """S3 takes no location constraint in us-east-1, and wants one everywhere else."""
    region = store.meta.region_name
    if region == "us-east-1":
        store.create_bucket(Bucket=name)
    else:
        place = cast("BucketLocationConstraintType", region)
        store.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": place})


def _provide(config: ConsoleConfig) -> None:
    """The person's own buckets, with training data where the config says."""
    store, (bucket, key) = boto3.client("s3"), config.training
    make_buckets(config)
    store.put_object(Bucket=bucket, Key=key, Body=lines(question_sheets(500), config.record))


def _paste(config: ConsoleConfig, machine: Machine, world: World) -> Seen:
    """What the Step Functions console does with the JSON."""
    arn = boto3.client("stepfunctions").start_execution(
        stateMachineArn=machine.stack.output("RehearseThenRunArn"), name="from-the-console", input=config.text
    )["executionArn"]
    story: Story = replace(HEALTHY, name=config.job_name)
    return Seen(story, run_id(config.job_name, arn), world.start.workflow.execution(arn))


def _act(played: Played, machine: Machine, world: World) -> None:
    by_hand, aborted = played.seen[BY_HAND], played.seen[ABORTED]
    if not played.stops and _is_waiting(by_hand):
        played.listed = dict(_executions(machine))
        played.items = _items(machine, by_hand.run_id)
        played.stops = _stop_twice(by_hand.run_id, machine)
    if aborted.execution.status == "RUNNING" and _is_waiting(aborted):
        boto3.client("stepfunctions").stop_execution(executionArn=aborted.execution.arn)


def _is_waiting(seen: Seen) -> bool:
    run = seen.run
    return bool(run and run.wait and run.jobs and run.jobs[-1].status is JobStatus.IN_PROGRESS)


def _executions(machine: Machine) -> Iterator[tuple[str, str]]:
    client = boto3.client("stepfunctions")
    listed = client.list_executions(stateMachineArn=machine.stack.output("RehearseThenRunArn"))
    return ((execution["name"], execution["status"]) for execution in listed["executions"])


def _items(machine: Machine, run: str) -> list[dict[str, Any]]:
    answer = boto3.client("dynamodb").query(
        TableName=machine.stack.output("TableName"),
        KeyConditionExpression="pk = :run",
        ExpressionAttributeValues={":run": {"S": f"RUN#{run}"}},
    )
    return [dict(item) for item in answer["Items"]]


def _stop_twice(run: str, machine: Machine) -> list[tuple[int, str]]:
    """The person's command in a shell that has done `source .local/env`, in two terminals at once."""
    command = f". {machine.places.environment} && .venv/bin/finetune-guard stop {run} --yes --no-wait"
    began = [
        subprocess.Popen(["sh", "-c", command], cwd=ROOT, stdout=PIPE, stderr=STDOUT, text=True)
        for _ in range(2)
    ]
    said = [each.communicate()[0] for each in began]
    return [(each.returncode, words) for each, words in zip(began, said, strict=True)]


def _over(seen: Seen) -> bool:
    """An aborted run stays open while its job does; that its end was told is all there is to wait for."""
    if seen.story.name == ABORTED:
        return any(mail.subject.startswith("EXECUTION ABORTED") for mail in seen.mails)
    return seen.settled
