"""What a scan found, as problems for a person: code, count and places, never a record's text."""

from finetune_guard.core.datasets.faults import MEANINGS
from finetune_guard.core.datasets.records import FoundFault, Scan
from finetune_guard.core.hyperparameters.base_model import RecordSchema
from finetune_guard.core.runs import Problem


def problems_of(scan: Scan, key: str, schema: RecordSchema) -> tuple[Problem, ...]:
    """One problem for each kind of fault.

    Args:
        scan: Of one file.
        key: The config key that names the file.
        schema: What a record had to be.
    """
    return tuple(_problem(found, key, schema) for found in scan.faults)


def _problem(found: FoundFault, key: str, schema: RecordSchema) -> Problem:
    meaning = MEANINGS[found.fault]
    return Problem(
        code=found.fault.value.rstrip("W"),
        severity=meaning.severity,
        key=key,
        given=_places(found),
        message=meaning.sentence.format(schema=schema.value),
        suggestion=meaning.advice.format(schema=schema.value),
        source=meaning.source,
    )


def _places(found: FoundFault) -> str:
    lines = ", ".join(str(place.line) for place in found.places)
    first = found.places[0]
    times = "1 time" if found.count == 1 else f"{found.count} times"
    more = ", …" if found.count > len(found.places) else ""
    plural = "line" if len(found.places) == 1 and not more else "lines"
    return f"{times}: {plural} {lines}{more} (the first at byte {first.offset})"
