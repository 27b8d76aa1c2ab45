"""The operations on tags, of jobs and of custom models."""

from collections.abc import Mapping

import msgspec

from local.bedrock.errors import NOT_FOUND, TOO_MANY_TAGS, ServiceError
from local.bedrock.identifiers import find_job, find_model
from local.bedrock.job_operations import MOST_TAGS
from local.bedrock.jobs import CustomModel, Job
from local.bedrock.requests import Tag, TagChange
from local.bedrock.store import Store


class TagOperations:
    """TagResource, UntagResource and ListTagsForResource; resources are named by ARN."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, region: str, request: TagChange) -> Mapping[str, str]:
        """Adds tags; one with a known key replaces its value."""
        with self._store.lock:
            found = self._find(region, request.resource_arn)
            tags = {tag.key: tag for tag in (*found.tags, *request.tags)}
            if len(tags) > MOST_TAGS:
                raise ServiceError(TOO_MANY_TAGS, f"A resource has at most {MOST_TAGS} tags.")
            self._save(found, tuple(tags.values()))
        return {}

    def remove(self, region: str, request: TagChange) -> Mapping[str, str]:
        """Removes tags by key; a key that is not there is no error."""
        with self._store.lock:
            found = self._find(region, request.resource_arn)
            self._save(found, tuple(tag for tag in found.tags if tag.key not in request.tag_keys))
        return {}

    def listed(self, region: str, request: TagChange) -> Mapping[str, object]:
        """The tags of a resource."""
        return {"tags": self._find(region, request.resource_arn).tags}

    def _find(self, region: str, arn: str) -> Job | CustomModel:
        if ":model-customization-job/" in arn:
            return find_job(self._store.jobs(region), arn)
        if ":custom-model/" in arn:
            return find_model(self._store.models(region), arn)
        raise ServiceError(NOT_FOUND, f"Could not find the resource '{arn}'.")

    def _save(self, found: Job | CustomModel, tags: tuple[Tag, ...]) -> None:
        if isinstance(found, Job):
            self._store.save_job(msgspec.structs.replace(found, tags=tags))
        else:
            self._store.save_model(msgspec.structs.replace(found, tags=tags))
