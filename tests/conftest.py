"""What every test run prints at its end."""

import pytest

from tests.faults.rows import summary


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many of the known faults are closed."""
    terminalreporter.write_line(summary())
