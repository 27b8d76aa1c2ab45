"""The registry: every rule for a setting, and what they make of one."""

from collections.abc import Mapping

from finetune_guard.core.config_keys import VALIDATION
from finetune_guard.core.config_text import SHOWN, shown
from finetune_guard.core.hyperparameters.catalogue import shipped
from finetune_guard.core.hyperparameters.rate_rules import RATE_RULES
from finetune_guard.core.hyperparameters.rule import AWS_HP, Complaint, Rule, Setting
from finetune_guard.core.hyperparameters.size_rules import SIZE_RULES
from finetune_guard.core.hyperparameters.step_rules import STEP_RULES
from finetune_guard.core.hyperparameters.sweep_rules import SWEEP_RULES
from finetune_guard.core.hyperparameters.value_rules import VALUE_RULES, advice_on
from finetune_guard.core.runs import Problem
from finetune_guard.core.sources import AWS_PREPARE

#: Every rule, by code; HP001, which asks whether there is a base at all, is in bases.py, and what is found in
#: the records (HP012, HP051, HP053, HP054) is in core/datasets.
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*VALUE_RULES, *RATE_RULES, *SWEEP_RULES, *SIZE_RULES, *STEP_RULES),
        key=lambda rule: rule.code,
    )
)


def judge_setting(setting: Setting) -> tuple[Problem, ...]:
    """Every complaint of every rule, in order of the codes."""
    return tuple(_problem(entry, complaint, setting) for entry in RULES for complaint in entry.judge(setting))


def judge_names(values: Mapping[str, str], *, validation: bool) -> tuple[Problem, ...]:
    """All that can be said while the base is unknown: names that no base has, and a missing validation file.

    Args:
        values: Hyperparameters as given.
        validation: Whether the config names a validation file.
    """
    names = list(dict.fromkeys(key for base in shipped() for key in base.knobs if base.limits.validation))
    foreign = tuple(_foreign(key, text, names) for key, text in values.items() if key not in names)
    return foreign if validation else (*foreign, _no_validation())


def _foreign(key: str, text: str, names: list[str]) -> Problem:
    message = f"No base on Bedrock has a hyperparameter {shown(key)}."
    return Problem(
        "HP002",
        "error",
        f"hyperparameters.{key[:SHOWN]}",
        shown(text),
        message,
        advice_on(key, names),
        AWS_HP,
    )


def _no_validation() -> Problem:
    message = "No validation file is named: overfitting cannot be seen."
    advice = "Give one of 100 or more records; most bases take one."
    return Problem("HP050", "warning", VALIDATION, "nothing", message, advice, AWS_PREPARE)


def _problem(entry: Rule, complaint: Complaint, setting: Setting) -> Problem:
    known = complaint.key in setting.values or complaint.key in setting.base.knobs
    key = f"hyperparameters.{complaint.key[:SHOWN]}" if known else complaint.key
    given = setting.values.get(complaint.key)
    return Problem(
        code=entry.code,
        severity=complaint.severity or entry.severity,
        key=key,
        given=complaint.given or _given(complaint.key, given, setting),
        message=_told(complaint.message, entry),
        suggestion=complaint.suggestion,
        source=complaint.source or entry.source,
    )


def _told(message: str, entry: Rule) -> str:
    """A judgement is called one."""
    return f"{message.removesuffix('.')} (a judgement)." if entry.certainty == "judgement" else message


def _given(key: str, given: str | None, setting: Setting) -> str:
    if given is not None:
        return shown(given)
    if key in setting.base.knobs:
        return "nothing (the default is in effect)"
    if key == VALIDATION:
        beside = setting.validation_records
        return f"{beside} records" if beside else "nothing"
    return f"{setting.records} records" if setting.records is not None else "nothing"
