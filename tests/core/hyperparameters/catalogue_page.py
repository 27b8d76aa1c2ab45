"""Writes docs/catalogue.md: `python -m tests.core.hyperparameters.catalogue_page`."""

from collections.abc import Iterator
from pathlib import Path

from finetune_guard.core.hyperparameters.base_model import (
    FINE_TUNING,
    TEXT_SCHEMAS,
    BaseModel,
    DatasetLimits,
    Knob,
    plain_number,
)
from finetune_guard.core.hyperparameters.catalogue import known_on, shipped

PAGE = Path(__file__).parents[3] / "docs" / "catalogue.md"

_HEAD = f"""# The catalogue of base models

What this version knows without asking AWS, as of {known_on()}. Written by `python -m
tests.core.hyperparameters.catalogue_page` from `core/hyperparameters/catalog.json` and compared with it by a
test, so it cannot go stale.

With credentials the truth is live and this is the hint: ListFoundationModels says which bases can be
fine-tuned in the region, and the account's service quotas replace "most records" (QU001). Without, every
answer says "catalogue of {known_on()}, not live" (BM002).

How sure a figure is: `documented` by AWS or the provider · `aws code`, in a repository of AWS ·
`measured by a user` and published · `secondary`, in somebody's table · `unconfirmed`, from memory or by
analogy. The date is that of the source, or the day on which its stored copy was read where it has none.
"""

_CORRECTED = """## What was corrected

Checked on 2026-11-28 against the stored copies of AWS's pages and botocore's service model; differences from
what this catalogue said before:

- Nova Canvas takes 5 to 10,000 records, prompts of 3 to 1,024 characters, images of at most 50 MB (AWS,
  fine-tune-prepare-data-creative-content); these limits were missing.
- Nova Micro, Lite, Pro and Nova 2 Lite are Active on 2026-09-01; they were assumed so by a table of
  2026-07-17. Nova Premier and Sonic, which are not fine-tuned on Bedrock, ended on 2026-09-14.
- AWS's hyperparameter pages cover Llama 2, 3.1 and 3.2; for Llama 3.3 only its defaults were seen by a user,
  so its ranges are marked unconfirmed. For Nova 2 Lite they are those of AWS's own SDK.
- The training prices of Nova Lite and Nova Pro could not be confirmed anywhere, nor Nova's limit of tokens a
  record.
- Claude v2, v2.1 and Instant are named as never tunable. Their end of life is from memory.
- The record quotas are adjustable, and each has a quota of its own, "(Model customization) Sum of training
  and validation records for a … Fine-tuning job"; their codes differ by base, so names are compared.
"""


def page() -> str:
    """The whole page."""
    ours = [base for base in shipped() if FINE_TUNING in base.customizations and _text(base)]
    others = [base for base in shipped() if base not in ours]
    return "\n".join(
        [
            _HEAD,
            "## Bases that this version fine-tunes\n",
            *_table(ours),
            "\n## Bases that are known and not done by this version\n",
            "Images, or reinforcement fine-tuning only.\n",
            *_table(others),
            "\n## Hyperparameters\n",
            *_knobs(),
            "\n## Where each figure is from\n",
            *_sources(),
            f"\n{_CORRECTED}",
        ]
    )


def _text(base: BaseModel) -> bool:
    return base.limits.schema in TEXT_SCHEMAS


def _table(bases: list[BaseModel]) -> Iterator[str]:
    yield _row(
        "base", "regions", "lives", "records", "tokens a record", "$ for 1,000 tokens", "$ a month kept"
    )
    yield _row(*("---",) * 7)
    for base in bases:
        yield _row(
            f"`{base.model_id}`",
            ", ".join(base.regions),
            _life(base),
            _records(base.limits),
            f"{base.limits.max_tokens:,}" if base.limits.max_tokens else "not told",
            plain_number(base.price.usd_per_1k_tokens) if base.price else "unknown",
            plain_number(base.storage_usd_per_month) or "unknown",
        )


def _life(base: BaseModel) -> str:
    end = base.lifecycle.end_of_life
    return f"until {end}" if end else base.lifecycle.status


def _records(limits: DatasetLimits) -> str:
    least, most = limits.min_records, limits.max_sum or limits.max_records
    span = f"{least or 1:,} to {most:,}" if most else f"{least:,} or more" if least else "not told"
    with_validation = " with validation" if limits.max_sum else ""
    return f"{span}{with_validation}" + ("" if limits.validation else "; no validation file")


def _knobs() -> Iterator[str]:
    yield _row("family", "hyperparameter", "accepted", "default")
    yield _row(*("---",) * 4)
    seen: set[tuple[str, str, str]] = set()
    for base in shipped():
        for name, knob in base.knobs.items():
            if (base.family, name, knob.accepted) not in seen:
                seen.add((base.family, name, knob.accepted))
                yield _row(base.family, _name(name, knob), knob.accepted, _default(knob))


def _name(name: str, knob: Knob) -> str:
    return f"`{name}`" if knob.documented else f"`{name}` (not in AWS's page, without effect)"


def _default(knob: Knob) -> str:
    if knob.default is None:
        return "required" if knob.required else ""
    return knob.default if isinstance(knob.default, str) else plain_number(knob.default)


def _sources() -> Iterator[str]:
    yield _row("base", "figure", "source", "date", "how sure")
    yield _row(*("---",) * 5)
    for base in shipped():
        for kind, figure in base.figures.items():
            day = str(figure.as_of or "")
            yield _row(f"`{base.model_id}`", kind, figure.source, day, figure.confidence.value)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
