"""What the use cases need of the world, as Protocols.

Adapters live in `aws`; the fakes that the tests use live in tests/fakes. Every implementation passes the same
contract suite (tests/contracts). All errors are of core.errors; unknown ones pass through.
"""

from finetune_guard.core.observations import (
    AccountQuotas,
    BaseModelFacts,
    Control,
    Execution,
    FileFacts,
    FoundationModel,
    JobDescription,
    StoredFile,
)
from finetune_guard.ports.files import Buckets, DatasetFiles, Journal, MetricSource
from finetune_guard.ports.health import (
    Functions,
    Identity,
    Queues,
    Schedules,
    Stacks,
    Subscriptions,
    Telemetry,
)
from finetune_guard.ports.people import Alerts, Clock, WatchBell, Workers, Workflow
from finetune_guard.ports.run_store import RunStore
from finetune_guard.ports.service import Quotas, RolePolicies, TrainingJobs

__all__ = [
    "AccountQuotas",
    "Alerts",
    "BaseModelFacts",
    "Buckets",
    "Clock",
    "Control",
    "DatasetFiles",
    "Execution",
    "FileFacts",
    "FoundationModel",
    "Functions",
    "Identity",
    "JobDescription",
    "Journal",
    "MetricSource",
    "Queues",
    "Quotas",
    "RolePolicies",
    "RunStore",
    "Schedules",
    "Stacks",
    "StoredFile",
    "Subscriptions",
    "Telemetry",
    "TrainingJobs",
    "WatchBell",
    "Workers",
    "Workflow",
]
