"""All fakes of one world, on one clock and one seam."""

from dataclasses import dataclass, field

from tests.fakes.access import FakeBuckets, FakeRolePolicies
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeDatasetFiles, FakeJournal, FakeMetricSource
from tests.fakes.health import (
    FakeFunctions,
    FakeIdentity,
    FakeQueues,
    FakeSchedules,
    FakeStacks,
    FakeSubscriptions,
    FakeTelemetry,
)
from tests.fakes.jobs import FakeTrainingJobs
from tests.fakes.people import FakeAlerts, FakeQuotas, FakeWatchBell, FakeWorkflow
from tests.fakes.seam import Seam
from tests.fakes.store import FakeRunStore


@dataclass
class World:
    """What the use cases see of the world; `seam.calls` has every outgoing call in order."""

    clock: FakeClock = field(default_factory=FakeClock)
    seam: Seam = field(default_factory=Seam)
    jobs: FakeTrainingJobs = field(init=False)
    quotas: FakeQuotas = field(init=False)
    metrics: FakeMetricSource = field(init=False)
    journal: FakeJournal = field(init=False)
    datasets: FakeDatasetFiles = field(init=False)
    buckets: FakeBuckets = field(init=False)
    roles: FakeRolePolicies = field(init=False)
    store: FakeRunStore = field(init=False)
    alerts: FakeAlerts = field(init=False)
    workflow: FakeWorkflow = field(init=False)
    bell: FakeWatchBell = field(init=False)
    identity: FakeIdentity = field(init=False)
    stacks: FakeStacks = field(init=False)
    functions: FakeFunctions = field(init=False)
    telemetry: FakeTelemetry = field(init=False)
    schedules: FakeSchedules = field(init=False)
    queues: FakeQueues = field(init=False)
    subscriptions: FakeSubscriptions = field(init=False)

    def __post_init__(self) -> None:
        self.jobs = FakeTrainingJobs(self.clock, self.seam)
        self.quotas = FakeQuotas(self.seam)
        self.metrics = FakeMetricSource(self.clock, self.seam)
        self.journal = FakeJournal(self.seam)
        self.datasets = FakeDatasetFiles(self.clock, self.seam)
        self.buckets = FakeBuckets(self.seam)
        self.roles = FakeRolePolicies(self.seam)
        self.store = FakeRunStore(self.seam)
        self.alerts = FakeAlerts(self.seam)
        self.workflow = FakeWorkflow(self.clock, self.seam)
        self.bell = FakeWatchBell(self.seam)
        self.identity = FakeIdentity(self.seam)
        self.stacks = FakeStacks(self.seam)
        self.functions = FakeFunctions(self.seam)
        self.telemetry = FakeTelemetry(self.seam)
        self.schedules = FakeSchedules(self.seam)
        self.queues = FakeQueues(self.seam)
        self.subscriptions = FakeSubscriptions(self.seam)
