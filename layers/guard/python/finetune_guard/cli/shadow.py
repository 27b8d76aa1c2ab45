"""`finetune-guard shadow`: what an armed watch would have done so far, by base model."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.shadow_table import shadow_result, shadow_table
from finetune_guard.cli.terminal import EXIT
from finetune_guard.core.shadow import meaning, standing


@click.command()
@options.with_tools
def shadow(tools: options.Tools) -> int:
    """Say what an armed watch would have done to the jobs that have ended, by base model.

    Each finished curve is shown to the watch's rules point by point, also where auto_stop was off. Rightly
    and wrongly say what the whole curve was called at its end, by the same rules. Jobs that were stopped or
    failed do not count, since their end is not known.
    """
    listed = tools.session.store().base_models()
    for record in listed.unreadable:
        tools.terminal.aside(f"Left out: {record.sentence}")
    known = tuple(standing(facts) for facts in listed)
    tools.terminal.emit(shadow_result(known))
    if tools.terminal.as_json:
        return EXIT.fine
    tools.terminal.show(shadow_table(known))
    for each in known:
        tools.terminal.say(f"{each.base_model_id}: {meaning(each)}")
    return EXIT.fine
