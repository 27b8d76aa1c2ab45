"""The one place of the stand-in that looks at a clock; its timestamps are true, only waiting is a setting."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present time in UTC, to the millisecond as the service gives it."""
    # The product's Clock port is not for this process: a stand-in that could be told the time would not be
    # true.
    moment = datetime.now(UTC)  # noqa: TID251
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
