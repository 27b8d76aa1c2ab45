"""How a use case waits between two looks: injected, so that no test sleeps."""

from typing import Protocol


class Waiter(Protocol):
    """Waits between looks until told to give up; `threading.Event` is one."""

    def wait(self, timeout: float) -> bool:
        """Waits `timeout` seconds at most; True when it was told to give up."""

    def set(self) -> None:
        """Tells whoever waits to give up."""
