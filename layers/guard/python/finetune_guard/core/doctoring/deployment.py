"""Whether what was deployed is there, whole, and of this version."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from finetune_guard.core.access.places import BucketFacts, Named, judge_bucket
from finetune_guard.core.access.rights import DENIED, MISSING, Ruling
from finetune_guard.core.doctoring.checks import Check, Question
from finetune_guard.core.doctoring.facts import FunctionFacts, StackFacts
from finetune_guard.core.runs import Problem
from finetune_guard.core.s3_location import SCHEME

STACK: Final = Question("stack", "a deployment that is complete")
VERSION: Final = Question("version", "the stack and this command are of one version")
FUNCTIONS: Final = Question("functions", "each one active, with the layers that the stack deployed")
ROLE: Final = Question("Bedrock role", "Bedrock may use it, and it may read the data and write the output")
BUCKET: Final = Question("bucket", "there, in the stack's region and account, and open to you")

#: Key of the stack's output that tells the version of what is deployed.
VERSION_OUTPUT: Final = "Version"
#: The functions' runtime (infra/constructs/layers.py; a test compares the two).
RUNTIME: Final = "python3.13"
#: Inactive is a function that slept long; it wakes at the next call (AWS Lambda, "Function states").
AWAKE: Final = frozenset({"Active", "Inactive", "Pending"})
#: Where CloudFormation leaves a stack that did what it was asked.
COMPLETE: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
#: An update failed and all is as it was before: the stack works, and is not what was wanted.
AS_BEFORE: Final = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})

#: What was deleted by hand stays away: CloudFormation does not look, and finds nothing to change.
MADE_AGAIN: Final = (
    "Deploying again does not bring it back: docs/operations.md, 'When something was deleted by hand'."
)


def judge_stack(facts: StackFacts) -> Check:
    """Whether the last deployment came to its end."""
    why = f" {facts.reason}" if facts.reason else ""
    seen = f"{facts.status} in {facts.region}, {len(facts.resources)} resources.{why}"
    if facts.status in COMPLETE:
        return STACK.ok(seen)
    if facts.status in AS_BEFORE:
        return STACK.warning(seen, "The last update was taken back: see the stack's events, deploy again.")
    if facts.status.endswith("_IN_PROGRESS"):
        return STACK.warning(seen, "It is being changed: ask again when that is over.")
    return STACK.broken(seen, "See the stack's events for what failed, then deploy again: cdk deploy")


def judge_version(own: str, outputs: Mapping[str, str]) -> Check:
    """Whether the stack is of this command's version; records of another may not be read.

    Args:
        own: This command's.
        outputs: The stack's outputs.
    """
    deployed = outputs.get(VERSION_OUTPUT, "")
    if not deployed:
        seen = f"The stack does not tell its version; this command is {own}."
        return VERSION.warning(seen, "Deploy this version: cdk deploy")
    if deployed != own:
        seen = f"The stack is {deployed}, this command is {own}."
        return VERSION.broken(seen, f"Install finetune-guard {deployed}, or deploy {own}: cdk deploy")
    return VERSION.ok(f"{deployed}, both.")


def judge_functions(found: Mapping[str, FunctionFacts | None], layers: Sequence[str]) -> Check:
    """Whether every function can run, and runs what was deployed.

    Args:
        found: What Lambda says of each, by its name in the template; None where there is none.
        layers: ARNs of the stack's layers, each with its version.
    """
    absent = [name for name, facts in found.items() if facts is None]
    there = {name: facts for name, facts in found.items() if facts is not None}
    if absent or not found:
        return FUNCTIONS.broken(f"Not there: {_names(absent) or 'any function'}.", MADE_AGAIN)
    ill = [f"{name} ({_illness(facts)})" for name, facts in there.items() if _illness(facts)]
    if ill:
        advice = "See its page in the Lambda console, then deploy again: cdk deploy"
        return FUNCTIONS.broken(f"Cannot run: {_names(ill)}.", advice)
    busy = [name for name, facts in there.items() if _is_busy(facts)]
    if busy:
        return FUNCTIONS.warning(f"Being updated: {_names(busy)}.", "Ask again in a minute.")
    foreign = [name for name, facts in there.items() if _is_foreign(facts, layers)]
    if foreign:
        seen = f"Changed by hand, with another runtime or other layers: {_names(foreign)}."
        return FUNCTIONS.broken(seen, "Undo the change by hand; deploying again does not see it.")
    return FUNCTIONS.ok(f"{len(there)} functions, active, with the stack's {len(layers)} layers.")


def _illness(facts: FunctionFacts) -> str:
    if facts.state not in AWAKE or facts.last_update == "Failed":
        return f"{facts.state}, last update {facts.last_update}{f', {facts.reason}' if facts.reason else ''}"
    return ""


def _is_busy(facts: FunctionFacts) -> bool:
    return facts.state == "Pending" or facts.last_update == "InProgress"


def _is_foreign(facts: FunctionFacts, layers: Sequence[str]) -> bool:
    return facts.runtime != RUNTIME or set(facts.layers) != set(layers)


def judge_place(found: BucketFacts, stack: StackFacts) -> Check:
    """Whether one of the stack's buckets can be used by its jobs and by the caller."""
    question = BUCKET.of(found.name)
    named = Named("", f"{SCHEME}{found.name}")
    problems = tuple(judge_bucket(named, found, stack.region, stack.account, None))
    if problems:
        return _by_severity(question, problems)
    return question.ok(f"There, in {found.region or 'a region that S3 does not tell'}, open to you.")


def judge_rights(which: str, trust: Iterable[Problem], rulings: Sequence[Ruling], own: str | None) -> Check:
    """Whether Bedrock can work with a role.

    Args:
        which: Its name where the deployer named it; "" for the role that the stack made.
        trust: What keeps Bedrock from assuming it.
        rulings: What IAM says of each right that a job needs.
        own: The bucket that no other policy lets the role into; None where others may.
    """
    question, distrust = ROLE.of(which) if which else ROLE, tuple(trust)
    if distrust:
        return _by_severity(question, distrust)
    lacking = [ruling for ruling in rulings if ruling.decision in (DENIED, MISSING) and not ruling.unknown]
    if not lacking:
        return question.ok(f"Bedrock may assume it; {len(rulings)} rights asked of IAM, all allowed.")
    seen = f"It may not: {_names(_right(ruling) for ruling in lacking)}."
    if any(ruling.decision == DENIED or _bucket(ruling) == own for ruling in lacking):
        return question.broken(
            seen, "Every job will fail. Give the role its policy back, or remove the deny."
        )
    return question.warning(seen, "Unless the bucket's own policy allows it, a job there fails: allow it.")


def _bucket(ruling: Ruling) -> str:
    return ruling.right.resource.rpartition(":::")[2].partition("/")[0]


def _right(ruling: Ruling) -> str:
    return f"{ruling.right.action} on {ruling.right.resource.rpartition(':::')[2]}"


def _by_severity(question: Question, problems: Sequence[Problem]) -> Check:
    seen = " ".join(problem.message for problem in problems)
    advice = " ".join(dict.fromkeys(problem.suggestion for problem in problems))
    if any(problem.severity == "error" for problem in problems):
        return question.broken(seen, advice)
    return question.warning(seen, advice)


def _names(names: Iterable[str]) -> str:
    """As many as a line takes, the rest counted."""
    listed = list(names)
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return ", ".join(listed[:3]) + more
