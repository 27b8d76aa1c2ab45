"""Which deployed stack a command means."""

from dataclasses import dataclass

DEFAULT_STACK = "FinetuneGuard"


@dataclass(frozen=True, slots=True)
class Target:
    """Which stack is meant.

    Attributes:
        stack: Its CloudFormation name.
        region: AWS region; None for the caller's own default.
    """

    stack: str
    region: str | None
