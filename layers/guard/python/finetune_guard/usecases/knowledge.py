"""What the account knows of a base model, for whoever can go on without it."""

from finetune_guard.core.errors import UnreadableRecordError
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.ports import RunStore


def known_of(base_model_id: str, store: RunStore) -> BaseModelFacts:
    """What is known of a base; nothing where the record cannot be read, which the watch tells when it learns.

    Raises:
        ServiceError: The table cannot be read.
    """
    try:
        return store.base_model(base_model_id)
    except UnreadableRecordError:
        return BaseModelFacts(base_model_id)
