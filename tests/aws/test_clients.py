import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from finetune_guard import __version__
from finetune_guard.aws.bedrock_jobs import BedrockJobs
from finetune_guard.aws.clients import Clients
from finetune_guard.core.errors import AccessRefusedError, RequestRejectedError, ServiceUnavailableError

SERVICES = ("bedrock", "s3", "dynamodb", "sns", "stepfunctions", "lambdas", "cloudformation")
JOB = (
    b'{"jobArn":"arn:aws:bedrock:us-east-1:1:model-customization-job/b/abcdefghijkl","jobName":"j",'
    b'"outputModelName":"m","roleArn":"r","creationTime":"2026-11-24T12:00:00Z","baseModelArn":"b",'
    b'"trainingDataConfig":{},"validationDataConfig":{"validators":[]},"outputDataConfig":{"s3Uri":"s3://b/o"}}'
)


class Raw(BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def answers(clients: Clients, *replies: tuple[int, bytes]) -> list[str]:
    """Answers Bedrock's calls with the replies in turn; the list fills with the requests' URLs."""
    left, seen = list(replies), list[str]()

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        seen.append(request.url)
        status, body = left.pop(0)
        return AWSResponse(request.url, status, HTTPHeaders(), Raw(body))

    clients.bedrock.meta.events.register_first("before-send.bedrock", answer)  # type: ignore[arg-type]
    return seen


@pytest.fixture
def no_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.mark.parametrize("service", SERVICES)
def test_every_client_is_made_once_and_says_who_we_are(clients: Clients, service: str) -> None:
    client = getattr(clients, service)
    assert client is getattr(clients, service)
    assert f"finetune-guard/{__version__}" in client.meta.config.user_agent
    assert client.meta.config.retries["mode"] == "standard"
    assert client.meta.region_name == clients.region == "us-east-1"


@pytest.mark.fault(29)
@pytest.mark.parametrize("service", SERVICES)
def test_no_client_waits_for_ever(clients: Clients, service: str) -> None:
    config = getattr(clients, service).meta.config
    assert config.connect_timeout <= 3
    assert config.read_timeout <= 10


@pytest.mark.parametrize("service", SERVICES)
def test_every_client_checks_what_it_sends(clients: Clients, service: str) -> None:
    client = getattr(clients, service)
    model = client.meta.service_model.operation_model(client.meta.service_model.operation_names[0])
    arguments = ("before-parameter-build.any.thing",)
    names = [
        handler.__name__
        for handler, _ in client.meta.events.emit(*arguments, params={}, model=model, context={})
    ]
    assert "_before_parameter_build" in names


def test_a_request_that_does_not_fit_is_not_sent(clients: Clients) -> None:
    seen = answers(clients)
    with pytest.raises(RequestRejectedError, match="byProvider is 'no/such/name'"):
        clients.bedrock.list_foundation_models(byProvider="no/such/name")
    assert seen == []


@pytest.mark.fault(18)
@pytest.mark.fault(29)
@pytest.mark.usefixtures("no_back_off")
@pytest.mark.parametrize(
    "trouble",
    [(429, b'{"__type":"ThrottlingException"}'), (502, b"<html>Bad Gateway</html>"), (500, b"")],
    ids=["throttled", "html", "empty"],
)
def test_a_passing_trouble_is_ridden_out(clients: Clients, trouble: tuple[int, bytes]) -> None:
    seen = answers(clients, trouble, trouble, trouble, (200, JOB))
    assert BedrockJobs(clients.bedrock).get("j").name == "j"
    assert len(seen) == 4


@pytest.mark.fault(18)
@pytest.mark.usefixtures("no_back_off")
def test_a_lasting_trouble_is_given_up_after_four_attempts(clients: Clients) -> None:
    seen = answers(clients, *[(429, b'{"__type":"ThrottlingException"}')] * 9)
    with pytest.raises(ServiceUnavailableError, match="Try again later"):
        BedrockJobs(clients.bedrock).get("j")
    assert len(seen) == 4


@pytest.mark.fault(30)
@pytest.mark.usefixtures("no_back_off")
def test_a_refusal_is_not_tried_again(clients: Clients) -> None:
    seen = answers(clients, (403, b'{"__type":"AccessDeniedException","message":"not authorized"}'))
    with pytest.raises(AccessRefusedError, match="not authorized"):
        BedrockJobs(clients.bedrock).get("j")
    assert len(seen) == 1


def test_without_a_region_the_error_says_where_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    nowhere = Clients()
    with pytest.raises(RequestRejectedError, match="--region"):
        _ = nowhere.bedrock


def test_a_profile_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(AccessRefusedError, match="no-such-profile"):
        Clients()


def test_one_session_serves_all_clients(monkeypatch: pytest.MonkeyPatch, clients: Clients) -> None:
    made: list[str] = []
    monkeypatch.setattr(boto3, "Session", lambda **_: made.append("session"))
    for service in SERVICES:
        getattr(clients, service)
    assert made == []


def test_the_adapters_of_a_quiet_tick_load_neither_numpy_nor_pydantic() -> None:
    script = (
        "import sys\n"
        "from finetune_guard.aws import bedrock_jobs, clients, dynamo_runs, dynamo_table, s3_journal\n"
        "from finetune_guard.aws import s3_metrics, sns_alerts, stepfunctions\n"
        "from finetune_guard import bootstrap, clock\n"
        "from finetune_guard.files import by_place\n"
        "sys.exit(','.join({'numpy', 'pydantic'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
