"""AWS by moto, in this process: what the adapters run against where no stand-in of ours exists."""

from collections.abc import Iterator
from contextlib import contextmanager

import moto.core.models
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient
from botocore.exceptions import ConnectionClosedError
from moto import mock_aws
from moto.core.config import DefaultConfig
from moto.core.models import botocore_stubber

from finetune_guard.aws.clients import Clients

REGION = "us-east-1"
BUCKET = "guard-bucket"
#: Nobody's credentials, and nothing of what the shell says of a profile or of endpoints.
NOBODY = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def aws() -> Iterator[Clients]:
    """An empty account of its own, and our clients for it."""
    execute: DefaultConfig = {"stepfunctions": {"execute_state_machine": True}}
    with pytest.MonkeyPatch.context() as shell:
        shell.delenv("AWS_PROFILE", raising=False)
        for name, value in NOBODY.items():
            shell.setenv(name, value)
        # Nothing here asks by the package requests; to be ready for it takes moto longer than most tests.
        shell.setattr(moto.core.models, "RESPONSES_METHODS", [])
        with mock_aws(config=execute):
            yield Clients(REGION)


def bucket(clients: Clients, name: str = BUCKET) -> str:
    clients.s3.create_bucket(Bucket=name)
    clients.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def table(clients: Clients, name: str = "runs") -> str:
    """The table of docs/adr/0001."""
    clients.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk", "due_pk", "due_sk")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "due_pk", "KeyType": "HASH"},
                    {"AttributeName": "due_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return name


def lose_the_next_reply(client: BaseClient, service: str, operation: str) -> None:
    """The next request of that operation is carried out, and the connection closes before its reply."""
    lost: list[str] = []

    def carry_out(event_name: str, request: AWSPreparedRequest, **_: object) -> None:
        if lost:
            return
        lost.append(event_name)
        botocore_stubber(event_name, request)
        raise ConnectionClosedError(request=request, endpoint_url=request.url)

    client.meta.events.register_first(f"before-send.{service}.{operation}", carry_out)
