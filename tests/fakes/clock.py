"""A clock that only a test moves."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until it is told to move; never backwards by `advance`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Moves to any time, also back."""
        if now.tzinfo is None:
            raise ValueError(f"{now} is naive; times are UTC and aware")
        self._now = now.astimezone(UTC)

    def advance(self, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Moves on and returns the new time."""
        step = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if step < timedelta(0):
            raise ValueError(f"cannot advance by {step}; use set to go back")
        self._now += step
        return self._now
