"""The contract of Quotas, on the fake and on Service Quotas by botocore's stubber."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.stub import Stubber

from finetune_guard.aws.service_quotas import ServiceQuotas
from finetune_guard.core.errors import ServiceError
from finetune_guard.ports import Quotas
from tests.fakes.people import JOBS_QUOTA, FakeQuotas, records_quota
from tests.fakes.seam import Faults

Listed = list[tuple[str, float]]
LISTED: Listed = [
    ("Records per batch inference job for Nova Lite V1", 50_000.0),
    (records_quota("Titan Text G1 - Lite v1"), 5_000.0),
    ("(Model customization) Sum of training and validation records for a Titan Text G1 - Lite v1 "
     "Continued Pre-Training job", 100_000.0),
    (records_quota("Claude 3 Haiku v1"), 25_000.0),
    (JOBS_QUOTA, 12.0),
]  # fmt: skip


@dataclass
class Account:
    """An account whose quotas are these, or that refuses to tell them."""

    lists: Callable[[Listed], Quotas]
    refuses: Callable[[], Quotas]


@pytest.fixture(params=["fake", "service-quotas"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    if request.param == "fake":
        yield Account(_fake, _refusing_fake)
        return
    client = request.getfixturevalue("clients").service_quotas
    with Stubber(client) as stubber:
        made = ServiceQuotas(client)

        def lists(listed: Listed) -> Quotas:
            _answer(stubber, listed)
            return made

        def refuses() -> Quotas:
            stubber.add_client_error("list_service_quotas", "AccessDeniedException", "no", 400)
            return made

        yield Account(lists, refuses)
        stubber.assert_no_pending_responses()


def _fake(listed: Listed) -> Quotas:
    quotas = FakeQuotas()
    quotas.listed = listed
    return quotas


def _refusing_fake() -> Quotas:
    quotas = FakeQuotas()
    quotas.seam.interrupt = Faults().add("quotas.customization", ServiceError("no"))
    return quotas


def _answer(stubber: Stubber, listed: Listed, a_page: int = 2) -> None:
    """Pages of two, since Bedrock's quotas do not fit on one."""
    pages = [listed[at : at + a_page] for at in range(0, len(listed), a_page)] or [[]]
    for number, page in enumerate(pages):
        given: dict[str, Any] = {"ServiceCode": "bedrock", "MaxResults": 100}
        given |= {"NextToken": f"page{number}"} if number else {}
        quotas = [
            {"ServiceCode": "bedrock", "QuotaName": name, "Value": value, "Adjustable": True}
            for name, value in page
        ]
        more = {"NextToken": f"page{number + 1}"} if number + 1 < len(pages) else {}
        stubber.add_response("list_service_quotas", {"Quotas": quotas, **more}, given)


def test_every_page_is_read_and_only_fine_tuning_counts(account: Account) -> None:
    quotas = account.lists(LISTED).customization()
    assert quotas.jobs == 12
    assert sorted(quotas.records.values()) == [5_000, 25_000]


def test_an_account_that_lists_nothing_has_no_quotas(account: Account) -> None:
    quotas = account.lists([]).customization()
    assert (dict(quotas.records), quotas.jobs) == ({}, None)


def test_who_may_not_read_them_is_told_so(account: Account) -> None:
    with pytest.raises(ServiceError):
        account.refuses().customization()
