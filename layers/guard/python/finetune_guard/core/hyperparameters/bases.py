"""Whether the base that a config names can be fine-tuned here and now: rule HP001, and the region."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.config_text import shown
from finetune_guard.core.hyperparameters.base_model import FINE_TUNING, TEXT_SCHEMAS, BaseModel
from finetune_guard.core.hyperparameters.catalogue import find, known_on, nearest, never_tunable
from finetune_guard.core.observations import FoundationModel
from finetune_guard.core.runs import Problem

AWS_MODELS = "AWS, custom-model-fine-tuning (supported models)"
LIVE = "ListFoundationModels, asked just now"
#: What is only known from the shipped data, and may have changed since.
CATALOGUE = "catalogue of this version, from AWS, model-lifecycle"
KEY = "base_model_id"


@dataclass(frozen=True, slots=True)
class BaseAnswer:
    """What is known of the base that was asked for.

    Attributes:
        base: Its entry; None where nothing is known that a run could be made from.
        problems: What keeps it from being used, and how sure that is.
        room: Jobs that the account may have at a time; None where nobody told.
    """

    base: BaseModel | None
    problems: tuple[Problem, ...]
    room: int | None = None


def judge_base(
    name: str, now: datetime, region: str | None, listed: tuple[FoundationModel, ...] | None
) -> BaseAnswer:
    """Whether `name` can be fine-tuned in `region`.

    Args:
        name: What the config names.
        now: Decides what has passed its end of life.
        region: Where it shall run; None where nobody knows yet.
        listed: What the service lists there; None where it was not asked, and the catalogue has to do.
    """
    base = find(name)
    if base is None:
        return BaseAnswer(None, (_unknown(name, now, listed),))
    if FINE_TUNING not in base.customizations or base.limits.schema not in TEXT_SCHEMAS:
        return BaseAnswer(base, (_not_by_us(name, base, now),))
    problems = _live(base, now, region, listed) if listed is not None else _by_catalogue(base, now, region)
    return BaseAnswer(base, (*_meant(name, base), *problems))


def _suggestion(name: str, now: datetime) -> str:
    names = ", ".join(base.model_id for base in nearest(name, now.date()))
    return f"Nearest living bases: {names}." if names else "No living base is known."


def _error(name: str, now: datetime, message: str, source: str) -> Problem:
    return Problem("HP001", "error", KEY, shown(name), message, _suggestion(name, now), source)


def _unknown(name: str, now: datetime, listed: tuple[FoundationModel, ...] | None) -> Problem:
    if any(model.model_id == name for model in listed or ()):
        message = "The service lists this base, but this version knows no hyperparameters for it."
        return _error(name, now, message, LIVE)
    message = (
        "This base cannot be fine-tuned on Bedrock: it is in no customization table known "
        f"(catalogue of {known_on()}){_end(never_tunable(name))}."
    )
    return _error(name, now, message, AWS_MODELS)


def _end(base: BaseModel | None) -> str:
    """Since when a base that never could be tuned is gone altogether; "" where that is not known."""
    if base is None or base.lifecycle.end_of_life is None:
        return ""
    return f", and gone since {base.lifecycle.end_of_life} ({_source(base)})"


def _source(base: BaseModel) -> str:
    figure = base.figures.get("lifecycle")
    return figure.told if figure else f"catalogue of {known_on()}"


def _not_by_us(name: str, base: BaseModel, now: datetime) -> Problem:
    if FINE_TUNING in base.customizations:
        message = f"{base.model_id} is trained on images; this version takes text bases only."
    else:
        ways = ", ".join(way.lower().replace("_", " ") for way in base.customizations)
        message = f"{base.model_id} is customized by {ways} only, which this version does not do."
    return _error(name, now, message, AWS_MODELS)


def _meant(name: str, base: BaseModel) -> Iterator[Problem]:
    if name != base.model_id:
        message = f"This is taken as {base.model_id}, the id that Bedrock wants."
        yield Problem("BM001", "info", KEY, shown(name), message, f'Write "{base.model_id}".', AWS_MODELS)


def _by_catalogue(base: BaseModel, now: datetime, region: str | None) -> Iterator[Problem]:
    if base.gone(now.date()):
        since = f"since {base.lifecycle.end_of_life}" if base.lifecycle.end_of_life else "by now"
        message = f"This base is gone {since} ({_source(base)})."
        yield _error(base.model_id, now, message, CATALOGUE)
    elif region is not None and region not in base.regions:
        yield _wrong_region(base, region, AWS_MODELS)
    message = f"Checked against the catalogue of {known_on()}, not live."
    advice = "With credentials, ListFoundationModels is asked."
    yield Problem("BM002", "info", KEY, shown(base.model_id), message, advice, AWS_MODELS)


def _live(
    base: BaseModel, now: datetime, region: str | None, listed: tuple[FoundationModel, ...]
) -> Iterator[Problem]:
    model = next((model for model in listed if same_base(model.model_id, base.model_id)), None)
    if model is None or FINE_TUNING not in model.customizations:
        if region is not None and region not in base.regions and not base.gone(now.date()):
            yield _wrong_region(base, region, LIVE)
        else:
            message = f"The service does not list this base for fine-tuning in {region or 'this region'}."
            yield _error(base.model_id, now, message, LIVE)
    elif model.end_of_life is not None and model.end_of_life <= now:
        message = f"This base is gone since {model.end_of_life:%Y-%m-%d}, says the service."
        yield _error(base.model_id, now, message, LIVE)
    elif model.lifecycle == "LEGACY":
        end = f" and ends {model.end_of_life:%Y-%m-%d}" if model.end_of_life else ""
        message = f"The service calls this base legacy{end}."
        yield Problem(
            "BM003", "warning", KEY, shown(base.model_id), message, _suggestion(base.model_id, now), LIVE
        )


def same_base(listed: str, exact: str) -> bool:
    """The service lists a base with or without its context length."""
    return listed in (exact, exact.rpartition(":")[0])


def _wrong_region(base: BaseModel, region: str, source: str) -> Problem:
    message = f"{base.model_id} cannot be fine-tuned in {region}; it can in {', '.join(base.regions)}."
    advice = f"Deploy the stack in {base.regions[0]}, with data and bucket there."
    return Problem("BM004", "error", KEY, shown(base.model_id), message, advice, source)
