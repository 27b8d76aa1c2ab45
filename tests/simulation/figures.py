"""What many nights showed, added up."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.simulation.processes import Outcome
from tests.simulation.simulation import Simulation


@dataclass
class Figures:
    """The sums of some nights.

    Attributes:
        seeds: How many nights.
        failed: Seeds of nights in which a promise was broken, with the promise.
        counts: Everything that is counted.
        faults: Faults by kind.
    """

    seeds: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, simulation: Simulation) -> "Figures":
        """Those of one night."""
        night = simulation.night
        mails = [len(senders) for senders in night.published.values()]
        counts = Counter(
            {
                "steps": simulation.steps,
                "outgoing calls": night.effects,
                "runs": len(night.runs),
                "Bedrock jobs": len(night.created),
                "calls of Stop": night.calls["jobs.stop"],
                "models deleted": night.calls["jobs.delete_model"],
                "mails": sum(mails),
                "mails that came again": sum(mails) - sum(count > 0 for count in mails),
                "processes": sum(simulation.stage.outcomes.values()),
                "processes killed": simulation.stage.outcomes[Outcome.KILLED],
                "processes that failed": simulation.stage.outcomes[Outcome.FAILED],
                "executions": len(simulation.carrier.executions),
            }
        )
        failed = {simulation.seed: night.broken[0].promise} if night.broken else {}
        return cls(1, failed, counts, Counter(fault.kind.value for fault in simulation.storm.met))

    def add(self, other: "Figures") -> None:
        """Adds other nights."""
        self.seeds += other.seeds
        self.failed |= other.failed
        self.counts += other.counts
        self.faults += other.faults

    @property
    def line(self) -> str:
        """One line, while it runs."""
        return (
            f"{self.seeds:,} nights, {self.counts['outgoing calls']:,} calls, {sum(self.faults.values()):,} "
            f"faults, {len(self.failed)} nights with a broken promise"
        )

    def table(self) -> Iterator[str]:
        """The sums as a table of Markdown."""
        yield "| what | how often |"
        yield "|---|---|"
        yield f"| nights of 24 hours, one seed each | {self.seeds:,} |"
        for name, count in self.counts.items():
            yield f"| {name} | {count:,} |"
        for kind, count in sorted(self.faults.items()):
            yield f"| fault: {kind} | {count:,} |"
        yield f"| nights with a broken promise | {len(self.failed):,} |"
        for promise, count in Counter(self.failed.values()).most_common():
            yield f"| broken: {promise.replace('_', ' ')} | {count:,} |"


def summed(figures: Iterable[Figures]) -> Figures:
    """All of them."""
    total = Figures()
    for each in figures:
        total.add(each)
    return total
