"""The real clock: the only place that asks the machine for the time."""

from datetime import UTC, datetime


class SystemClock:
    """Tells the machine's time, UTC and aware."""

    def now(self) -> datetime:
        """The present."""
        return datetime.now(UTC)  # noqa: TID251 - everybody else is given a Clock
