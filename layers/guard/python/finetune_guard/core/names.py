"""Names that are derived, never drawn: the same run, stage, candidate and attempt always give the same.

Patterns are those of the Bedrock service model (docs/bedrock.md, 1.1): a job name has no underscore, a model
name no "--", an S3 URI no "=", ":", "@", "+" or space. A crash between two calls so finds its own work.
"""

import hashlib
import math
import re
from dataclasses import dataclass

from finetune_guard.core.plans import Stage, part_name, part_named, part_words

#: Tag keys that are ours; a user's tag may not begin with the prefix.
TAG_PREFIX = "finetune-guard:"
STACK_TAG = TAG_PREFIX + "stack"
RUN_TAG = TAG_PREFIX + "run"
STAGE_TAG = TAG_PREFIX + "stage"

#: Longest id that run_id makes, and its letters.
LONGEST_RUN_ID = 35
_RUN_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLACES = {stage: place for place, stage in enumerate(Stage)}


def slug(text: str, longest: int) -> str:
    """Lower-case letters, digits and single dashes of `text`, at most `longest` characters; "run" if none."""
    ascii_only = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return ascii_only[:longest].strip("-") or "run"


def digest(*parts: object) -> str:
    """64 hexadecimal characters; the parts are joined by a character that none of them may hold."""
    return hashlib.sha256(
        "\x1f".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
    ).hexdigest()


def is_run_id(text: str) -> bool:
    """Whether it could be the id of a run: what run_id makes is never anything else."""
    return len(text) <= LONGEST_RUN_ID and _RUN_ID.fullmatch(text) is not None


def run_id(job_name: str, execution_arn: str) -> str:
    """The id of the run that an execution carries: readable, unique, legal in S3 keys and job names."""
    return f"{slug(job_name, 24)}-{digest(execution_arn)[:10]}"


@dataclass(frozen=True, slots=True)
class JobKey:
    """Names one job among all.

    Attributes:
        run_id: The run.
        stage: The stage of the run.
        candidate: Setting tried in the stage, from 0.
        attempt: Rises only when a person resumes a run, from 0.
        segment: Which segment of the full run, from 1; 0 where the stage is not cut.
    """

    run_id: str
    stage: Stage
    candidate: int = 0
    attempt: int = 0
    segment: int = 0

    @property
    def part(self) -> str:
        """The stage as it is written everywhere: "rehearsal", "probe", "full" or "segment-2"."""
        return part_name(self.stage, self.segment)

    @property
    def words(self) -> str:
        """The stage as a person calls it: "rehearsal", "probe", "full run" or "segment 2"."""
        return part_words(self.stage, self.segment)

    @property
    def short(self) -> str:
        """The key within its run, such as "rehearsal-0-0"."""
        return f"{self.part}-{self.candidate}-{self.attempt}"

    @property
    def named(self) -> str:
        """The stage as it stands in a sentence: "the rehearsal", "segment 2"."""
        return part_named(self.stage, self.segment)

    @property
    def told(self) -> str:
        """As words, with which try and which resumption it was, such as "segment 2, 2nd try, resumed"."""
        tries = {0: "", 1: ", 2nd try", 2: ", 3rd try"}.get(self.candidate, f", try {self.candidate + 1}")
        resumed = {0: "", 1: ", resumed"}.get(self.attempt, f", resumed {self.attempt} times")
        return self.words + tries + resumed

    @property
    def place(self) -> tuple[int, int, int, int]:
        """Sorts the jobs of a run in the order in which they come."""
        return (_PLACES[self.stage], self.segment, self.candidate, self.attempt)

    @property
    def part_place(self) -> tuple[int, float]:
        """Sorts the parts of a run; the full run as one job comes after segments that could not be had."""
        return (_PLACES[self.stage], self.segment or math.inf)

    @property
    def token(self) -> str:
        """The clientRequestToken: 64 characters of the service's alphabet."""
        return digest(self.run_id, self.part, self.candidate, self.attempt)

    @property
    def job_name(self) -> str:
        """At most 63 characters, matching the service's jobName pattern."""
        return f"{slug(self.run_id, 40)}-{self.short}-{self.token[:8]}"[:63]

    @property
    def model_name(self) -> str:
        """The same as the job name: its alphabet also fits customModelName."""
        return self.job_name
