"""Records for the contract suites: a plain alert, and any record that the types allow, for hypothesis."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from finetune_guard.core.alerts import Alert, AlertKind
from finetune_guard.core.findings import Severity
from tests import builders

T = TypeVar("T")

#: DynamoDB and JSON hold any text but lone surrogates, which UTF-8 cannot hold either.
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_STRATEGIES: dict[type, st.SearchStrategy[object]] = {
    datetime: st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(fold=0)),
    date: st.dates(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    float: st.floats(),
    int: st.integers(min_value=-(2**63), max_value=2**63 - 1),
    str: _TEXT,
}


def any_record(kind: type[T]) -> st.SearchStrategy[T]:
    """Any value of a record's type: NaN, infinities, Decimals and any text included."""
    for base, strategy in _STRATEGIES.items():
        st.register_type_strategy(base, strategy)
    return st.from_type(kind)


def alert(name: str = "a" * 24, **changes: object) -> Alert:
    made = Alert(
        alert_id=name,
        kind=AlertKind.FINDING,
        severity=Severity.CRITICAL,
        run_id=builders.run().run_id,
        job="rehearsal-0-0",
        subject="Loss diverges",
        text="The loss rises.",
        created_at=builders.START,
        finding=builders.finding(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]
