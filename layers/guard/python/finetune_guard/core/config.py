"""The input: the seed's config.json, unchanged in shape, and our optional keys.

Strict and closed at every level: an unknown key or a wrong type is a problem, and all are told at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from finetune_guard.core.config_problems import (
    from_pydantic,
    not_an_object,
    unaccepted,
)
from finetune_guard.core.config_text import SHOWN, parse, unfit
from finetune_guard.core.config_values import (
    S3_URI,
    BaseModelId,
    Codes,
    DataPath,
    JobName,
    Money,
    OutputPath,
    RoleArn,
    Segments,
    Settings,
    Sweep,
    Tags,
    Thresholds,
    TokenPrice,
    readable_codes,
    readable_money,
    readable_setting,
    readable_thresholds,
)
from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive, Reply
from finetune_guard.core.runs import Problem
from finetune_guard.core.wire import dumps

#: Steps that a rehearsal aims at: the seed's own (`mini-run --steps 100`), and about what other services aim
#: at (docs/bedrock.md, 8.1).
REHEARSAL_STEPS = 100
#: Three days. Bedrock bills tokens, not hours, so a limit that is too high costs only waiting, and one that
#: is too low throws a healthy job away with all it cost; jobs that never began to train have stood for 25 to
#: 74 hours (docs/bedrock.md, 2.3).
MAX_HOURS = 72.0

#: A run waits for an answer for a day at most.
ASK_HOURS = 24.0

#: Words of a JSON document are taken for their enum; everything else stays strict.
Word = Field(strict=False)


class _Closed(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class RehearsalOrders(_Closed):
    """How the rehearsal is made.

    Attributes:
        steps: Optimizer steps to aim at; made by cutting the data, since Bedrock has no step limit.
        on_inconclusive: What a rehearsal without a clear answer leads to; None for the default.
        ask_hours: How long a run waits for an answer, where on_inconclusive is ask; at most a day.
        on_no_answer: What is done when nobody answers.
        sweep: Whether several rates are rehearsed: true for a third, one and three times the rate, or the
            rates themselves.
    """

    steps: Annotated[int, Field(ge=1, le=10_000)] = REHEARSAL_STEPS
    on_inconclusive: Annotated[OnInconclusive, Word] | None = None
    ask_hours: Annotated[float, Field(gt=0, le=ASK_HOURS)] = ASK_HOURS
    on_no_answer: Annotated[Reply, Word] = Reply.REFUSE
    sweep: Sweep = None


class RunOrders(_Closed):
    """How the run is carried.

    Attributes:
        max_hours: Hours after which the watch stops a job; fractions allowed, at most 30 days.
        on_abort: What happens to a job whose execution is aborted.
        segments: Into how many jobs the full run is cut, or "auto"; None for one job.
        validation_interval_minutes: How often a segment is to end and be validated; the seed's time-based
            validation. Given alone it means segments "auto".
    """

    max_hours: Annotated[float, Field(gt=0, le=720)] = MAX_HOURS
    on_abort: Annotated[OnAbort, Word] = OnAbort.ALERT
    segments: Segments = None
    validation_interval_minutes: Annotated[float, Field(gt=0, le=43_200)] | None = None


class MonitoringOrders(_Closed):
    """What the watch may do, and at what it takes notice.

    Attributes:
        auto_stop: off, shadow or on.
        thresholds: Overrides of the family's threshold pack, "rule.threshold" to value.
    """

    auto_stop: Annotated[AutoStop, Word] = AutoStop.SHADOW
    thresholds: Thresholds = Field(default_factory=dict)


class RunConfig(_Closed):
    """One config.json; the seed's keys first, then ours, all of which are optional.

    Hyperparameters are text, as the seed and Bedrock have them; a number is taken too and becomes its exact
    shortest text. The three PEFT keys of the seed are read so that they can be refused by name. `accept`
    names the refusals that the person overrules (core/acceptance.py).
    """

    job_name: JobName
    base_model_id: BaseModelId
    training_data_path: DataPath
    output_data_path: OutputPath
    hyperparameters: Settings = Field(default_factory=dict)
    enable_peft: object = None
    peft_method: object = None
    lora_rank: object = None
    validation_data_path: DataPath | None = None
    role_arn: RoleArn | None = None
    rehearsal: RehearsalOrders = RehearsalOrders()
    run: RunOrders = RunOrders()
    monitoring: MonitoringOrders = MonitoringOrders()
    budget_usd: Money | None = None
    price_per_1k_tokens_usd: TokenPrice | None = None
    tags: Tags = Field(default_factory=dict)
    accept: Codes = Field(default_factory=list)


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield prefix + name
        for kind in (info.annotation, *get_args(info.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _keys(kind, f"{prefix}{name}.")


#: Every key of a config, dotted, in order.
KEYS = tuple(_keys(RunConfig))


@dataclass(frozen=True, slots=True)
class Reading:
    """A config, as far as it could be read.

    Attributes:
        config: The whole; None where its shape is wrong.
        problems: Everything that is wrong with the shape, and notes.
        document: The JSON object as it came; empty where there is none.
    """

    config: RunConfig | None
    problems: tuple[Problem, ...]
    document: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def job_name(self) -> str:
        """The user's name for the run, "unnamed" where it cannot be read."""
        return self._text("job_name")[:256] or "unnamed"

    @property
    def base_model_id(self) -> str:
        """The base asked for, "" where it cannot be read."""
        return self._text("base_model_id")

    @property
    def hyperparameters(self) -> dict[str, str]:
        """Those hyperparameters that can be read, whether or not the rest of the config can."""
        if self.config:
            return dict(self.config.hyperparameters)
        given = self.document.get("hyperparameters")
        pairs = given.items() if isinstance(given, Mapping) else ()
        texts = {str(key): readable_setting(value) for key, value in pairs}
        return {key: text for key, text in texts.items() if text is not None}

    @property
    def thresholds(self) -> dict[str, object]:
        """The overrides of thresholds, dotted, whether or not the rest of the config can be read."""
        if self.config:
            return dict(self.config.monitoring.thresholds)
        section = self.document.get("monitoring")
        return readable_thresholds(section.get("thresholds") if isinstance(section, Mapping) else None)

    @property
    def budget_usd(self) -> Decimal | None:
        """The budget, where one is given that can be read."""
        return self.config.budget_usd if self.config else readable_money(self.document.get("budget_usd"))

    @property
    def accept(self) -> tuple[str, ...]:
        """The codes that a person overrules, as far as they can be read."""
        return readable_codes(self.document.get("accept"))

    def path(self, key: str) -> str:
        """A data or output path that may be looked at, "" where none is given or it is not legal."""
        value = self._text(key)
        return value if "://" not in value or S3_URI.fullmatch(value) else ""

    def as_json(self) -> str:
        """The config as it was given; of one that cannot be read, only what names the run and the base."""
        if self.config:
            return dumps(dict(self.document))
        return dumps({"job_name": self.job_name, "base_model_id": self.base_model_id[:SHOWN]})

    def _text(self, key: str) -> str:
        value = self.document.get(key)
        return value if isinstance(value, str) and value.strip() and value.isprintable() else ""


def examine_config(document: object) -> Reading:
    """Reads a config and tells every problem of its shape.

    Args:
        document: JSON text, or the object that it is.
    """
    parsed = parse(document) if isinstance(document, str) else document
    if isinstance(parsed, Problem):
        return Reading(None, (parsed,))
    if not isinstance(parsed, Mapping):
        return Reading(None, (not_an_object(parsed),))
    if problem := unfit(parsed):
        return Reading(None, (problem,))
    notes = unaccepted(parsed)
    try:
        config = RunConfig.model_validate(dict(parsed))
    except ValidationError as exc:
        return Reading(None, (*from_pydantic(exc, KEYS), *notes), parsed)
    return Reading(config, notes, parsed)
