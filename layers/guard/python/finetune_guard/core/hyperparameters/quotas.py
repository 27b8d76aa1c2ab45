"""The account's own quotas in place of the catalogue's: they are adjustable, and may also be lower.

Service Quotas has one for each base, whose code differs and whose name follows a pattern: "(Model
customization) Sum of training and validation records for a Titan Text G1 - Lite v1 Fine-tuning job" (AWS
General Reference, "Amazon Bedrock endpoints and quotas"). Names are compared by their words.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from finetune_guard.core.config_keys import TRAINING
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import known_on
from finetune_guard.core.observations import AccountQuotas
from finetune_guard.core.runs import Problem

LIVE = "Service Quotas, asked just now"

_JOBS = "(model customization) scheduled customization jobs"
_RECORDS = re.compile(
    r"\(model customization\) sum of training and validation records for an? (.+) fine-tuning job"
)
_WORDS = re.compile(r"\d+b|\d+|[a-z]+")
#: Words that quotas and ids do not share: providers, versions, generations.
_NOISE = frozenset({"amazon", "anthropic", "cohere", "meta", "instruct", "v", "g", "text", "preview"})


def account_quotas(values: Iterable[tuple[str, float]]) -> AccountQuotas:
    """What Service Quotas lists, as far as it is about fine-tuning.

    Args:
        values: Name and value of every quota of Bedrock.
    """
    records: dict[str, int] = {}
    jobs = None
    for name, value in values:
        plain = " ".join(name.lower().split())
        match = _RECORDS.fullmatch(plain)
        if match:
            records[_words(match.group(1))] = int(value)
        elif plain == _JOBS:
            jobs = int(value)
    return AccountQuotas(records, jobs)


def most_records(base: BaseModel, quotas: AccountQuotas) -> int | None:
    """Training and validation records together that the account may use with `base`; None where not told."""
    return quotas.records.get(_words(base.model_id.partition(".")[2].partition(":")[0]))


def with_quotas(base: BaseModel, quotas: AccountQuotas) -> BaseModel:
    """The base as this account may use it; unchanged where the account has no quota for it."""
    most = most_records(base, quotas)
    if most is None:
        return base
    return replace(base, limits=replace(base.limits, max_records=most, max_sum=most))


def quota_problems(base: BaseModel, quotas: AccountQuotas | None) -> Iterator[Problem]:
    """What to tell of the quotas: where they differ from the catalogue, and where the catalogue had to do.

    Args:
        base: As the catalogue has it.
        quotas: The account's; None where they could not be read.
    """
    most = most_records(base, quotas) if quotas else None
    known = base.limits.max_sum or base.limits.max_records
    if most is None and known is not None:
        why = "could not be read" if quotas is None else "name no limit for it"
        message = f"The account's quotas {why}; {known:,} records of the catalogue of {known_on()} are used."
        advice = "Allow servicequotas:ListServiceQuotas to have them checked." if quotas is None else ""
        yield Problem("QU002", "info", TRAINING, base.model_id, message, advice, LIVE)
    elif most is not None and most != known:
        place = f", in place of {known:,} in the catalogue" if known else ""
        message = f"Your account's quota is {most:,} training and validation records{place}."
        yield Problem("QU001", "info", TRAINING, base.model_id, message, "", LIVE)


def _words(name: str) -> str:
    """A base's name without what quotas and ids do not share: "llama3-1-8b-instruct-v1" is "llama 3 1 8b"."""
    plain = re.sub(r"\bv\d+(\.\d+)?\b|\bg\d+\b|-\d{8}\b|\b\d+k\b", " ", name.lower())
    return " ".join(word for word in _WORDS.findall(plain) if word not in _NOISE)
