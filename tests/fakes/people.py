"""The topic, the state machines and the bell in memory."""

from dataclasses import replace

from finetune_guard.core.alerts import LONGEST_SUBJECT, Alert
from finetune_guard.core.errors import NameTakenError, NotFoundError, RequestRejectedError
from finetune_guard.core.hyperparameters.quotas import account_quotas
from finetune_guard.core.observations import AccountQuotas, Execution
from tests.fakes.clock import FakeClock
from tests.fakes.seam import Seam, Seamed, outgoing

LARGEST_MESSAGE = 256 * 1024
JOBS_QUOTA = "(Model customization) Scheduled customization jobs"


def records_quota(base: str) -> str:
    """The name of a base's quota of records."""
    return f"(Model customization) Sum of training and validation records for a {base} Fine-tuning job"


class FakeAlerts(Seamed):
    """Keeps what was published; refuses what SNS refuses (fault row 73)."""

    port = "alerts"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.published: list[Alert] = []

    @outgoing
    def publish(self, alert: Alert) -> str:
        subject = alert.subject
        if (
            not subject
            or len(subject) > LONGEST_SUBJECT
            or not subject.isascii()
            or not subject.isprintable()
        ):
            raise RequestRejectedError(f"SNS takes no subject {subject!r}.", "InvalidParameter")
        if len(alert.text.encode()) > LARGEST_MESSAGE:
            raise RequestRejectedError(f"{len(alert.text)} characters are too many.", "InvalidParameter")
        self.published.append(alert)
        return f"message-{len(self.published)}"


class FakeQuotas(Seamed):
    """An account whose quotas a test sets; as Service Quotas lists them, by name.

    Attributes:
        listed: Name and value of each quota of Bedrock.
    """

    port = "quotas"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.listed: list[tuple[str, float]] = [
            ("On-demand model inference requests per minute for Amazon Nova Lite", 200.0),
            (JOBS_QUOTA, 10.0),
            (records_quota("Nova Lite v1"), 20_000.0),
            (records_quota("Meta Llama 3.1 8B Instruct v1"), 10_000.0),
        ]

    @outgoing
    def customization(self) -> AccountQuotas:
        return account_quotas(self.listed)


class FakeWorkflow(Seamed):
    """Executions and task tokens; a test says which tokens wait (`wait_on`) and how executions `end`."""

    port = "workflow"

    def __init__(self, clock: FakeClock, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.clock = clock
        self.executions: dict[str, Execution] = {}
        self.inputs: dict[str, str] = {}
        self.waiting: set[str] = set()
        self.completed: dict[str, str] = {}
        self.heartbeats: list[str] = []

    def wait_on(self, token: str) -> str:
        """Somebody waits on the token from now on."""
        self.waiting.add(token)
        return token

    def end(self, execution_arn: str, status: str, output: str = "", cause: str = "") -> None:
        """Ends an execution."""
        running = self.executions[execution_arn]
        now = self.clock.now()
        self.executions[execution_arn] = replace(
            running, status=status, output=output, cause=cause, ended_at=now
        )

    @outgoing
    def start(self, machine_arn: str, name: str, document: str) -> str:
        arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
        if arn in self.executions:
            raise NameTakenError(f"An execution {name} exists.", "ExecutionAlreadyExists")
        self.executions[arn] = Execution(arn, "RUNNING", self.clock.now())
        self.inputs[arn] = document
        return arn

    @outgoing
    def complete(self, token: str, document: str) -> bool:
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.completed[token] = document
        return True

    @outgoing
    def heartbeat(self, token: str) -> bool:
        if token not in self.waiting:
            return False
        self.heartbeats.append(token)
        return True

    @outgoing
    def execution(self, execution_arn: str) -> Execution:
        if execution_arn not in self.executions:
            raise NotFoundError(f"There is no execution {execution_arn}.", "ExecutionDoesNotExist")
        return self.executions[execution_arn]


class FakeWatchBell(Seamed):
    """Counts the rings."""

    port = "bell"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.rings = 0

    @outgoing
    def ring(self) -> None:
        self.rings += 1
