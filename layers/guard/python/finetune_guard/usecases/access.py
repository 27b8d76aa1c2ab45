"""Whether a run could use its places and its role, and has room: asked by pre-flight and by `validate`.

What cannot be asked is no fault of the config: it is named in one line of information, and the run goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from finetune_guard.core.access.places import Deployment, Named, judge_bucket
from finetune_guard.core.access.rights import (
    Right,
    context_of,
    judge_rulings,
    right_of_output,
    rights_of_data,
)
from finetune_guard.core.access.room import judge_names, judge_room
from finetune_guard.core.access.settings import judge_buckets, judge_role
from finetune_guard.core.access.trust import AWS_ROLE, judge_trust
from finetune_guard.core.config import Reading
from finetune_guard.core.config_keys import OUTPUT, TRAINING, VALIDATION
from finetune_guard.core.config_text import OURS, shown
from finetune_guard.core.errors import AccessRefusedError, NotFoundError, NotSignedInError, ServiceError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.runs import Problem, Source
from finetune_guard.core.s3_location import bucket_of
from finetune_guard.ports import Buckets, RolePolicies, RunStore, TrainingJobs

#: Why something was not checked.
NO_CREDENTIALS, NOT_ALLOWED, NO_ANSWER, NOT_REACHED = (
    "no credentials",
    "not allowed",
    "no answer",
    "no stack or service to ask",
)


@dataclass(frozen=True, slots=True)
class AccessTools:
    """What can be asked; each may be missing, and the answer then says what was not checked.

    Attributes:
        buckets: Tells where buckets are.
        roles: Tells what a role may do.
        jobs: Tells how many jobs are in progress.
        store: Tells which runs are going on.
        stack: What the stack may use.
        region: Where jobs would run, where no stack is known.
    """

    buckets: Buckets | None = None
    roles: RolePolicies | None = None
    jobs: TrainingJobs | None = None
    store: RunStore | None = None
    stack: Deployment | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is checked.

    Attributes:
        reading: The config.
        base: Its base.
        sources: Its data files, as far as they were read.
        room: Jobs that the account may have at a time; None where its quota is not known.
    """

    reading: Reading
    base: BaseModel | None
    sources: tuple[Source, ...] = ()
    room: int | None = None

    @property
    def paths(self) -> dict[str, str]:
        """What the config names, by key; what it does not name is left out."""
        named = {key: self.reading.path(key) for key in (TRAINING, VALIDATION, OUTPUT)}
        return {key: path for key, path in named.items() if path}

    @property
    def role(self) -> str | None:
        """The role that it names."""
        return self.reading.config.role_arn if self.reading.config else None


_Check = Callable[[Request, AccessTools], Iterator[Problem]]


class _NotReachedError(Exception):
    """There is nobody to ask."""


def check_access(request: Request, tools: AccessTools, unread: str = "") -> tuple[Problem, ...]:
    """Everything that keeps the run from its places, its role and its room.

    Args:
        request: What is checked.
        tools: What can be asked.
        unread: What was found to need credentials before, and has to be named with the rest.
    """
    found: list[Problem] = []
    left: dict[str, list[str]] = {NO_CREDENTIALS: [unread]} if unread else {}
    for what, check in _CHECKS.items():
        try:
            found += check(request, tools)
        except (ServiceError, _NotReachedError) as exc:
            left.setdefault(_reason(exc), []).append(what)
    return (*found, *_not_checked(left))


def _reason(exc: Exception) -> str:
    if isinstance(exc, _NotReachedError):
        return NOT_REACHED
    if isinstance(exc, NotSignedInError):
        return NO_CREDENTIALS
    return NOT_ALLOWED if isinstance(exc, AccessRefusedError) else NO_ANSWER


def _not_checked(left: dict[str, list[str]]) -> Iterator[Problem]:
    if left:
        told = "; ".join(f"{', '.join(whats)} ({reason})" for reason, whats in left.items())
        yield Problem("AC000", "info", "", "", f"Not checked: {told}.", "", OURS)


def _settings(request: Request, tools: AccessTools) -> Iterator[Problem]:
    if tools.stack is None:
        raise _NotReachedError
    yield from judge_buckets(request.paths, tools.stack)
    yield from judge_role(request.role, tools.stack)


def _buckets(request: Request, tools: AccessTools) -> Iterator[Problem]:
    named = {bucket_of(path): (key, path) for key, path in reversed(request.paths.items())}
    named.pop("", None)
    if not named:
        return
    if tools.buckets is None:
        raise _NotReachedError
    for bucket, (key, path) in named.items():
        stack = tools.stack
        account, region = (stack.account, stack.region) if stack else (None, tools.region)
        listed = stack is None or bucket in stack.buckets
        found = tools.buckets.facts(bucket, account)
        yield from judge_bucket(Named(key, path, listed), found, region, account, request.base)


def _role(request: Request, tools: AccessTools) -> Iterator[Problem]:
    """A role that the person brings; what the stack's own may do is what the stack itself may do."""
    role, stack = request.role, tools.stack
    if role is None or (stack and (role == stack.role_arns[0] or any(judge_role(role, stack)))):
        return
    if tools.roles is None:
        raise _NotReachedError
    partition, account = role.split(":")[1], stack.account if stack else role.split(":")[4]
    region = stack.region if stack else tools.region or ""
    try:
        yield from judge_trust(role, tools.roles.trust(role), region, account)
    except NotFoundError:
        advice = "Check its name, or leave it out for the stack's own."
        yield Problem("AC006", "error", "role_arn", shown(role), "There is no such role.", advice, AWS_ROLE)
        return
    rights = tuple(_rights(request, partition))
    yield from judge_rulings(role, tools.roles.rulings(role, rights, context_of(region, account)))


def _rights(request: Request, partition: str) -> Iterator[Right]:
    """What the role needs, each once."""
    keys = {source.key: source.file.key_arn for source in request.sources}
    wanted: list[Right] = []
    for key, path in request.paths.items():
        if key == OUTPUT:
            wanted.append(right_of_output(key, path, partition))
        elif bucket_of(path):
            wanted += rights_of_data(key, path, keys.get(key, ""), partition)
    yield from {(right.action, right.resource): right for right in reversed(wanted)}.values()


def _names(request: Request, tools: AccessTools) -> Iterator[Problem]:
    if tools.store is None:
        raise _NotReachedError
    yield from judge_names(request.reading.job_name, tools.store.open_runs())


def _room(request: Request, tools: AccessTools) -> Iterator[Problem]:
    if tools.jobs is None:
        raise _NotReachedError
    yield from judge_room(tools.jobs.in_progress(), request.room)


#: What is checked, by how it is called where it could not be.
_CHECKS: dict[str, _Check] = {
    "what the stack may use": _settings,
    "the buckets": _buckets,
    "the role": _role,
    "runs of the same name": _names,
    "jobs in progress": _room,
}
