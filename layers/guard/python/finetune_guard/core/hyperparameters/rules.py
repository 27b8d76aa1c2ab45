"""The registry: every rule for a setting, and what they make of one."""

from collections.abc import Mapping

from finetune_guard.core.config_text import SHOWN, shown
from finetune_guard.core.hyperparameters.catalogue import shipped
from finetune_guard.core.hyperparameters.rule import AWS_HP, Complaint, Rule, Setting
from finetune_guard.core.hyperparameters.size_rules import SIZE_RULES
from finetune_guard.core.hyperparameters.value_rules import VALUE_RULES, nearest_name
from finetune_guard.core.runs import Problem

#: Every rule, by code; HP001, which asks whether there is a base at all, is in bases.py.
RULES: tuple[Rule, ...] = tuple(sorted((*VALUE_RULES, *SIZE_RULES), key=lambda rule: rule.code))


def judge_setting(setting: Setting) -> tuple[Problem, ...]:
    """Every complaint of every rule, in order of the codes."""
    return tuple(_problem(entry, complaint, setting) for entry in RULES for complaint in entry.judge(setting))


def judge_names(values: Mapping[str, str]) -> tuple[Problem, ...]:
    """The hyperparameters that no base on Bedrock has; all that can be said while the base is unknown."""
    names = tuple(dict.fromkeys(key for base in shipped() for key in base.knobs if base.limits.validation))
    return tuple(
        _foreign(key, text, nearest_name(key, names)) for key, text in values.items() if key not in names
    )


def _foreign(key: str, text: str, nearest: str) -> Problem:
    message = f"No base on Bedrock has a hyperparameter {shown(key)}."
    advice = f"Nearest is {nearest}, which some bases have." if nearest else "Leave it out."
    return Problem("HP002", "error", f"hyperparameters.{key[:SHOWN]}", shown(text), message, advice, AWS_HP)


def _problem(entry: Rule, complaint: Complaint, setting: Setting) -> Problem:
    known = complaint.key in setting.values or complaint.key in setting.base.knobs
    key = f"hyperparameters.{complaint.key}" if known else complaint.key
    given = setting.values.get(complaint.key)
    return Problem(
        code=entry.code,
        severity=complaint.severity or entry.severity,
        key=key,
        given=_given(complaint.key, given, setting),
        message=complaint.message,
        suggestion=complaint.suggestion,
        source=entry.source,
    )


def _given(key: str, given: str | None, setting: Setting) -> str:
    if given is not None:
        return shown(given)
    if key in setting.base.knobs:
        return "nothing (the default is in effect)"
    return f"{setting.records} records" if setting.records is not None else "nothing"
