"""Data must be the same from its check to the creation of a job (fault row 56): a change refuses."""

from finetune_guard.core.config_text import OURS, shown
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.runs import Problem, Source

CHANGED = "DS009"
#: A job reads its data by URI alone, so what is there is what is trained on.
_ADVICE = "Start the run again once nothing writes to it; a name of its own for each version avoids this."


def same(before: FileFacts, now: FileFacts) -> bool:
    """Whether both are the same content: S3 gives equal bytes that were written alike an equal ETag."""
    return (before.etag, before.size) == (now.etag, now.size)


def changed(source: Source, now: FileFacts) -> Problem:
    """The data is another than the one that was checked."""
    then = source.file
    message = (
        f"The data changed between check and create: checked were {then.size} bytes with ETag {then.etag}, "
        f"there are now {now.size} with {now.etag}."
    )
    return _problem(source, message)


def unreachable(source: Source, reason: str) -> Problem:
    """The data that was checked cannot be looked at any more."""
    message = f"The data changed between check and create: it cannot be seen any more. {reason}"
    return _problem(source, message)


def changed_while_read(key: str, uri: str) -> Problem:
    """The data was written while it was being checked."""
    message = "The data was written while it was read, so what was checked is not what is there."
    return Problem(CHANGED, "error", key, shown(uri), message, _ADVICE, OURS)


def _problem(source: Source, message: str) -> Problem:
    return Problem(CHANGED, "error", source.key, shown(source.file.uri), message, _ADVICE, OURS)
