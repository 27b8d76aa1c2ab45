"""Whose a refusal is, and so whether a person may overrule it."""

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Who says no."""

    SERVICE = "service"
    """Bedrock, or AWS, would refuse it; nothing on our side can change that."""

    OVERRULABLE = "overrulable"
    """A judgement, an estimate or a figure that may be old; a person may know better (--accept CODE)."""

    OURS = "ours"
    """This version could make no run of it; there is another way out, and `why` names it."""

    NEVER = "never"
    """Nobody: the code is a warning or a note."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a code may be overruled.

    Attributes:
        refusal: Who refuses.
        why: One clause without a full stop: why a person may, or may not, overrule it.
    """

    refusal: Refusal
    why: str


BEDROCKS_OWN = Standing(Refusal.SERVICE, "Bedrock refuses such a job")
NEVER = Standing(Refusal.NEVER, "it refuses nothing")


def overrulable(why: str) -> Standing:
    """What a person may know better."""
    return Standing(Refusal.OVERRULABLE, why)


def ours(why: str) -> Standing:
    """What this version could make no run of; `why` names the way out."""
    return Standing(Refusal.OURS, why)
