"""What every test run prints at its end."""

import pytest
from hypothesis import settings

from tests.faults.rows import summary

# An example that takes long on a busy machine is no fault; what must be fast has a test that measures it.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many of the known faults are closed."""
    terminalreporter.write_line(summary())
