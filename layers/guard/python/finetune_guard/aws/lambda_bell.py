"""Asks the watch for a tick now, by an asynchronous invocation."""

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

#: Says who asks; the watch looks at everything whatever an event says.
EVENT: Final = b'{"source":"finetune-guard.bell"}'


class LambdaBell:
    """WatchBell over the watch's function."""

    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function = function_name

    def ring(self) -> None:
        """Never raises: whatever keeps the bell from ringing, the schedule comes within a minute."""
        with suppress(Exception):
            self._client.invoke(FunctionName=self._function, InvocationType="Event", Payload=EVENT)
