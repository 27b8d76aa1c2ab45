"""The base models that can be fine-tuned, as of a date: shipped as data, found by id, alias or family.

catalog.json carries source, date and confidence of each kind of figure beside it (docs/catalogue.md).
ListFoundationModels and the account's quotas are the live truth, and this is the hint that works without
credentials.
"""

from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from finetune_guard.core.hyperparameters.base_model import (
    BaseModel,
    DatasetLimits,
    Figure,
    FigureKind,
    Knob,
    Lifecycle,
    RecordSchema,
)
from finetune_guard.core.plans import Price

#: What changes without a word: the catalogue is as old as the newest of these.
AGEING: tuple[FigureKind, ...] = ("lifecycle", "price")
#: Below this share of equal letters two names have nothing to do with each other.
ALIKE = 0.7


def find(name: str) -> BaseModel | None:
    """The entry that a person means by `name`; None where nothing fits.

    Args:
        name: An exact id, one without its context length ("amazon.nova-micro-v1:0"), a foundation-model ARN,
            an alias ("llama-3.1-8b") or a family (its first entry); the case does not matter.
    """
    wanted = name.strip().rpartition("foundation-model/")[2].lower()
    entries = sorted(shipped(), key=lambda base: base.limits.schema is RecordSchema.OTHER)
    if not wanted:
        return None
    tests = (
        lambda base: base.model_id == wanted,
        lambda base: base.model_id.rpartition(":")[0] == wanted,
        lambda base: wanted in base.aliases,
        lambda base: base.family == wanted,
    )
    return next((base for test in tests for base in entries if test(base)), None)


def known_on() -> date:
    """The newest date of what ages: which bases live, and their prices."""
    figures = (base.figures.get(kind) for base in shipped() for kind in AGEING)
    return max(figure.as_of for figure in figures if figure and figure.as_of)


def never_tunable(name: str) -> BaseModel | None:
    """A base that people ask for and that never could be customized, such as "anthropic.claude-v2"."""
    wanted = name.strip().rpartition("foundation-model/")[2].lower()
    known = (base for base in _entries() if not base.customizations)
    return next((base for base in known if wanted in (base.model_id, *base.aliases)), None)


def living(today: date) -> tuple[BaseModel, ...]:
    """Bases that this version can take through a run on `today`, as far as the catalogue knows."""
    return tuple(base for base in shipped() if base.tunable(today))


def nearest(name: str, today: date, most: int = 3) -> tuple[BaseModel, ...]:
    """Living bases most like `name`: of its family, of its provider, spelt like it, else each family's usual.

    Args:
        name: What was asked for, known or not.
        today: Decides what lives.
        most: How many to return.
    """
    meant = find(name)
    wanted = meant.model_id if meant else name.strip().lower()

    def likeness(base: BaseModel) -> tuple[bool, bool, float, bool]:
        spelling = SequenceMatcher(None, wanted, base.model_id).ratio()
        closest = max([spelling, *(SequenceMatcher(None, wanted, alias).ratio() for alias in base.aliases)])
        family = meant is not None and base.family == meant.family
        spelt = closest if closest >= ALIKE else 0.0
        # Its family's usual base has the bare name as an alias: "nova", "llama".
        usual = any(map(str.isalpha, base.aliases))
        return family, base.provider == wanted.partition(".")[0], spelt, usual

    return tuple(sorted(living(today), key=likeness, reverse=True)[:most])


@cache
def shipped() -> tuple[BaseModel, ...]:
    """Every base that can or could be customized, in the catalogue's order."""
    return tuple(base for base in _entries() if base.customizations)


@cache
def _entries() -> tuple[BaseModel, ...]:
    text = files("finetune_guard.core.hyperparameters").joinpath("catalog.json").read_bytes()
    return tuple(_base(entry) for entry in msgspec.json.decode(text, type=list[_Entry]))


class _Entry(msgspec.Struct):
    """An entry as the file has it; keys that only people read are left unread."""

    model_id: str
    family: str
    regions: tuple[str, ...]
    customization_types: tuple[str, ...]
    hyperparameters: dict[str, "_KnobEntry"]
    dataset: "_LimitsEntry"
    lifecycle: Lifecycle
    source_urls: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    figures: dict[FigureKind, Figure] = {}
    training_price_per_1k_tokens_usd: Decimal | None = None
    storage_usd_per_model_month: Decimal | None = None
    records_per_step_guess: int | None = None
    records_per_step_basis: str = ""
    on_demand_deployment: bool | str | None = None


class _KnobEntry(msgspec.Struct):
    type: Literal["integer", "float", "enum"]
    min: Decimal | None
    max: Decimal | None
    default: str | int | float | None
    required: bool = False
    also: str = ""
    documented: bool = True
    values: tuple[str, ...] = ()


class _LimitsEntry(msgspec.Struct):
    schema: str
    min_records: int | None = None
    counts: str = ""
    max_records: int | None = None
    max_tokens_per_record: int | None = None
    max_file_bytes: int | None = None
    max_validation_file_bytes: int | None = None
    min_validation_records: int | None = None
    max_validation_records: int | None = None
    sum_train_validation_max: int | None = None
    validation_supported: bool = True
    multimodal: bool | None = None


def _base(entry: _Entry) -> BaseModel:
    return BaseModel(
        model_id=entry.model_id,
        family=entry.family,
        regions=entry.regions,
        customizations=entry.customization_types,
        knobs={name: _knob(knob) for name, knob in entry.hyperparameters.items()},
        limits=_limits(entry.dataset),
        lifecycle=entry.lifecycle,
        aliases=entry.aliases,
        price=_price(entry),
        storage_usd_per_month=entry.storage_usd_per_model_month,
        records_per_step=entry.records_per_step_guess,
        records_per_step_basis=entry.records_per_step_basis,
        figures=entry.figures,
        on_demand=entry.on_demand_deployment if isinstance(entry.on_demand_deployment, bool) else None,
        sources=entry.source_urls,
    )


def _knob(entry: _KnobEntry) -> Knob:
    given = entry.default
    default = Decimal(str(given)) if isinstance(given, int | float) else given
    return Knob(
        entry.type, entry.min, entry.max, default, entry.required, entry.also, entry.documented, entry.values
    )


def _limits(entry: _LimitsEntry) -> DatasetLimits:
    known = entry.schema in set(RecordSchema)
    return DatasetLimits(
        schema=RecordSchema(entry.schema) if known else RecordSchema.OTHER,
        min_records=entry.min_records,
        min_counts_validation="validation" in entry.counts,
        max_records=entry.max_records,
        max_tokens=entry.max_tokens_per_record,
        max_bytes=entry.max_file_bytes,
        max_validation_bytes=entry.max_validation_file_bytes,
        min_validation=entry.min_validation_records,
        max_validation=entry.max_validation_records,
        max_sum=entry.sum_train_validation_max,
        validation=entry.validation_supported,
        multimodal=entry.multimodal,
    )


def _price(entry: _Entry) -> Price | None:
    usd = entry.training_price_per_1k_tokens_usd
    figure = entry.figures.get("price")
    return None if usd is None or figure is None else Price(usd, figure.source, figure.as_of)
