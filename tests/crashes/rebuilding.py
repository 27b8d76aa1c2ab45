"""A table that was lost is made again, by a person who does it again when the terminal dies."""

from finetune_guard.core.journal_keys import run_key
from finetune_guard.core.rebuilding import as_kept
from finetune_guard.usecases.rebuild import RebuildTools, survey, write
from tests.crashes.runs import told
from tests.crashes.scenes import Scene
from tests.fakes.world import World
from tests.usecases.long_run import leveled_judge


def rebuilt(world: World) -> None:
    """All that the table lacks is written."""
    tools = RebuildTools(world.store, world.jobs, world.journal, leveled_judge, world.clock)
    write(survey(tools), world.store)


def records(world: World) -> dict[tuple[str, ...], str]:
    """Every record as it lies in the table."""
    return {key: row.text for key, row in world.store.rows.items()}


def rebuilds() -> Scene:
    """A run that was completed, of which the table has nothing any more."""
    play = told("healthy").to_the_end()
    kept = as_kept(play.run).encode()
    play.world.journal.keep(run_key(play.run.run_id), kept, "application/json")
    play.world.store.rows.clear()
    return Scene(play.world, (("rebuild", rebuilt),), records)
