"""Narrowing, ordering and paging of lists."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from local.bedrock.errors import VALIDATION, ServiceError
from local.bedrock.requests import Listing

T = TypeVar("T")


def wanted(request: Listing, name: str, created: datetime) -> bool:
    """Whether something passes the filters that both lists have; the bounds in time are exclusive."""
    return (
        (request.name_contains is None or request.name_contains in name)
        and (request.creation_time_after is None or created > request.creation_time_after)
        and (request.creation_time_before is None or created < request.creation_time_before)
    )


def page(
    request: Listing, oldest_first: Sequence[T], key: Callable[[T], str]
) -> tuple[Sequence[T], dict[str, str]]:
    """The page that was asked for, newest first unless asked otherwise, and the next one's token, if any."""
    ordered = oldest_first if request.sort_order == "Ascending" else oldest_first[::-1]
    start = 0 if request.next_token is None else _after(ordered, key, request.next_token)
    end = start + request.max_results
    if end >= len(ordered):
        return ordered[start:], {}
    return ordered[start:end], {
        "nextToken": base64.urlsafe_b64encode(key(ordered[end - 1]).encode()).decode()
    }


def _after(ordered: Sequence[T], key: Callable[[T], str], token: str) -> int:
    """The place behind the last one of the page before; it holds although jobs are added in between."""
    try:
        last = base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError):
        last = ""
    for place, item in enumerate(ordered):
        if key(item) == last:
            return place + 1
    raise ServiceError(VALIDATION, "The nextToken is not one that this list gave.")
