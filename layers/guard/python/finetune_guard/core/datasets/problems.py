"""What a scan found, as problems for a person: code, count and places, never a record's text."""

from collections.abc import Iterable, Mapping

from finetune_guard.core.datasets.fault_meanings import MEANINGS
from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.places import FoundFault
from finetune_guard.core.datasets.record_rules import MediaRules, RecordRules
from finetune_guard.core.runs import Problem


def problems_of(
    faults: Iterable[FoundFault], key: str, rules: RecordRules, compared: int | None = None
) -> tuple[Problem, ...]:
    """One problem for each kind of fault.

    Args:
        faults: Of one file.
        key: The config key that names the file.
        rules: What a record had to be.
        compared: How many records were compared, where there are more than that; None for all of them.
    """
    among = f", among the first {compared} records" if compared else ""
    return tuple(_problem(found, key, rules, among) for found in faults)


def _problem(found: FoundFault, key: str, rules: RecordRules, among: str) -> Problem:
    return problem_of(found.fault, key, _places(found) + among, words_of(rules))


def problem_of(fault: DataFault, key: str, given: str, words: Mapping[str, str]) -> Problem:
    """A fault as a problem.

    Args:
        fault: Which.
        key: The config key that names the file.
        given: What was found, without any of its text.
        words: What its sentence names.
    """
    meaning = MEANINGS[fault]
    return Problem(
        code=fault.code,
        severity=meaning.severity,
        key=key,
        given=given,
        message=meaning.sentence.format_map(words),
        suggestion=meaning.advice.format_map(words),
        source=meaning.source,
    )


def words_of(rules: RecordRules) -> dict[str, str]:
    """What the sentences about records name of a base."""
    return {
        "schema": rules.schema.value,
        "tokens": f"{rules.max_tokens}",
        "reserved": ", ".join(repr(word).strip("'") for word in rules.reserved),
        **(_of_media(rules.media) if rules.media else {"images": "none", "media": "none"}),
    }


def _of_media(rules: MediaRules) -> dict[str, str]:
    images = f"{rules.max_images} images" if rules.max_images else "images"
    formats = ", ".join(sorted(rules.images | rules.videos))
    place = f"the bucket {rules.bucket}" if rules.bucket else "S3"
    return {
        "images": f"{images} or one video" if rules.videos else images,
        "media": f"{formats} by an s3:// URI of letters, digits, _ - . and / in {place}",
    }


def _places(found: FoundFault) -> str:
    lines = ", ".join(str(place.line) for place in found.places)
    first = found.places[0]
    times = "1 time" if found.count == 1 else f"{found.count} times"
    more = ", …" if found.count > len(found.places) else ""
    plural = "line" if len(found.places) == 1 and not more else "lines"
    return f"{times}: {plural} {lines}{more} (the first at byte {first.offset})"
