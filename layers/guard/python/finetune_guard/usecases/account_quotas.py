"""The account's own quotas, where they can be read; the catalogue's serve otherwise, and that is said."""

from finetune_guard.core.errors import ServiceError
from finetune_guard.core.hyperparameters.bases import BaseAnswer
from finetune_guard.core.hyperparameters.quotas import quota_problems, with_quotas
from finetune_guard.core.observations import AccountQuotas
from finetune_guard.ports import Quotas


def quotas_of(account: Quotas | None) -> AccountQuotas | None:
    """What the account may use; None where nobody can be asked."""
    try:
        return account.customization() if account else None
    except ServiceError:
        return None


def as_account_may(answer: BaseAnswer, account: Quotas | None) -> BaseAnswer:
    """The base with the account's limits in place of the catalogue's, and what there is to tell of them.

    A base that is refused is left as it is: there is nothing to ask for.
    """
    base = answer.base
    if base is None or account is None or any(problem.severity == "error" for problem in answer.problems):
        return answer
    quotas = quotas_of(account)
    told = tuple(quota_problems(base, quotas))
    if quotas is None:
        return BaseAnswer(base, (*answer.problems, *told))
    return BaseAnswer(with_quotas(base, quotas), (*answer.problems, *told), quotas.jobs)
