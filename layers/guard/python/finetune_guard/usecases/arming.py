"""What is told to whoever arms a run: how often the watch would have been wrong so far."""

from finetune_guard.core.config import RunConfig
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.shadow import arming
from finetune_guard.ports import RunStore
from finetune_guard.usecases.knowledge import known_of


def armed_notes(config: RunConfig, store: RunStore) -> tuple[str, ...]:
    """This account's figure for false stops of the base, one sentence; none where the run is not armed.

    Raises:
        ServiceError: The table cannot be read.
    """
    if config.monitoring.auto_stop is not AutoStop.ON:
        return ()
    base = find(config.base_model_id)
    return (arming(known_of(base.model_id if base else config.base_model_id, store)),)
