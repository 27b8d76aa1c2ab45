"""What a process reads from its environment."""

import pytest

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.settings import WatchSettings

GIVEN = {
    "GUARD_TABLE": "t",
    "GUARD_STACK": "s",
    "GUARD_BUCKET": "b",
    "GUARD_ALERT_TOPIC": "arn:topic",
    "GUARD_STOPS_PER_HOUR": "3",
    "GUARD_MAILS_PER_HOUR": "30",
}


def test_a_number_is_read_as_a_number() -> None:
    assert WatchSettings.read(GIVEN) == WatchSettings("t", "s", "b", "arn:topic", 3, 30)


@pytest.mark.parametrize("given", ["three", "-1", "1.5", " 3", "٣"])
def test_a_number_that_is_none_is_named_with_what_was_given(given: str) -> None:
    with pytest.raises(InvalidInputError, match=r"GUARD_STOPS_PER_HOUR is '.*'; a whole number"):
        WatchSettings.read({**GIVEN, "GUARD_STOPS_PER_HOUR": given})


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(InvalidInputError, match="GUARD_BUCKET, GUARD_STOPS_PER_HOUR"):
        WatchSettings.read({key: GIVEN[key] for key in ("GUARD_TABLE", "GUARD_STACK", "GUARD_ALERT_TOPIC")})
