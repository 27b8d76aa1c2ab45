"""The answer of `get-optimal`, in words."""

from collections.abc import Iterator

from finetune_guard.cli import phrases
from finetune_guard.cli.cost_table import cost_lines
from finetune_guard.cli.preview import problem_lines
from finetune_guard.core.plans import TokenRange
from finetune_guard.usecases.optimal_answer import Measured, Optimal, Steps
from finetune_guard.usecases.past_runs import PastRun


def optimal_lines(found: Optimal) -> Iterator[str]:
    """Problems first, then the values with their reasons, what they come to, and what else there is."""
    yield from problem_lines(found.problems)
    yield _head(found)
    for reason in found.reasons:
        yield f"  {reason.key} = {reason.value}"
        yield f"    {reason.reason} ({reason.confidence}; {reason.source})"
    if not found.reasons:
        yield "  none: this version has no advice for the family."
    if found.grid:
        asked = "; the config asks for it" if found.config and found.config.rehearsal.sweep else ""
        yield f"For a sweep, {found.grid.key}: {', '.join(found.grid.values)}{asked}"
    if found.measured:
        yield _measured(found.measured)
    yield _steps(found.steps)
    yield from _cost(found)
    yield from _seen(found.seen)
    yield from _others(found)


def _head(found: Optimal) -> str:
    values = f"alues for {found.base_model_id} and {found.records:,} records:"
    if found.tunable:
        return f"V{values}"
    if found.base_model_id in found.nearest:
        return f"{found.requested} cannot be fine-tuned; these are v{values}"
    return f"{found.requested} cannot be fine-tuned there. V{values}"


def _measured(data: Measured) -> str:
    if not data.longest.high:
        return f"Measured: {data.records:,} records, none of them sound."
    apart = f"about {data.validation:,} are set apart for validation" if data.validation else "none set apart"
    each = f"{_span(data.mean)} tokens a record, the longest {_span(data.longest)}"
    return f"Measured: {data.records:,} records, {apart}; about {each}."


def _span(tokens: TokenRange) -> str:
    return f"{tokens.low:,} to {tokens.high:,}"


def _steps(steps: Steps) -> str:
    if steps.total is None:
        return f"Steps: unknown ({steps.basis})."
    size = f"{steps.records_each or 0:g} record{'' if steps.records_each == 1 else 's'}"
    each = f", {size} each" if steps.records_each else ""
    return f"About {steps.total:,} steps, {steps.each_epoch:,} an epoch{each} ({steps.basis})."


def _cost(found: Optimal) -> Iterator[str]:
    if found.measured is None:
        yield "Tokens and cost: unknown. --dataset FILE measures them."
    else:
        yield from cost_lines(found.cost)


def _seen(runs: tuple[PastRun, ...] | None) -> Iterator[str]:
    if runs is None:
        yield "Your own runs were not looked at: no stack, or no access to it."
    elif not runs:
        yield "No finished run of this base and a similar size is known yet."
    else:
        yield "Your own runs of this base and a similar size, newest first:"
        yield from (_run(run) for run in runs)


def _run(run: PastRun) -> str:
    day = f"{run.ended_at:%Y-%m-%d} " if run.ended_at else ""
    rate = f"{run.rate_key} {run.rate}, " if run.rate else ""
    passes = "1 epoch" if run.epochs == 1 else f"{run.epochs} epochs"
    bound = "at most " if run.cost_is_upper_bound else ""
    size = f"{passes}, {run.records:,} records{_cut(run)}"
    return (
        f"  {day}{run.job_name}: {rate}{size}: {run.verdict or 'not judged'}, "
        f"{_loss(run)}, {bound}{phrases.usd(run.cost_usd)}"
    )


def _cut(run: PastRun) -> str:
    if run.segments == 1:
        return ""
    kept = "" if run.segment == run.segments else f", of which the model of segment {run.segment} counts"
    return f" in {run.segments} segments{kept}"


def _loss(run: PastRun) -> str:
    if run.validation_loss is not None:
        return f"last validation loss {phrases.loss(run.validation_loss)}"
    return f"last training loss {phrases.loss(run.training_loss)}"


def _others(found: Optimal) -> Iterator[str]:
    if not found.alternatives:
        return
    yield "Other bases like it that can be fine-tuned (their values: --json):"
    for other in found.alternatives:
        yield f"  {other.base_model_id} in {', '.join(other.regions)}"
