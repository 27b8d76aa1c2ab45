"""The only reader of the environment; infra takes the names from here, so each is written once.

Plain dataclasses, since the watch's quiet tick imports no pydantic (docs/adr/0003).
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TypeVar

from finetune_guard.core.errors import InvalidInputError

S = TypeVar("S", bound="Settings")

#: Every variable of ours begins so: table -> GUARD_TABLE.
PREFIX = "GUARD_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Base of what one process needs from its environment."""

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """Names of all variables, required ones first."""
        ordered = sorted(fields(cls), key=lambda f: f.default is not MISSING)
        return tuple(PREFIX + f.name.upper() for f in ordered)

    @classmethod
    def required(cls) -> tuple[str, ...]:
        """Names of the variables that must be set."""
        return tuple(PREFIX + f.name.upper() for f in fields(cls) if f.default is MISSING)

    @classmethod
    def read(cls: type[S], environment: Mapping[str, str] | None = None) -> S:
        """Reads the environment.

        Raises:
            InvalidInputError: Required variables are missing; all of them are named. Or one that is a number
                holds none.
        """
        source = os.environ if environment is None else environment  # noqa: TID251
        missing = [name for name in cls.required() if not source.get(name)]
        if missing:
            raise InvalidInputError(
                f"Missing from the environment: {', '.join(missing)}. The stack sets them for its functions; "
                "a terminal gets them from --stack."
            )
        names = {f.name: PREFIX + f.name.upper() for f in fields(cls)}
        given = {field: source[name] for field, name in names.items() if source.get(name)}
        numbers = {f.name for f in fields(cls) if f.type is int}
        return cls(**given | {name: _number(names[name], given[name]) for name in numbers & set(given)})


def _number(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise InvalidInputError(f"{variable} is {text[:80]!r}; a whole number was expected.")
    return int(text)


@dataclass(frozen=True, slots=True)
class StoreSettings(Settings):
    """What every function needs: where runs are recorded."""

    table: str
    stack: str


@dataclass(frozen=True, slots=True)
class BucketSettings(StoreSettings):
    """Functions that write to the stack's bucket."""

    bucket: str


@dataclass(frozen=True, slots=True)
class PlanningSettings(BucketSettings):
    """Preflight and plan.

    Attributes:
        role_arn: The stack's own Bedrock service role, used when the config names none.
        role_arns: Comma-separated roles that may be passed; the stack's own first.
        data_buckets: Comma-separated buckets that the stack may read and write besides its own.
    """

    role_arn: str
    role_arns: str
    data_buckets: str = ""


@dataclass(frozen=True, slots=True)
class WaitSettings(StoreSettings):
    """The function that stores a run's task token."""

    watch_function: str


@dataclass(frozen=True, slots=True)
class WatchSettings(BucketSettings):
    """The watch.

    Attributes:
        alert_topic: ARN of the topic that mails people.
        stops_per_hour: Most jobs that are stopped for what their curves show within an hour.
        mails_per_hour: Most mails about runs within an hour.
    """

    alert_topic: str
    stops_per_hour: int
    mails_per_hour: int
