"""What can go wrong with a local machine.

LocalMachineError
├── NotSetUpError        something that `make setup` makes is missing
├── NotReadyError        a process did not answer in time
├── DeploymentError      the CDK CLI failed
└── NotRunningError      there is no machine to speak to
"""


class LocalMachineError(Exception):
    """The root: a sentence that says what happened and what to do."""


class NotSetUpError(LocalMachineError):
    """Something that `make setup` makes is missing."""


class NotReadyError(LocalMachineError):
    """A process did not answer in time, or ended at once."""


class DeploymentError(LocalMachineError):
    """The CDK CLI failed; its log says why."""


class NotRunningError(LocalMachineError):
    """There is no machine to speak to."""
