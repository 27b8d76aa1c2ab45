"""The tables of docs/datasets.md as the rules make them; `python -m tests.core.datasets.page` writes them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from finetune_guard.core.datasets.fault_meanings import MEANINGS
from finetune_guard.core.datasets.record_rules import RecordRules, rules_of
from finetune_guard.core.hyperparameters.base_model import TEXT_SCHEMAS, BaseModel, DatasetLimits
from finetune_guard.core.hyperparameters.catalogue import shipped

PAGE = Path(__file__).resolve().parents[3] / "docs" / "datasets.md"
#: What is above this line is written by hand and kept.
FIRST = "## The codes\n"

WORDS = {
    "schema": "its base's schema",
    "tokens": "so many",
    "reserved": "those below",
    "images": "as below",
    "media": "as below",
    "reason": "the reason",
    "size": "so many",
    "most": "so many",
    "base": "The base",
}


def written() -> str:
    """The page as it is."""
    return PAGE.read_text(encoding="utf-8")


def page() -> str:
    """The page as it should be."""
    head = written().partition(FIRST)[0]
    return (
        head
        + FIRST
        + "\n"
        + "\n".join([*_codes(), "", "## The bases", "", *_bases(), "", *_reserved()])
        + "\n"
    )


def _codes() -> Iterator[str]:
    yield from _row(("code", "severity", "what is told", "source"), head=True)
    for fault, meaning in sorted(MEANINGS.items()):
        sentence = meaning.sentence.format_map(WORDS)
        yield from _row((fault.code, meaning.severity, sentence, meaning.source))


def _bases() -> Iterator[str]:
    yield from _row(("base", "schema", "records", "tokens", "file", "validation", "media"), head=True)
    for base in shipped():
        if base.limits.schema in TEXT_SCHEMAS:
            yield from _row(_base(base))


def _base(base: BaseModel) -> tuple[str, ...]:
    limits, rules = base.limits, rules_of(base)
    least = f"{limits.min_records or 1:,}"
    most = limits.max_records or limits.max_sum
    beside = " with validation" if limits.min_counts_validation else ""
    return (
        f"`{base.model_id}`",
        rules.schema.value,
        f"{least} to {most:,}{beside}" if most else f"{least} or more",
        f"{limits.max_tokens:,}" if limits.max_tokens else "not told",
        _size(limits.max_bytes),
        _validation(limits),
        _media(rules),
    )


def _size(most: int | None) -> str:
    return f"{most / (1 << 30):g} GiB" if most else "not told"


def _validation(limits: DatasetLimits) -> str:
    if not limits.validation:
        return "not used"
    if limits.max_validation is None:
        return "optional"
    return f"{limits.min_validation or 1:,} to {limits.max_validation:,}"


def _media(rules: RecordRules) -> str:
    if rules.media is None:
        return "none"
    images = f"{rules.media.max_images} images" if rules.media.max_images else "images"
    return f"{images}, or 1 video" if rules.media.videos else images


def _reserved() -> Iterator[str]:
    yield "Reserved words:"
    yield ""
    words = {base.family: rules_of(base).reserved for base in shipped()}
    for family, reserved in words.items():
        if reserved:
            yield f"- {family}: " + ", ".join(f"`{word!r}`".replace("'", "") for word in reserved)


def _row(cells: Sequence[str], *, head: bool = False) -> Iterator[str]:
    yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    if head:
        yield "|" + "---|" * len(cells)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
