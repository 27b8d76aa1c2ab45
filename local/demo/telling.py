"""What is told of the stories once they have ended: each in full, then all in a table."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from finetune_guard.core.billing import CostResult
from finetune_guard.core.job_words import job_words
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.reporting import Result
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import dollars
from local.demo.endings import Ending, differences
from local.inbox.mails import shown


def tell(ending: Ending, console: Console) -> None:
    """Tells one story: what was asked, what happened, what was decided, the mails, the money."""
    wrong = differences(ending)
    parts: list[RenderableType] = [Text.assemble(("Asked: ", "bold"), ending.story.asked)]
    if ending.run and ending.result:
        parts += [*_happened(ending.run), *_decided(ending.run, ending.result), _money(ending.result.cost)]
    elif ending.execution:
        parts.append(
            Text(f"{ending.execution.status} {ending.execution.error} {ending.execution.cause[:2000]}")
        )
    for number, mail in enumerate(ending.mails, 1):
        parts += [Rule(f"mail {number} of {len(ending.mails)}", style="dim"), Text(shown(mail).rstrip())]
    parts += [Text(f"NOT AS EXPECTED: {difference}.", style="bold red") for difference in wrong]
    title = f"{ending.story.name} · {ending.seconds:.0f} s"
    console.print(
        Panel(Group(*parts), title=title, border_style="red" if wrong else "green", highlight=False)
    )


def _happened(run: Run) -> Iterator[Text]:
    yield Text("What happened:", style="bold")
    for job in sorted(run.jobs, key=lambda job: job.intended_at):
        yield Text(f"  {_job(job, run)}")
    for decided in run.decisions:
        yield Text(
            f"  {decided.at:%H:%M:%S} {decided.decision.kind} ({decided.about}): {decided.decision.reason}"
        )


def _job(job: JobRecord, run: Run) -> str:
    rate = run.plan.learning_rate if run.plan else None
    at = f" at {rate.key} {job.request.hyperparameters.get(rate.key, rate.value)}" if rate else ""
    verdict = f"{job.verdict or 'not judged'} ({job.evidence})"
    steps = f"{job.seen.last_step or 0} steps"
    return f"{job_words(run, job)}{at}: {job.status}, {verdict}, {steps}"


def _decided(run: Run, result: Result) -> Iterator[Text]:
    policy = run.decisions[-1].decision.policy if run.decisions else "no decision"
    yield Text.assemble(("Decision: ", "bold"), f"{result.decision} ({policy}). Evidence: {result.evidence}.")
    for finding in (finding for stage in result.stages for finding in stage.findings):
        yield Text(f"  {finding.severity} {finding.signal}: {finding.sentence}")


def _money(cost: CostResult) -> Text:
    bound = "at most " if cost.spent_is_upper_bound else ""
    spent = (
        f"{bound}{cost.tokens:,} tokens, {bound}{_usd(cost.spent_usd)} of {_usd(cost.estimated_usd)} planned"
    )
    return Text.assemble(("Cost: ", "bold"), f"{spent}, {_usd(cost.saved_usd)} saved ({cost.price_source}).")


def _usd(amount: Decimal | None) -> str:
    return "unknown" if amount is None else dollars(amount)


def summarise(endings: Sequence[Ending], console: Console) -> None:
    """All stories in a table that fits 80 columns."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("story", no_wrap=True)
    table.add_column("ended", min_width=10)
    for heading in ("evidence", "tokens", "spent", "saved", "mails", "as expected"):
        table.add_column(heading)
    for ending in endings:
        table.add_row(ending.story.name, *_in_short(ending), str(len(ending.mails)), _as_expected(ending))
    console.print(table)


def _in_short(ending: Ending) -> tuple[str, ...]:
    result = ending.result
    if result is None:
        return "no record", "", "", "", ""
    cost = result.cost
    money = (f"{cost.tokens:,}", _usd(cost.spent_usd), _usd(cost.saved_usd))
    return f"{result.status}: {result.decision}", result.evidence, *money


def _as_expected(ending: Ending) -> Text:
    return Text("no", style="bold red") if differences(ending) else Text("yes", style="green")
